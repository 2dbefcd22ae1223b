import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'react-router'
import { allFilesQuery } from '../../api/files.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { words } from '../../words/space.ts'

/** The pages of files and history are one tab. */
const views = /^\/(tree|blob|edit|new-file|upload|commits|commit|blame)(\/|$)/

export function FilesTab({ space }: { space: SpaceDetail }) {
  const base = `/spaces/${space.id}`
  const here = useLocation().pathname
  const head = space.commits.repository ?? ''
  const { data } = useQuery({ ...allFilesQuery(space.id, head), enabled: head !== '' })
  return (
    <Link to={`${base}/tree/main`} aria-current={views.test(here.slice(base.length)) ? 'page' : undefined}>
      {words().page.files}
      {/* The place is there before the count is. */}
      {head && <b className="files-count">{data ? `${data.paths.length}${data.more ? '+' : ''}` : ''}</b>}
    </Link>
  )
}
