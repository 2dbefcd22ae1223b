import { serves } from '../../parts/stage.ts'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/space.ts'
import { Frame } from './frame.tsx'
import { RecognisedNote } from './recognised-note.tsx'
import { Trouble } from './trouble.tsx'
import { useSpace } from './use-space.ts'

/** The app itself, or in the same frame why it is not there. */
export function AppTab() {
  const space = useSpace()
  useTitle(words().page.title(space.title, space.owner))
  return (
    <div className="stagefloor">
      {/* Whoever can write the card; visitors came for the app. */}
      {space.may.push && <RecognisedNote space={space} />}
      {serves(space.stage) ? <Frame space={space} /> : <Trouble space={space} />}
    </div>
  )
}
