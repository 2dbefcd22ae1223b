import './files.css'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { FilePlus2, FileText, Folder, FolderUp, History, Plus, Trash2, Upload } from 'lucide-react'
import { useEffect, useMemo, useState, type DragEvent } from 'react'
import { Link, useNavigate } from 'react-router'
import { ApiError } from '../../api/client.ts'
import { contentQuery, folderQuery, lastCommitsQuery, type TreeEntry } from '../../api/files.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { CodeLines } from '../../parts/code.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Menu, MenuItem } from '../../parts/menu.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { useSession } from '../../api/session.ts'
import { intlLanguage } from '../../words/language.ts'
import { words } from '../../words/files.ts'
import { pushLines } from '../space/first-push.ts'
import { short } from '../space/use-space.ts'
import { CommittedNotice } from './committed.tsx'
import { FilesHead } from './head.tsx'
import { keepDropped } from './dropped.ts'
import { sizeWords, textOf } from './kind.ts'
import { LazyMarkdown } from './lazy-markdown.tsx'
import { addPlace, commitPlace, folderOf, joined, nameOf, placeOf } from './place.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { type Revision, useRevision } from './use-revision.ts'
import { withoutCard } from './without-card.ts'

/** Bytes of a README that is drawn below the files. */
const mostReadme = 1_000_000

/** Entries whose last commit is asked for; beyond them the column stays empty. */
const mostWithCommits = 500

type LastCommits = ReadonlyMap<string, TreeEntry['lastCommit']>

