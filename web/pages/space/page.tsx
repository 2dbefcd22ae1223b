import './space.css'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { NavLink, Outlet, useLocation, useMatch, useNavigate, useParams } from 'react-router'
import { ApiError } from '../../api/client.ts'
import { spaceQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Failure } from '../../parts/failure.tsx'
import { NotFound } from '../../parts/page-error.tsx'
import { words } from '../../words/space.ts'
import { FilesTab } from './files-tab.tsx'
import { SpaceHeader } from './header.tsx'

function Tabs({ space }: { space: SpaceDetail }) {
  const base = `/spaces/${space.id}`
  const { page } = words()
  return (
    <nav className="tabs" aria-label={page.tabs}>
      <NavLink to={base} end>
        {page.app}
      </NavLink>
      <FilesTab space={space} />
      {space.may.logs && <NavLink to={`${base}/logs`}>{page.logs}</NavLink>}
      <NavLink to={`${base}/versions`}>{page.versions}</NavLink>
      {space.may.settings && <NavLink to={`${base}/settings`}>{page.settings}</NavLink>}
    </nav>
  )
}

/** What is known of a Space by its address alone. */
function Named({ id }: { id: string }) {
  const [owner = '', name = ''] = id.split('/')
  return (
    <div className="space-head">
      <h1>
        <span className="owner">{owner}</span>
        <span>/</span>
        <strong>{name}</strong>
      </h1>
    </div>
  )
}

/** Takes the place of everything until the Space is known, so that nothing moves when it comes. */
function Waiting({ id }: { id: string }) {
  return (
    <main className="full">
      <div className="page full">
        <Named id={id} />
        <div className="tabs" />
      </div>
      <div className="stagefloor">
        <div className="screen app" aria-busy="true">
          <div className="frame" />
          <div className="strip" />
        </div>
      </div>
    </main>
  )
}

/** A Space that was renamed answers at its old name too: the address becomes its own. */
function useOwnAddress(asked: string, space: SpaceDetail | undefined): void {
  const navigate = useNavigate()
  const { pathname, search, hash } = useLocation()
  useEffect(() => {
    if (!space || space.id === asked) return
    const rest = pathname.split('/').slice(4).join('/')
    void navigate(`/spaces/${space.id}${rest && `/${rest}`}${search}${hash}`, { replace: true })
  }, [asked, space, navigate, pathname, search, hash])
}

/** A Space: the app, and around it what it is doing. */
export function SpacePage() {
  const { owner = '', name = '' } = useParams()
  const id = `${owner}/${name}`
  const app = useMatch('/spaces/:owner/:name')
  const { data: space, error, refetch } = useQuery(spaceQuery(id))
  useOwnAddress(id, space)
  // Somebody unknown is asked who they are where a signed-in person is told that there is nothing.
  const isGone = error instanceof ApiError && (error.status === 404 || error.status === 401)
  // Also where it was there a moment ago.
  if (isGone) return <NotFound what={words().page.none(id)} />
  if (!space) {
    if (error) {
      return (
        <main className="page">
          <Named id={id} />
          <Failure error={error} retry={() => void refetch()} />
        </main>
      )
    }
    return <Waiting id={id} />
  }
  return (
    <main className={app ? 'full' : undefined}>
      <div className={app ? 'page full' : 'page'}>
        <SpaceHeader space={space} />
        <Tabs space={space} />
      </div>
      <Outlet context={space} />
    </main>
  )
}
