import { useQuery } from '@tanstack/react-query'
import { Navigate } from 'react-router'
import { adminQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import type { AdminReport, Finding, Pool } from '../../api/types.ts'
import { Failure } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { NotFound } from '../../parts/page-error.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Status } from '../../parts/status.tsx'
import { useTitle } from '../../parts/title.ts'

function gibibytes(bytes: number): string {
  return `${Math.round((bytes / 1024 ** 3) * 10) / 10}`
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const sorted = findings.slice().sort((one, other) => Number(one.ok) - Number(other.ok))
  return (
    <ul className="rows findings">
      {sorted.map((finding) => (
        <li key={finding.what}>
          <div className="what">
            <Status tone={finding.ok ? 'shown' : 'failed'}>{finding.what}</Status>
          </div>
          <div className="grow">
            <span>{finding.detail}</span>
            {!finding.ok && finding.remedy && <small>{finding.remedy}</small>}
          </div>
        </li>
      ))}
    </ul>
  )
}

function Pools({ pools }: { pools: readonly Pool[] }) {
  return (
    <ul className="rows">
      {pools.map((pool) => (
        <li key={pool.name}>
          <div className="grow">
            <strong>{pool.name}</strong>
            <small className="mono">
              {pool.cpu} cores · {gibibytes(pool.usedMemory)} of {gibibytes(pool.memory)} GB in use
              {pool.gpus > 0 && ` · ${pool.gpus} GPU`}
            </small>
          </div>
        </li>
      ))}
    </ul>
  )
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function Facts({ report }: { report: AdminReport }) {
  const { accounts, spaces, running, waitingBuilds } = report.counts
  const facts = [
    counted(accounts, 'account', 'accounts'),
    `${counted(spaces, 'Space', 'Spaces')}, ${running} of them running`,
    waitingBuilds === 0 ? 'no build waits' : counted(waitingBuilds, 'build waits', 'builds wait'),
  ]
  return (
    <p>
      {facts.join(', ')}. Spaces are built by the {report.builder} driver and run by the {report.runtime} driver. Python{' '}
      {report.pythons.length > 0 ? report.pythons.join(', ') : 'is not here'}.
    </p>
  )
}

function Unsafe() {
  return (
    <div className="notice bad" role="alert">
      <Mark name="failed" />
      <div>
        <p>
          <strong>Demos are not kept apart on this machine.</strong> They run as plain processes that can read each
          other’s files and reach the network of this machine. Only run code that you trust.
        </p>
        <p>Install bubblewrap and passt, then start Plaza again.</p>
      </div>
    </div>
  )
}

/** What this machine can do, tried and not guessed. */
export function AdminPage() {
  const { me, install } = useSession()
  const admin = me?.role === 'admin'
  const { data, error, refetch } = useQuery({ ...adminQuery, enabled: admin })
  useTitle('Admin')
  if (me === null) return <Navigate to="/sign-in?next=/admin" replace />
  if (me && !admin) return <NotFound what="This page is for administrators." />
  return (
    <main className="sheet docked">
      <header>
        <h1>This install</h1>
        {data && <Facts report={data} />}
      </header>
      {install && !install.isolated && <Unsafe />}
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <LineSkeletons count={6} />}
      {data && (
        <>
          <section className="section">
            <h2>What this machine can do</h2>
            <Findings findings={data.findings} />
          </section>
          <section className="section">
            <h2>Capacity</h2>
            <Pools pools={data.pools} />
          </section>
        </>
      )}
    </main>
  )
}
