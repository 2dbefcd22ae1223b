import { useEffect, useRef } from 'react'
import { Outlet, ScrollRestoration, useLocation } from 'react-router'
import { words } from '../words/shared.ts'
import { Dock } from './dock.tsx'
import { Overlays } from './overlays.tsx'
import { OfflineLine } from './offline.tsx'
import { Toasts } from './toast.tsx'
import { Top } from './top.tsx'

/** A Space is one page whatever its tab: moving between tabs keeps the focus where it is. */
function pageOf(pathname: string): string {
  return pathname.startsWith('/spaces/') ? pathname.split('/').slice(0, 4).join('/') : pathname
}

/** What stands around every page. */
export function Shell() {
  const { pathname } = useLocation()
  const main = useRef<HTMLDivElement>(null)
  const page = pageOf(pathname)
  const shown = useRef(page)
  useEffect(() => {
    if (shown.current === page) return
    shown.current = page
    main.current?.focus({ preventScroll: true })
  }, [page])
  return (
    <>
      <a className="button skip" href="#main">
        {words().top.skip}
      </a>
      <Top />
      <OfflineLine />
      <div id="main" tabIndex={-1} ref={main} className="main">
        <Outlet />
      </div>
      <Dock />
      <Toasts />
      {/* The gallery keeps its own place (pages/gallery/place.ts); this one takes each entry for itself. */}
      <ScrollRestoration getKey={(location) => (page !== '/' && location.pathname === page ? page : location.key)} />
      <Overlays />
    </>
  )
}
