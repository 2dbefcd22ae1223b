import { useQuery } from '@tanstack/react-query'
import { FileUp, FolderUp } from 'lucide-react'
import { useRef, useState } from 'react'
import { post } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { words } from '../../words/create.ts'
import { chosenFiles, droppedFiles } from '../files/dropped.ts'
import { sizeWords } from '../files/kind.ts'
import { type Chosen, mostBytes, type UploadList, uploadList } from '../files/upload-list.ts'
import { Listing } from './listing.tsx'
import { type Found, recognise, telling } from './recognise.ts'
import { WhatRuns } from './what-runs.tsx'

const shownLeftOut = 6

/** Files as they lie in the repository: a folder that holds all of them is the repository itself. */
export function withoutRoot(chosen: readonly Chosen[]): Chosen[] {
  const roots = new Set(chosen.map(({ path }) => path.slice(0, path.indexOf('/') + 1)))
  const [root = ''] = roots
  if (roots.size !== 1 || root === '') return [...chosen]
  return chosen.map(({ path, file }) => ({ path: path.slice(root.length), file })).filter(({ path }) => path !== '')
}

async function textsOf(files: readonly Chosen[]): Promise<Record<string, string>> {
  const asked = files.filter(({ path, file }) => telling.includes(path) && file.size < 200_000)
  return Object.fromEntries(await Promise.all(asked.map(async ({ path, file }) => [path, await file.text()] as const)))
}

export type FolderRead = { list: UploadList; found: Found | undefined; texts: Record<string, string>; problem: string }

/** What was chosen, as far as it is taken, and what it is made with. */
export function useFolder(chosen: readonly Chosen[]): FolderRead {
  const list = uploadList(chosen, '')
  const key = list.files.map(({ path, file }) => `${path} ${file.size} ${file.lastModified}`).join('\n')
  const { data } = useQuery({
    queryKey: ['folder', key],
    enabled: list.files.length > 0,
    queryFn: async () => {
      const texts = await textsOf(list.files)
      const found = recognise(
        list.files.map(({ path }) => path),
        texts,
      )
      const readme = texts['README.md']
      const problem = found.card && readme !== undefined ? await cardProblem(readme) : ''
      return { texts, found, problem }
    },
  })
  return { list, found: data?.found, texts: data?.texts ?? {}, problem: data?.problem ?? '' }
}

/** The platform's own reading of a card. */
async function cardProblem(readme: string): Promise<string> {
  try {
    await post('/api/validate-yaml', { content: readme, repoType: 'space' })
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

type Props = {
  chosen: readonly Chosen[]
  read: FolderRead
  onChosen: (chosen: Chosen[], root: string) => void
  /** While they are sent, nothing changes. */
  fixed: boolean
}

export function FolderWay({ chosen, read, onChosen, fixed }: Props) {
  const say = words().folder
  const [over, setOver] = useState(false)
  const [unread, setUnread] = useState<unknown>()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const { list, found, problem } = read
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
    <div className="folder-way">
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
        <p>{say.drop}</p>
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
          {found && <WhatRuns found={found} problem={problem} />}
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
    </div>
  )
}
