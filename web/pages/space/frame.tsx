import { Maximize, RotateCw } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { type SyntheticEvent, useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { openingQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { span } from '../../parts/duration.ts'
import { Failure } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { working } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { useNow } from '../../parts/time.tsx'
import { said } from '../../words/said.ts'
import { words } from '../../words/space.ts'
import { People, Use } from './use-now.tsx'
import { frameAddress } from './origin.ts'
import { useMetrics } from './use-metrics.ts'

/** Demo code is a stranger's: it gets its own origin and no way to move the page around it. */
export const sandbox =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-downloads allow-modals allow-storage-access-by-user-activation'
export const allowed =
  'accelerometer; autoplay; camera; clipboard-read; clipboard-write; cross-origin-isolated; display-capture; encrypted-media; fullscreen; gamepad; geolocation; gyroscope; magnetometer; microphone; midi; picture-in-picture; screen-wake-lock; serial; usb; web-share; xr-spatial-tracking'

function Up({ since }: { since: string }) {
  const now = useNow(10_000)
  return <>{words().frame.up(span((now - Date.parse(since)) / 1000))}</>
}

function Strip(props: { space: SpaceDetail; newer: boolean; onReload: () => void }) {
  const { space } = props
  const { origin } = space
  const process = space.sdk !== 'static'
  const text = words().frame
  const samples = useMetrics(space.id)
  // The page's query and hash change without being drawn, so they are looked at when somebody is about to go there.
  const lead = (event: SyntheticEvent<HTMLAnchorElement>) => {
    const { search, hash } = location
    event.currentTarget.href = frameAddress({ space, search, hash, theme: undefined, sign: undefined })
  }
  return (
    <div className="strip">
      <span>
        <Status tone="running">{process && space.readySince ? <Up since={space.readySince} /> : text.running}</Status>
        <a className="not-phone address" href={origin} target="_blank" rel="noreferrer">
          {new URL(origin).host}
        </a>
      </span>
      <div>
        {space.errorMessage && !working(space.stage) && (
          <Link className="failed" to={`/spaces/${space.id}/logs`} title={said(space.errorMessage)}>
            <Mark name="failed" />
            {text.failed}
          </Link>
        )}
        <People samples={samples} />
        {process && <Use samples={samples} />}
        {props.newer ? (
          <button type="button" className="newer" onClick={props.onReload}>
            <RotateCw className="i" />
            {text.newer}
          </button>
        ) : (
          process && <span>{space.sleepAfter < 0 ? text.neverSleeps : text.sleepsAfter(span(space.sleepAfter))}</span>
        )}
        <a
          className="icon not-phone"
          href={origin}
          onPointerDown={lead}
          onFocus={lead}
          target="_blank"
          rel="noreferrer"
          aria-label={text.fullPage}
          title={text.fullPage}
        >
          <Maximize className="i" />
        </a>
      </div>
    </div>
  )
}

/** The app tells its query and hash, so that the page's address can be shared (as on other hubs: `{queryString, hash}`). */
function useAddressOfApp(frame: React.RefObject<HTMLIFrameElement | null>, origin: string): void {
  useEffect(() => {
    const hear = (event: MessageEvent<unknown>) => {
      if (event.source !== frame.current?.contentWindow || event.origin !== origin) return
      const said = event.data
      if (typeof said !== 'object' || said === null) return
      const page = new URL(location.href)
      if ('queryString' in said && typeof said.queryString === 'string') page.search = said.queryString
      if ('hash' in said && typeof said.hash === 'string') page.hash = said.hash
      page.searchParams.delete('__sign')
      page.searchParams.delete('__theme')
      if (page.href !== location.href) history.replaceState(history.state, '', page)
    }
    addEventListener('message', hear)
    return () => removeEventListener('message', hear)
  }, [frame, origin])
}

function LiveFrame({ space, sign }: { space: SpaceDetail; sign: string | undefined }) {
  const frame = useRef<HTMLIFrameElement>(null)
  const [loads, setLoads] = useState(0)
  const [painted, setPainted] = useState(false)
  const [version, setVersion] = useState(space.commits.running)
  // Taken once a load: what changes afterwards (the theme, the page's query) must not throw the visitor's work away.
  const [address, setAddress] = useState(() => now())
  useAddressOfApp(frame, space.origin)

  function now(): string {
    const theme = document.documentElement.dataset['theme']
    return frameAddress({ space, search: location.search, hash: location.hash, theme, sign })
  }
  const reload = () => {
    setVersion(space.commits.running)
    setAddress(now())
    setPainted(false)
    setLoads(loads + 1)
  }
  return (
    <section className="screen app" aria-label={words().frame.app}>
      <div className={painted ? 'frame painted' : 'frame'}>
        <iframe
          key={loads}
          ref={frame}
          src={address}
          title={space.title}
          sandbox={sandbox}
          allow={allowed}
          onLoad={() => setPainted(true)}
        />
      </div>
      <Strip space={space} newer={version !== space.commits.running} onReload={reload} />
    </section>
  )
}

function PrivateFrame({ space }: { space: SpaceDetail }) {
  const { data: sign, error, refetch } = useQuery(openingQuery(space.id))
  if (sign) return <LiveFrame space={space} sign={sign} />
  return (
    <section className="screen app" aria-busy={!error}>
      <div className="frame">{error && <Failure error={error} retry={() => void refetch()} />}</div>
      <div className="strip" />
    </section>
  )
}

/** The app in its frame. */
export function Frame({ space }: { space: SpaceDetail }) {
  return space.visibility === 'private' ? <PrivateFrame space={space} /> : <LiveFrame space={space} sign={undefined} />
}
