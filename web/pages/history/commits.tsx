import '../files/files.css'
import './history.css'
import { useInfiniteQuery } from '@tanstack/react-query'
import { FileText, FolderTree } from 'lucide-react'
import { Link } from 'react-router'
import { type CommitSummary, historyQuery } from '../../api/files.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Status } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/files.ts'
import { intlLanguage } from '../../words/language.ts'
import { FilesHead } from '../files/head.tsx'
import { commitPlace, placeOf } from '../files/place.ts'
import { type Revision, useRevision } from '../files/use-revision.ts'
import { short } from '../space/use-space.ts'

/** Commits of one day stand together. */
function byDay(commits: readonly CommitSummary[]): [string, CommitSummary[]][] {
  const day = new Intl.DateTimeFormat(intlLanguage(), { dateStyle: 'medium' })
  const days: [string, CommitSummary[]][] = []
  for (const commit of commits) {
    const name = day.format(new Date(commit.date))
    const last = days.at(-1)
    if (last?.[0] === name) last[1].push(commit)
    else days.push([name, [commit]])
  }
  return days
}

function Row({ at, commit }: { at: Revision; commit: CommitSummary }) {
  const { id, commits } = at.space
  const say = words().history
  return (
    <li>
      <Avatar name={commit.author} />
      <div className="grow">
        <strong>
          <Link to={commitPlace(id, commit.sha)} title={commit.title}>
            {commit.title || say.noMessage}
          </Link>
        </strong>
        <small>
          {commit.author} · <Ago at={commit.date} />
        </small>
      </div>
      {commits.running === commit.sha && <Status tone="running">{say.live}</Status>}
      <Link className="mono sha" to={commitPlace(id, commit.sha)} title={commit.sha}>
        {short(commit.sha)}
      </Link>
      <CopyButton text={commit.sha} label={say.copyHash} />
      <Link
        className="icon"
        to={placeOf(id, at.path ? 'blob' : 'tree', commit.sha, at.path)}
        aria-label={at.path ? say.fileAt : say.filesAt}
        title={at.path ? say.fileAt : say.filesAt}
      >
        {at.path ? <FileText className="i" /> : <FolderTree className="i" />}
      </Link>
    </li>
  )
}

/** Every commit that led to a revision, or those that changed one path. */
export function CommitsPage() {
  const at = useRevision()
  const query = useInfiniteQuery({ ...historyQuery(at.space.id, at.commit, at.path), enabled: at.commit !== '' })
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const { title, history: say } = words()
  useTitle(at.path ? title.fileHistory(at.path, at.space.title) : title.history(at.space.title))
  const commits = data?.pages.flatMap((page) => page.commits)
  return (
    <div className="page files">
      <FilesHead at={at} view="commits" />
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && at.commit && <LineSkeletons count={8} />}
      {(commits?.length === 0 || !at.commit) && (
        <div className="empty">
          <p>{at.path ? say.noneOf(at.path) : say.none}</p>
        </div>
      )}
      {byDay(commits ?? []).map(([name, some]) => (
        <section className="day" key={name}>
          <h2>{name}</h2>
          <ol className="rows commits">
            {some.map((commit) => (
              <Row key={commit.sha} at={at} commit={commit} />
            ))}
          </ol>
        </section>
      ))}
      {hasNextPage && (
        <Button busy={isFetchingNextPage && say.loading} onClick={() => void fetchNextPage()}>
          {say.older}
        </Button>
      )}
    </div>
  )
}
