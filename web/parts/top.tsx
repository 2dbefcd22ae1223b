import { Plus, Search } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { Link, NavLink, useLocation } from 'react-router'
import { useSession } from '../api/session.ts'
import { words } from '../words/shared.ts'
import { Avatar } from './avatar.tsx'
import { Bell } from './bell.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { SearchField } from './search-field.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

// The menu's library comes after the first paint; until then its button only shows who is here.
const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }))

function Account() {
  const { me } = useSession()
  const { pathname, search } = useLocation()
  // Room for whichever it becomes, so that nothing moves.
  if (me === undefined) return <span className="icon" />
  if (me === null) {
    const next = pathname.startsWith('/sign-') ? '' : `?next=${encodeURIComponent(pathname + search)}`
    return (
      <Link className="button" to={`/sign-in${next}`}>
        {words().top.signIn}
      </Link>
    )
  }
  const face = (
    <span className="icon">
      <Avatar name={me.name} large />
    </span>
  )
  return (
    <Suspense fallback={face}>
      <AccountMenu me={me} />
    </Suspense>
  )
}

/** The head of every page. */
export function Top() {
  const { me, install } = useSession()
  const { pathname } = useLocation()
  const { top } = words()
  const spaces = pathname === '/' || pathname.startsWith('/spaces/')
  return (
    <header className="top">
      <Link className="brand" to="/">
        <i />
        {install?.name ?? 'Plaza'}
      </Link>
      <nav aria-label={top.main}>
        <Link to="/" aria-current={spaces ? 'page' : undefined}>
          {top.spaces}
        </Link>
        {me?.role === 'admin' && <NavLink to="/admin">{top.admin}</NavLink>}
      </nav>
      <SearchField className="not-phone" shortcut placeholder={top.searchBy} />
      {me && (
        <Link className="button not-phone" to="/new">
          <Plus className="i" />
          {top.newSpace}
        </Link>
      )}
      {pathname !== '/' && (
        <Link className="icon find" to="/" aria-label={top.searchSpaces}>
          <Search className="i" />
        </Link>
      )}
      {me === null && <LanguageSwitch />}
      <Bell />
      <ThemeSwitch />
      <Account />
    </header>
  )
}
