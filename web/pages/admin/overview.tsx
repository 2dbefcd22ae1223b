import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { get } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { AdminFindings, AdminReport, Finding, Pool } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { errorWords, Failure } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { sizeOf } from '../../parts/size.ts'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Status } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/admin.ts'
import { findingsQuery, reportQuery } from './queries.ts'

function Findings({ findings }: { findings: readonly Finding[] }) {
  const sorted = findings.toSorted((one, other) => Number(one.ok) - Number(other.ok))
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

function Machine() {
  const { overview } = words()
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(findingsQuery)
  const [trying, setTrying] = useState(false)
  const again = async () => {
    setTrying(true)
    try {
      const fresh = await get<AdminFindings>('/api/plaza/admin/findings?again=true')
      queries.setQueryData(findingsQuery.queryKey, fresh)
    } catch (problem) {
      say(errorWords(problem), true)
    } finally {
      setTrying(false)
    }
  }
  return (
    <section className="section">
      <h2>{overview.machine}</h2>
      {data && (
        <div className="tried">
          <p>{overview.tried(<Ago at={data.at} />)}</p>
          <Button busy={trying && overview.tryingAgain} onClick={() => void again()}>
            {overview.again}
          </Button>
        </div>
      )}
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && (
        <>
          <p>{overview.trying}</p>
          <LineSkeletons count={6} />
        </>
      )}
      {data && <Findings findings={data.findings} />}
    </section>
  )
}

function PoolFacts({ pool }: { pool: Pool }) {
  const { overview } = words()
  const facts = [
    overview.cores(pool.cpu),
    overview.promised(sizeOf(pool.usedMemory, pool.memory)),
    ...(pool.gpus > 0 ? [overview.gpus(pool.gpus)] : []),
  ]
  return <small className="mono">{facts.join(' · ')}</small>
}

export function Pools({ pools }: { pools: readonly Pool[] }) {
  return (
    <ul className="rows">
      {pools.map((pool) => (
        <li key={pool.name}>
          <div className="grow">
            <strong>{pool.name}</strong>
            <PoolFacts pool={pool} />
          </div>
        </li>
      ))}
    </ul>
  )
}

function Facts({ report }: { report: AdminReport }) {
  const { overview } = words()
  const { accounts, spaces, running, waitingBuilds } = report.counts
  const sentences = [
    overview.facts(accounts, spaces, running, waitingBuilds),
    overview.drivers(report.builder, report.runtime),
    report.pythons.length > 0 ? overview.pythons(report.pythons.join(', ')) : overview.noPython,
  ]
  return <p className="said">{sentences.join(' ')}</p>
}

function Unsafe() {
  const { unsafe, unsafeRemedy } = words().overview
  return (
    <div className="notice bad" role="alert">
      <Mark name="failed" />
      <div>
        <p>{unsafe}</p>
        <p>{unsafeRemedy}</p>
      </div>
    </div>
  )
}

/** What this machine can do, tried and not guessed; how much there is and how much of it is taken. */
export function OverviewTab() {
  const { install } = useSession()
  const { data, error, refetch } = useQuery(reportQuery)
  return (
    <>
      {data && <Facts report={data} />}
      {install && !install.isolated && <Unsafe />}
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <LineSkeletons count={2} />}
      <Machine />
      {data && (
        <section className="section">
          <h2>{words().overview.capacity}</h2>
          <Pools pools={data.pools} />
        </section>
      )}
    </>
  )
}
