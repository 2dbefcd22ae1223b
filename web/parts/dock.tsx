import { KeyRound, LayoutGrid, LogIn, Plus, ShieldCheck } from 'lucide-react'
import { NavLink, useLocation } from 'react-router'
import { useSession } from '../api/session.ts'
import { words } from '../words/shared.ts'

/** The places of a phone. A Space has none: its app needs the height. */
export function Dock() {
  const { me } = useSession()
  const { pathname } = useLocation()
  if (pathname.startsWith('/spaces/')) return null
  const { top } = words()
  return (
    <nav className="dock" aria-label={top.mainPhone}>
      <NavLink to="/" end>
        <LayoutGrid className="i" />
        {top.spaces}
      </NavLink>
      {me && (
        <NavLink to="/new">
          <Plus className="i" />
          {top.newSpace}
        </NavLink>
      )}
      {me && (
        <NavLink to="/settings/tokens">
          <KeyRound className="i" />
          {top.tokens}
        </NavLink>
      )}
      {me?.role === 'admin' && (
        <NavLink to="/admin">
          <ShieldCheck className="i" />
          {top.admin}
        </NavLink>
      )}
      {me === null && (
        <NavLink to="/sign-in">
          <LogIn className="i" />
          {top.signIn}
        </NavLink>
      )}
    </nav>
  )
}
