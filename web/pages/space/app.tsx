import { serves } from '../../parts/stage.ts'
import { useTitle } from '../../parts/title.ts'
import { Frame } from './frame.tsx'
import { Trouble } from './trouble.tsx'
import { useSpace } from './use-space.ts'

/** The app itself, or in the same frame why it is not there. */
export function AppTab() {
  const space = useSpace()
  useTitle(`${space.title} by ${space.owner}`)
  return <div className="stagefloor">{serves(space.stage) ? <Frame space={space} /> : <Trouble space={space} />}</div>
}
