import '../sign-in/sign-in.css'
import './account.css'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Navigate, NavLink, Outlet, useLocation } from 'react-router'
import { unreadQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { words } from '../../words/people.ts'

/** One's own account: a head with tabs, each tab an address of its own. */
export function AccountPage() {
  const { me } = useSession()
  const { pathname } = useLocation()
  const { data: unread = 0 } = useQuery({ ...unreadQuery, enabled: Boolean(me) })
  const { account, notifications } = words()
  const tabs = useRef<HTMLElement>(null)
  // On a phone the tabs scroll sideways: the one that is shown is in view.
  useEffect(() => {
    const current = tabs.current?.querySelector(`[href="${pathname}"]`)
    current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [pathname])
  if (me === null) return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname)}`} replace />
  return (
    <main className="sheet docked account">
      <header>
        <h1>{account.title}</h1>
      </header>
      <nav className="tabs" aria-label={account.tabs} ref={tabs}>
        <NavLink to="/settings/profile">{account.profile}</NavLink>
        <NavLink to="/settings/password">{account.password}</NavLink>
        <NavLink to="/settings/sessions">{account.sessions}</NavLink>
        <NavLink to="/settings/tokens">{account.tokens}</NavLink>
        <NavLink to="/settings/notifications">
          {account.notifications}
          {unread > 0 && (
            <b>
              <span aria-hidden="true">{unread > 99 ? notifications.many : unread}</span>
              <span className="sr">{account.unread(unread)}</span>
            </b>
          )}
        </NavLink>
      </nav>
      {me && <Outlet />}
    </main>
  )
}