function useLastCommits(at: Revision): LastCommits {
  const { data, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery(
    lastCommitsQuery(at.space.id, at.commit, at.path),
  )
  const commits = useMemo(
    () => new Map((data?.pages ?? []).flatMap(({ entries }) => entries.map((one) => [one.path, one.lastCommit]))),
    [data],
  )
  useEffect(() => {
    if (hasNextPage && !isFetching && commits.size < mostWithCommits) void fetchNextPage()
  }, [hasNextPage, isFetching, commits, fetchNextPage])
  return commits
}

function Row({ at, entry, commits }: { at: Revision; entry: TreeEntry; commits: LastCommits }) {
  const isFolder = entry.type === 'directory'
  const commit = entry.lastCommit ?? commits.get(entry.path)
  return (
    <li>
      <span className="name">
        {isFolder ? <Folder className="i folder" /> : <FileText className="i" />}
        <Link to={placeOf(at.space.id, isFolder ? 'tree' : 'blob', at.name, entry.path)}>{nameOf(entry.path)}</Link>
      </span>
      <span className="why">
        {commit && (
          <Link to={commitPlace(at.space.id, commit.id)} title={commit.title}>
            {commit.title}
          </Link>
        )}
      </span>
      <span className="size">{isFolder ? '' : sizeWords(entry.size)}</span>
      <span className="when">{commit && <Ago at={commit.date} />}</span>
    </li>
  )
}

/** Folders first, then files, each by name as people sort them. */
function sorted(entries: readonly TreeEntry[]): TreeEntry[] {
  const order = new Intl.Collator(intlLanguage(), { numeric: true })
  return entries.toSorted((one, other) =>
    one.type === other.type ? order.compare(one.path, other.path) : one.type === 'directory' ? -1 : 1,
  )
}

function Newest({ at, commits }: { at: Revision; commits: LastCommits }) {
  const newest = [...commits.values()]
    .flatMap((commit) => (commit ? [commit] : []))
    .toSorted((one, other) => Date.parse(other.date) - Date.parse(one.date))[0]
  return (
    <div className="newest">
      {newest && (
        <>
          <Link className="title" to={commitPlace(at.space.id, newest.id)}>
            {newest.title}
          </Link>
          <Link className="mono" to={commitPlace(at.space.id, newest.id)} title={newest.id}>
            {short(newest.id)}
          </Link>
          <Ago at={newest.date} />
        </>
      )}
      <Link className="button bare history" to={placeOf(at.space.id, 'commits', at.name, at.path)}>
        <History className="i" />
        {words().head.history}
      </Link>
    </div>
  )
}

function Readme({ at, path }: { at: Revision; path: string }) {
  const { data } = useQuery(contentQuery(at.space.id, at.commit, path))
  const text = data && textOf(data.bytes)
  // A card alone has nothing to read.
  if (text === undefined || withoutCard(text).trim() === '') return null
  return (
    <section className="readme" aria-label={nameOf(path)}>
      <LazyMarkdown source={text} id={at.space.id} revision={at.name} folder={folderOf(path)} />
    </section>
  )
}

function AddMenu({ at, onRemove }: { at: Revision; onRemove: () => void }) {
  const navigate = useNavigate()
  return (
    <Menu
      button={
        <button type="button" className="button">
          <Plus className="i" />
          {words().tree.add}
        </button>
      }
    >
      <MenuItem
        icon={<FilePlus2 className="i" />}
        onSelect={() => void navigate(addPlace(at.space.id, 'new-file', at.path))}
      >
        {words().tree.newFile}
      </MenuItem>
      <MenuItem
        icon={<Upload className="i" />}
        onSelect={() => void navigate(addPlace(at.space.id, 'upload', at.path))}
      >
        {words().tree.upload}
      </MenuItem>
      {at.path && (
        <MenuItem icon={<Trash2 className="i" />} danger onSelect={onRemove}>
          {words().tree.remove}
        </MenuItem>
      )}
    </Menu>
  )
}

function Empty({ space }: { space: SpaceDetail }) {
  const { me } = useSession()
  if (!space.may.push || !me) {
    return (
      <div className="empty">
        <p>{words().tree.nothingYet(space.owner)}</p>
      </div>
    )
  }
  return (
    <div className="empty files-empty">
      <p>{words().tree.pushSome}</p>
      <CodeLines
        label={words().tree.lines}
        lines={pushLines({ gitUrl: space.gitUrl, user: me.name, token: undefined })}
      />
      <p>{words().tree.token}</p>
      <ul>
        <li>
          <Link className="button" to={addPlace(space.id, 'upload', '')}>
            <Upload className="i" />
            {words().tree.upload}
          </Link>
        </li>
        <li>
          <Link className="button" to={addPlace(space.id, 'new-file', '')}>
            <FilePlus2 className="i" />
            {words().tree.newFile}
          </Link>
        </li>
        <li>
          <Link className="button bare" to="/settings/tokens">
            {words().tree.createToken}
          </Link>
        </li>
      </ul>
    </div>
  )
}

/** Files dropped on a folder go to the page that uploads them there. */
function useDrop(at: Revision): { over: boolean; events: object } {
  const navigate = useNavigate()
  const [over, setOver] = useState(false)
  if (!at.mayEdit) return { over: false, events: {} }
  const carries = (event: DragEvent) => event.dataTransfer.types.includes('Files')
  return {
    over,
    events: {
      onDragOver: (event: DragEvent) => {
        if (!carries(event)) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: (event: DragEvent) => {
        if (event.currentTarget === event.target) setOver(false)
      },
      onDrop: (event: DragEvent) => {
        if (!carries(event)) return
        event.preventDefault()
        setOver(false)
        keepDropped(event.dataTransfer)
        void navigate(addPlace(at.space.id, 'upload', at.path))
      },
    },
  }
}

function FolderView({ at }: { at: Revision }) {
  const { data, error, refetch } = useQuery(folderQuery(at.space.id, at.commit, at.path))
  const commits = useLastCommits(at)
  const [removing, setRemoving] = useState(false)
  const { over, events } = useDrop(at)
  const entries = useMemo(() => sorted(data?.entries ?? []), [data])
  const readme = entries.find((entry) => entry.type === 'file' && /^readme\.(md|markdown)$/i.test(nameOf(entry.path)))
  return (
    <div className={over ? 'page files over' : 'page files'} {...events}>
      <FilesHead at={at} view="tree">
        {at.mayEdit && <AddMenu at={at} onRemove={() => setRemoving(true)} />}
      </FilesHead>
      <CommittedNotice space={at.space} />
      {error && !data && (
        <Failure
          error={error instanceof ApiError && error.status === 404 ? missing(at) : error}
          retry={() => void refetch()}
        />
      )}
      {!data && !error && <LineSkeletons count={8} />}
      {data && (
        <section className="tree" aria-label={words().tree.label}>
          <Newest at={at} commits={commits} />
          <ul>
            {at.path && (
              <li>
                <span className="name">
                  <FolderUp className="i folder" />
                  <Link to={placeOf(at.space.id, 'tree', at.name, folderOf(at.path))} aria-label={words().tree.above}>
                    ..
                  </Link>
                </span>
              </li>
            )}
            {entries.map((entry) => (
              <Row key={entry.path} at={at} entry={entry} commits={commits} />
            ))}
          </ul>
          {data.more && <p className="help">{words().tree.more(entries.length)}</p>}
        </section>
      )}
      {readme && readme.size <= mostReadme && <Readme at={at} path={readme.path} />}
      {removing && <RemoveDialog at={at} folder onClose={() => setRemoving(false)} />}
      {over && <p className="drop-here">{words().tree.drop(joined(at.space.name, at.path))}</p>}
    </div>
  )
}

function missing(at: Revision): ApiError {
  const say = words().tree
  return new ApiError(404, say.missing(at.path || '/', at.name), say.movedOrDeleted)
}

/** A folder of the repository: what is in it, who changed it last and why, and its README. */
export function TreePage() {
  const at = useRevision()
  const { title } = words()
  useTitle(at.path ? title.file(at.path, at.space.title) : title.files(at.space.title))
  if (at.commit) return <FolderView at={at} />
  return (
    <div className="page files">
      <Empty space={at.space} />
    </div>
  )
}
