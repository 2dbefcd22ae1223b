import '../files/files.css'
import './history.css'
import { useQuery } from '@tanstack/react-query'
import { Columns2, FolderTree, Rows2 } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { Link, useParams } from 'react-router'
import { commitDiffQuery, type CommitDiff, type FileDiff } from '../../api/files.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/files.ts'
import { commitPlace, placeOf } from '../files/place.ts'
import { short, useSpace } from '../space/use-space.ts'
import { DiffLines } from './diff-lines.tsx'

/** Files whose lines are drawn at once; the others open by a click. */
const openAtFirst = 30
const key = 'plaza-diff'
const wide = '(min-width: 1080px)'

function watchWidth(listener: () => void): () => void {
  const query = matchMedia(wide)
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

function readWish(): boolean {
  try {
    return localStorage.getItem(key) === 'split'
  } catch {
    return false
  }
}

/** Both sides beside each other, where the window is wide enough and one has wished so. */
function useSplit(): { split: boolean; isWide: boolean; turn: () => void } {
  const [wish, setWish] = useState(readWish)
  const isWide = useSyncExternalStore(watchWidth, () => matchMedia(wide).matches)
  const turn = () => {
    setWish(!wish)
    try {
      localStorage.setItem(key, wish ? 'unified' : 'split')
    } catch {
      // Without storage the wish holds until the page is left.
    }
  }
  return { split: wish && isWide, isWide, turn }
}

function Counts({ file }: { file: Pick<FileDiff, 'additions' | 'deletions'> }) {
  return (
    <span className="counts mono">
      <span className="added">+{file.additions}</span> <span className="gone">−{file.deletions}</span>
    </span>
  )
}

function FileChange({ id, commit, file, split, open }: FileChangeProps) {
  const say = words().change
  return (
    <details className="change" open={open} id={`file-${encodeURIComponent(file.path)}`}>
      <summary>
        <span className="mono path">
          {file.oldPath && file.oldPath !== file.path && `${file.oldPath} → `}
          {file.path}
        </span>
        {file.kind !== 'changed' && <span className="tag">{say[file.kind]}</span>}
        <Counts file={file} />
      </summary>
      {file.kind !== 'deleted' && (
        <Link className="link whole" to={placeOf(id, 'blob', commit.sha, file.path)}>
          {say.whole}
        </Link>
      )}
      {file.binary ? (
        <p className="help">{say.binary}</p>
      ) : file.patch ? (
        <DiffLines patch={file.patch} path={file.path} split={split} />
      ) : (
        <p className="help">{file.additions + file.deletions > 0 ? say.tooLong : say.sameText}</p>
      )}
    </details>
  )
}

type FileChangeProps = { id: string; commit: CommitDiff; file: FileDiff; split: boolean; open: boolean }

function Commit({ commit }: { commit: CommitDiff }) {
  const { id } = useSpace()
  const { split, isWide, turn } = useSplit()
  const { change: say, history } = words()
  const sum = {
    additions: commit.files.reduce((sum, file) => sum + file.additions, 0),
    deletions: commit.files.reduce((sum, file) => sum + file.deletions, 0),
  }
  return (
    <>
      <header className="commit-head">
        <h2>{commit.title || history.noMessage}</h2>
        {commit.message && <pre>{commit.message}</pre>}
        <p>
          <Avatar name={commit.author} /> {commit.author} · <Ago at={commit.date} />
          <span className="shas mono">
            {commit.parents.map((parent) => (
              <span key={parent}>
                {say.parent(
                  <Link className="link" to={commitPlace(id, parent)} title={parent}>
                    {short(parent)}
                  </Link>,
                )}
              </span>
            ))}
            <span title={commit.sha}>{say.commit(short(commit.sha))}</span>
            <CopyButton text={commit.sha} label={history.copyHash} />
          </span>
        </p>
      </header>
      <div className="file-bar">
        <span>
          {say.files(commit.files.length)} <Counts file={sum} />
        </span>
        <div className="do">
          <Link className="button bare" to={placeOf(id, 'tree', commit.sha)}>
            <FolderTree className="i" />
            {say.filesAt}
          </Link>
          {isWide && (
            <button type="button" className="button" aria-pressed={split} onClick={turn}>
              {split ? <Rows2 className="i" /> : <Columns2 className="i" />}
              {split ? say.oneColumn : say.twoColumns}
            </button>
          )}
        </div>
      </div>
      {commit.files.length > 3 && (
        <ul className="changed-files">
          {commit.files.map((file) => (
            <li key={file.path}>
              <a className="mono" href={`#file-${encodeURIComponent(file.path)}`}>
                {file.path}
              </a>
              <Counts file={file} />
            </li>
          ))}
        </ul>
      )}
      {commit.files.map((file, at) => (
        <FileChange key={file.path} id={id} commit={commit} file={file} split={split} open={at < openAtFirst} />
      ))}
      {commit.truncated && <p className="help">{say.truncated}</p>}
    </>
  )
}

/** What one commit changed, and why. */
export function CommitPage() {
  const space = useSpace()
  const { sha = '' } = useParams()
  const { data: commit, error, refetch } = useQuery(commitDiffQuery(space.id, sha))
  useTitle(words().title.commit(commit?.title ?? short(sha), space.title))
  return (
    <div className="page files">
      {error && !commit && <Failure error={error} retry={() => void refetch()} />}
      {!commit && !error && <LineSkeletons count={10} />}
      {commit && <Commit commit={commit} />}
    </div>
  )
}
