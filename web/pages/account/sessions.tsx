import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Monitor, Smartphone } from 'lucide-react'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import { devicesQuery } from '../../api/queries.ts'
import type { SignedInDevice } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { errorWords, Failure, Refusal } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Status } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/people.ts'

function deviceWords({ device }: SignedInDevice): string {
  return words().sessions.device(device.browser, device.system)
}

function Row({ session }: { session: SignedInDevice }) {
  const queries = useQueryClient()
  const { sessions } = words()
  const name = deviceWords(session)
  const { mutate, isPending } = useMutation({
    mutationFn: () => request('DELETE', `/api/plaza/sessions/${encodeURIComponent(session.id)}`),
    onSuccess: () => say(sessions.ended(name)),
    onError: (error) => say(errorWords(error), true),
    onSettled: async () => await queries.invalidateQueries({ queryKey: devicesQuery.queryKey }),
  })
  const Picture = session.device.isMobile ? Smartphone : Monitor
  return (
    <li className="device">
      <Picture className="i" aria-hidden="true" />
      <div className="grow">
        <strong>{name}</strong>
        <small>
          {sessions.facts(session.address, <Ago at={session.lastUsedAt} />, <Ago at={session.createdAt} />)}
        </small>
      </div>
      {session.isThis ? (
        <Status tone="shown">{sessions.here}</Status>
      ) : (
        <Button busy={isPending && sessions.ending} aria-label={sessions.endOf(name)} onClick={() => mutate()}>
          {sessions.end}
        </Button>
      )}
    </li>
  )
}

function OthersDialog({ count, open, onClose }: { count: number; open: boolean; onClose: () => void }) {
  const queries = useQueryClient()
  const { sessions } = words()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => request('DELETE', '/api/plaza/sessions'),
    onSuccess: async () => {
      say(sessions.endedOthers)
      await queries.invalidateQueries({ queryKey: devicesQuery.queryKey })
      onClose()
    },
  })
  return (
    <Dialog title={sessions.othersTitle} about={sessions.othersAbout(count)} open={open} onClose={onClose}>
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={onClose}>
          {sessions.cancel}
        </Button>
        <Button kind="danger" busy={isPending && sessions.ending} onClick={() => mutate()}>
          {sessions.endOthers}
        </Button>
      </div>
    </Dialog>
  )
}

/** Where one is signed in. */
export function SessionsTab() {
  // Another device signs in or is used without this page hearing of it.
  const { data, error, refetch } = useQuery({ ...devicesQuery, refetchInterval: 30_000 })
  const [asks, setAsks] = useState(false)
  const { sessions, account } = words()
  useTitle(account.sessions)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <LineSkeletons count={3} />
  const others = data.filter((session) => !session.isThis).length
  return (
    <section className="section">
      <h2 className="sr">{account.sessions}</h2>
      <p>{sessions.about}</p>
      <ul className="rows">
        {data
          .toSorted((one, other) => Number(other.isThis) - Number(one.isThis))
          .map((session) => (
            <Row key={session.id} session={session} />
          ))}
      </ul>
      {others > 0 ? (
        <Button onClick={() => setAsks(true)}>{sessions.endOthers}</Button>
      ) : (
        <p className="help">{sessions.onlyThis}</p>
      )}
      <OthersDialog count={others} open={asks} onClose={() => setAsks(false)} />
    </section>
  )
}
