import { FileUp, FolderUp } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { words } from '../../words/create.ts'
import { chosenFiles, droppedFiles } from '../files/dropped.ts'
import { sizeWords } from '../files/kind.ts'
import { type Chosen, mostBytes, type UploadList } from '../files/upload-list.ts'
import { Listing } from './listing.tsx'

const shownLeftOut = 6

/** Files as they lie in the repository: a folder that holds all of them is the repository itself. */
function withoutRoot(chosen: readonly Chosen[]): Chosen[] {
  const roots = new Set(chosen.map(({ path }) => path.slice(0, path.indexOf('/') + 1)))
  const [root = ''] = roots
  if (roots.size !== 1 || root === '') return [...chosen]
  return chosen.map(({ path, file }) => ({ path: path.slice(root.length), file })).filter(({ path }) => path !== '')
}

type Props = {
  /** What is said where files are dropped. */
  drop: string
  chosen: readonly Chosen[]
  /** The same, as far as it is taken. */
  list: UploadList
  onChosen: (chosen: Chosen[], root: string) => void
  /** While they are sent, nothing changes. */
  fixed: boolean
  /** What is said of the files, above them. */
  children?: ReactNode
}

/** A place for files and folders, and what lies in it. */
export function Basket({ drop, chosen, list, onChosen, fixed, children }: Props) {
  const say = words().folder
  const [over, setOver] = useState(false)
  const [unread, setUnread] = useState<unknown>()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const add = async (more: Promise<Chosen[]> | Chosen[]) => {
    setUnread(undefined)
    try {
      const some = await more
      const root = /^([^/]+)\//.exec(some[0]?.path ?? '')?.[1] ?? ''
      const paths = new Map([...chosen, ...withoutRoot(some)].map((one) => [one.path, one]))
      onChosen([...paths.values()], root)
    } catch (error) {
      setUnread(error)
    }
  }
  const leaveOut = (path: string) =>
    onChosen(
      chosen.filter((one) => one.path !== path && !one.path.startsWith(`${path}/`)),
      '',
    )
  return (
    <>
      {/* The buttons inside are the way by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        className={over ? 'drop over' : 'drop'}
        data-small={list.files.length > 0 ? '' : undefined}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          if (!fixed) void add(droppedFiles(event.dataTransfer))
        }}
      >
        <p>{drop}</p>
        <div className="do">
          <Button icon={<FolderUp className="i" />} onClick={() => !fixed && folder.current?.click()}>
            {say.folder}
          </Button>
          <Button icon={<FileUp className="i" />} onClick={() => !fixed && files.current?.click()}>
            {say.files}
          </Button>
        </div>
        <input
          ref={folder}
          type="file"
          hidden
          aria-label={say.folderLabel}
          {...{ webkitdirectory: '' }}
          onChange={(event) => void add(chosenFiles(event.target.files ?? []))}
        />
        <input
          ref={files}
          type="file"
          multiple
          hidden
          aria-label={say.filesLabel}
          onChange={(event) => void add(chosenFiles(event.target.files ?? []))}
        />
      </div>
      <Refusal error={unread} />
      {list.files.length > 0 && (
        <>
          {children}
          <div className="listing-head">
            <p className={list.problem === undefined ? 'help' : 'help bad'} aria-live="polite">
              {list.problem ?? say.counts(list.files.length, sizeWords(list.bytes), sizeWords(mostBytes))}
            </p>
            {!fixed && (
              <Button kind="bare" onClick={() => onChosen([], '')}>
                {say.startAgain}
              </Button>
            )}
          </div>
          <Listing
            label={say.list}
            entries={list.files.map(({ path, file }) => ({ path, size: file.size }))}
            onLeaveOut={fixed ? undefined : leaveOut}
          />
        </>
      )}
      {list.refused.length > 0 && (
        <p className="help">
          {say.leftOut(
            list.refused
              .slice(0, shownLeftOut)
              .map(({ path, why }) => (why ? `${path} (${why})` : path))
              .join(', '),
            list.refused.length - shownLeftOut,
          )}
        </p>
      )}
    </>
  )
}
