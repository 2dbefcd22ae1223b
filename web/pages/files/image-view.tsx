import { useCallback, useMemo, useState } from 'react'
import { words } from '../../words/files.ts'

const types: Record<string, string> = { svg: 'image/svg+xml', ico: 'image/x-icon', bmp: 'image/bmp' }

/** A picture by its bytes: the platform serves an SVG as text, since one that is opened by itself can run scripts. */
export function ImageView({ bytes, name }: { bytes: Uint8Array<ArrayBuffer>; name: string }) {
  const [size, setSize] = useState('')
  const [broken, setBroken] = useState(false)
  const picture = useMemo(() => {
    const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
    return new Blob([bytes], { type: types[ending] ?? '' })
  }, [bytes, name])
  const show = useCallback(
    (image: HTMLImageElement) => {
      const address = URL.createObjectURL(picture)
      image.src = address
      return () => URL.revokeObjectURL(address)
    },
    [picture],
  )
  if (broken) return <p className="help">{words().picture.broken}</p>
  return (
    <figure className="picture">
      <img
        ref={show}
        alt={name}
        onError={() => setBroken(true)}
        onLoad={({ currentTarget }) => setSize(`${currentTarget.naturalWidth} × ${currentTarget.naturalHeight}`)}
      />
      <figcaption className="mono">{size}</figcaption>
    </figure>
  )
}
