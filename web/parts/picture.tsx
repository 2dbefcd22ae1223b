import { useState } from 'react'
import type { SpaceSummary } from '../api/types.ts'
import { Drawn } from './drawn.tsx'

/** Cards above the fold of a wide screen; the rest are fetched when they come near. */
export const eagerCards = 12

type Props = {
  space: Pick<SpaceSummary, 'id' | 'title' | 'emoji' | 'colorFrom' | 'colorTo' | 'picture'>
  /** Fetched at once, wherever it stands. */
  eager?: boolean
  /** How wide it is shown, for the browser to choose the size: as in `sizes` of an <img>. */
  sizes?: string
}

/** What a Space looks like; the drawn card of the same measure until the picture has come, and where there is none. */
export function Picture({ space, eager = false, sizes = '(max-width: 700px) 92vw, 400px' }: Props) {
  const [shown, setShown] = useState(false)
  const [broken, setBroken] = useState<string>()
  const { picture } = space
  if (!picture || broken === picture.small) return <Drawn {...space} />
  return (
    <>
      <Drawn {...space} />
      <img
        className={shown ? 'live shown' : 'live'}
        src={picture.small}
        {...(picture.large === picture.small ? {} : { srcSet: `${picture.small} 640w, ${picture.large} 1280w`, sizes })}
        width={640}
        height={400}
        // The title stands beside it.
        alt=""
        loading={eager ? 'eager' : 'lazy'}
        decoding="async"
        onLoad={() => setShown(true)}
        onError={() => setBroken(picture.small)}
      />
    </>
  )
}
