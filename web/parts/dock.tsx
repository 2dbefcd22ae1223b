import { KeyRound, LayoutGrid, LogIn, Plus, ShieldCheck } from 'lucide-react'
import { NavLink, useLocation } from 'react-router'
import { useSession } from '../api/session.ts'

/** The places of a phone. A Space has none: its app needs the height. */
export function Dock() {
  const { me } = useSession()
  const { pathname } = useLocation()
  if (pathname.startsWith('/spaces/')) return null
  return (
    <nav className="dock" aria-label="Main, on a phone">
      <NavLink to="/" end>
        <LayoutGrid className="i" />
        Spaces
      </NavLink>
      {me && (
        <NavLink to="/new">
          <Plus className="i" />
          New Space
        </NavLink>
      )}
      {me && (
        <NavLink to="/settings/tokens">
          <KeyRound className="i" />
          Tokens
        </NavLink>
      )}
      {me?.role === 'admin' && (
        <NavLink to="/admin">
          <ShieldCheck className="i" />
          Admin
        </NavLink>
      )}
      {me === null && (
        <NavLink to="/sign-in">
          <LogIn className="i" />
          Sign in
        </NavLink>
      )}
    </nav>
  )
}
