import { Navigate, NavLink, Outlet, useLocation } from 'react-router'
import { useSession } from '../../api/session.ts'
import { NotFound } from '../../parts/page-error.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/admin.ts'
import './admin.css'

const places = ['overview', 'users', 'spaces', 'running', 'queues', 'settings'] as const

/** What administrators see and decide; each tab is an address of its own. */
export function AdminPage() {
  const { me } = useSession()
  const { pathname, search } = useLocation()
  const { title, heading, tabs, onlyAdministrators } = words()
  const here = places.find((place) => pathname === `/admin/${place}`) ?? 'overview'
  useTitle(here === 'overview' ? title : `${tabs[here]} · ${title}`)
  if (me === null) return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname + search)}`} replace />
  if (me && me.role !== 'admin') return <NotFound what={onlyAdministrators} />
  return (
    <main className="sheet admin docked">
      <h1>{heading}</h1>
      <nav className="tabs" aria-label={tabs.label}>
        {places.map((place) => (
          <NavLink key={place} to={place === 'overview' ? '/admin' : `/admin/${place}`} end>
            {tabs[place]}
          </NavLink>
        ))}
      </nav>
      {me && <Outlet />}
    </main>
  )
}
