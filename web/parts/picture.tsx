import { useState } from 'react'
import type { SpaceSummary } from '../api/types.ts'
import { Drawn } from './drawn.tsx'
import { useTheme } from './theme.ts'

/** Cards above the fold of a wide screen; the rest are fetched when they come near. */
export const eagerCards = 12

type Props = {
  space: Pick<SpaceSummary, 'id' | 'title' | 'emoji' | 'colorFrom' | 'colorTo' | 'picture'>
  /** Fetched at once, wherever it stands. */
  eager?: boolean
  /** How wide it is shown, for the browser to choose the size: as in `sizes` of an <img>. */
  sizes?: string
  /** The small one stands below the large one until that has come: the gallery has shown it already. */
  smallFirst?: boolean
}

/** What a Space looks like; the drawn card of the same measure until the picture has come, and where there is none. */
export function Picture(props: Props) {
  const { space, eager = false, sizes = '(max-width: 700px) 92vw, 400px', smallFirst = false } = props
  const [shown, setShown] = useState(false)
  const [broken, setBroken] = useState<string>()
  const theme = useTheme()
  // Where the theme changes the former one stands until the other has come, as browsers do it.
  const picture = theme === 'dark' ? (space.picture?.dark ?? space.picture) : space.picture
  if (!picture || broken === picture.small) return <Drawn {...space} />
  return (
    <>
      <Drawn {...space} />
      {smallFirst && <img className="live small shown" src={picture.small} alt="" decoding="sync" />}
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
