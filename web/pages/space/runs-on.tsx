import './runs-on.css'
import { useQuery } from '@tanstack/react-query'
import { Cpu } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { storageQuery } from '../../api/queries.ts'
import type { RunsOn, SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { size } from '../../parts/size.ts'
import { words } from '../../words/space.ts'

function driverWords({ driver, isolated }: RunsOn): string {
  const { drivers } = words().runsOn
  if (driver !== 'local') return drivers[driver]
  return isolated ? drivers.sandbox : drivers.processes
}

/** What was asked for, and whether the machine sees to it. */
function limitWords({ holds }: RunsOn, limit: RunsOn['holds'][number], shown: string): string {
  return holds.includes(limit) ? shown : words().runsOn.notHeld(shown)
}

function diskWords({ limits, holds }: RunsOn): string {
  const say = words().runsOn
  if (limits.disk === null) return say.diskOpen
  return holds.includes('disk') ? size(limits.disk) : say.notHeld(size(limits.disk))
}

function rowsOf(space: SpaceDetail, on: RunsOn): [name: ReactNode, value: string][] {
  const say = words().runsOn
  const rows: [ReactNode, string][] = [
    [say.driver, driverWords(on)],
    [say.hardware, space.hardware],
    [say.cpu, limitWords(on, 'cpu', say.cores(on.limits.cpu))],
    [say.memory, limitWords(on, 'memory', size(on.limits.memory))],
    [say.processes, on.holds.includes('processes') ? say.processesBounded : say.notBounded],
    [say.disk, diskWords(on)],
  ]
  if (on.gpus > 0) rows.push([say.gpu, say.gpus(on.gpus, on.gpuModel)])
  if (on.replicas.most > 1) rows.push([say.replicas, say.ready(on.replicas.ready, on.replicas.wanted)])
  if (space.stage === 'SLEEPING') rows.push([say.asleep, on.frozen ? say.frozen(size(on.frozen.memory)) : say.stopped])
  return rows
}

/** The driver, the limits that hold, and what there is of it now, row by row. */
export function RunsOnFacts({ space, on, children }: { space: SpaceDetail; on: RunsOn; children?: ReactNode }) {
  return (
    <dl className="facts-list runs-on">
      {rowsOf(space, on).map(([name, value], place) => (
        // oxlint-disable-next-line react/no-array-index-key -- the rows have no other name than their words
        <div key={place}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {children}
    </dl>
  )
}

function Data({ space }: { space: SpaceDetail }) {
  const { data: use } = useQuery(storageQuery(space.id))
  return (
    <div>
      <dt>{words().runsOn.data()}</dt>
      <dd>{use ? size(use.data) : ''}</dd>
    </div>
  )
}

/** The hardware in a page's header, and behind it what that means here. */
export function RunsOnFact({ space }: { space: SpaceDetail }) {
  const [open, setOpen] = useState(false)
  const say = words().runsOn
  const on = space.runsOn
  if (!on) {
    return (
      <span className="fact">
        <Cpu className="i" />
        {space.hardware}
      </span>
    )
  }
  const close = () => setOpen(false)
  return (
    <>
      <button
        type="button"
        className="fact runs-on"
        aria-label={say.open(space.hardware)}
        onClick={() => setOpen(true)}
      >
        <Cpu className="i" />
        {space.hardware}
      </button>
      <Dialog title={say.heading} about={say.about} open={open} onClose={close}>
        <RunsOnFacts space={space} on={on}>
          {space.may.settings && <Data space={space} />}
        </RunsOnFacts>
        <div className="do">
          <Button onClick={close}>{say.close}</Button>
        </div>
      </Dialog>
    </>
  )
}
