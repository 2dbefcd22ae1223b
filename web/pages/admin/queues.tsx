import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { post } from '../../api/client.ts'
import type { AdminBuild } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { errorWords, Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { phaseWords } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { Running } from '../../parts/time.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/admin.ts'
import { buildsQuery } from './queries.ts'

/** @param position in the queue, from 1; none for one that runs. */
function BuildRow({ build, position }: { build: AdminBuild; position?: number }) {
  const { queues } = words()
  const client = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => post(`/api/plaza/admin/builds/${encodeURIComponent(build.id)}/cancel`),
    onSuccess: async () => {
      say(queues.cancelled(build.space, build.number))
      await client.invalidateQueries({ queryKey: ['admin'] })
    },
    onError: (error) => say(errorWords(error), true),
  })
  return (
    <li>
      <div className="grow">
        <div className="who">
          <Link className="name" to={`/spaces/${build.space}/logs`} aria-label={queues.logOf(build.space)}>
            <strong>{build.space}</strong>
          </Link>
          <span className="also">{build.title}</span>
        </div>
        <small className="facts">
          {position === undefined ? (
            <Status tone="working">{phaseWords(build.phase)}</Status>
          ) : (
            <span>{queues.position(position)}</span>
          )}
          <span>{queues.build(build.number)}</span>
          <span className="mono">{build.sha.slice(0, 7)}</span>
          <span>{queues.for(<Running since={build.since} />)}</span>
          {build.attempts > 1 && <span>{queues.attempt(build.attempts)}</span>}
        </small>
      </div>
      <Button
        aria-label={queues.cancelOf(build.space, build.number)}
        busy={isPending && queues.cancelling}
        onClick={() => mutate()}
      >
        {queues.cancel}
      </Button>
    </li>
  )
}

/** Builds that run and wait. */
export function QueuesTab() {
  const { queues } = words()
  const { data, error, refetch } = useQuery(buildsQuery)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <LineSkeletons count={6} />
  return (
    <>
      <section className="section">
        <h2>{queues.running}</h2>
        <p>{queues.runningAbout(data.parallel)}</p>
        {data.running.length === 0 && <p className="none">{queues.nothingRuns}</p>}
        <ul className="rows">
          {data.running.map((build) => (
            <BuildRow key={build.id} build={build} />
          ))}
        </ul>
      </section>
      <section className="section">
        <h2>{queues.waiting}</h2>
        {data.waiting.length === 0 && <p className="none">{queues.nothingWaits}</p>}
        <ul className="rows">
          {data.waiting.map((build, place) => (
            <BuildRow key={build.id} build={build} position={place + 1} />
          ))}
        </ul>
      </section>
    </>
  )
}
