import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { AdminInstance } from '../../api/types.ts'
import { Failure } from '../../parts/failure.tsx'
import { sizeOf } from '../../parts/size.ts'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import type { Tone } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'
import { words } from '../../words/admin.ts'
import { Pools } from './overview.tsx'
import { instancesQuery } from './queries.ts'

const tones: Record<AdminInstance['state'], Tone> = {
  pending: 'working',
  starting: 'working',
  ready: 'running',
  frozen: 'asleep',
}

function InstanceRow({ instance }: { instance: AdminInstance }) {
  const { running } = words()
  const { columns } = running
  const where = [
    ...(instance.pid === null ? [] : [running.pid(instance.pid)]),
    ...(instance.port === null ? [] : [running.port(instance.port)]),
    ...(instance.processes !== null && instance.processes > 1 ? [running.processes(instance.processes)] : []),
  ]
  return (
    <li>
      <div className="grow">
        <div className="who">
          <Link className="name" to={`/spaces/${instance.space}/logs`}>
            <strong>{instance.space}</strong>
          </Link>
          {instance.visibility === 'private' && <span className="label">{running.private}</span>}
        </div>
        <small className="facts">
          <Status tone={instance.wanted ? tones[instance.state] : 'replaced'}>
            {instance.wanted ? running.state[instance.state] : running.replaced}
          </Status>
          <span className="mono">{instance.sha.slice(0, 7)}</span>
          <span className="mono">{instance.hardware}</span>
        </small>
      </div>
      <dl className="measures">
        <div>
          <dt>{columns.memory}</dt>
          <dd>{instance.memory === null ? running.unknown : sizeOf(instance.memory, instance.memoryLimit)}</dd>
        </div>
        <div>
          <dt>{columns.cpu}</dt>
          <dd>{instance.cpu === null ? running.unknown : running.cores(instance.cpu.toFixed(2), instance.cpuLimit)}</dd>
        </div>
        <div className="place">
          <dt>{columns.where}</dt>
          <dd>{where.length > 0 ? where.join(' · ') : running.unknown}</dd>
        </div>
        <div>
          <dt>{columns.since}</dt>
          <dd>
            <Ago at={instance.startedAt} />
          </dd>
        </div>
      </dl>
    </li>
  )
}

/** What is on the machine now, and what it uses. */
export function RunningTab() {
  const { running } = words()
  const { data, error, refetch } = useQuery(instancesQuery)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <LineSkeletons count={6} />
  return (
    <div className="list">
      <p className="said">{running.about(data.instances.length, data.staticSpaces)}</p>
      <Pools pools={data.pools} />
      {data.instances.length === 0 ? (
        <div className="empty">
          <p>{running.none}</p>
        </div>
      ) : (
        <ul className="rows instances">
          {data.instances.map((instance) => (
            <InstanceRow key={instance.id} instance={instance} />
          ))}
        </ul>
      )}
    </div>
  )
}
