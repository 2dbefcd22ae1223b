import './use-now.css'
import { size, sizeOf } from '../../parts/size.ts'
import { words } from '../../words/space.ts'
import { Sparkline } from './sparkline.tsx'
import type { Samples } from './use-metrics.ts'

const shown = 40
const cpuSteps = [10, 25, 50, 100]

/** How many are here, once it is more than whoever looks. */
export function People({ samples }: { samples: Samples }) {
  const people = samples.at(-1)?.people ?? 0
  if (people < 2) return null
  return <span className="count">{words().frame.here(people)}</span>
}

/** Processor and memory in the strip below an app. */
export function Use({ samples }: { samples: Samples }) {
  const last = samples.at(-1)
  if (!last || last.memory_total_bytes === 0) return null
  const cpu = samples.slice(-shown).map((one) => one.cpu_usage_pct)
  return (
    <>
      <span className="use not-phone">
        {words().use.cpu} <b>{Math.round(last.cpu_usage_pct)} %</b>
        <Sparkline values={cpu} most={scale(cpu, cpuSteps)} points={shown} />
      </span>
      <span className="not-phone memory">{sizeOf(last.memory_used_bytes, last.memory_total_bytes)}</span>
    </>
  )
}

/** A scale that a small value can be seen on: the next step above the largest one. */
function scale(values: readonly number[], steps: readonly number[]): number {
  const most = Math.max(...values, 0)
  return steps.find((step) => most <= step) ?? steps.at(-1) ?? 1
}

function Chart(props: { name: string; now: string; top: string; values: readonly number[]; most: number }) {
  return (
    <figure className="chart">
      <figcaption>
        <span>{props.name}</span>
        <b>{props.now}</b>
      </figcaption>
      <div>
        <small>{props.top}</small>
        <Sparkline values={props.values} most={props.most} points={120} filled />
      </div>
    </figure>
  )
}

/** The last two minutes of a running Space, as large as a column beside its log. */
export function MetricsPanel({ samples }: { samples: Samples }) {
  const last = samples.at(-1)
  if (!last || last.memory_total_bytes === 0) return null
  const cpu = samples.map((one) => one.cpu_usage_pct)
  const memory = samples.map((one) => one.memory_used_bytes)
  const traffic = samples.map((one) => one.rx_bps + one.tx_bps)
  const { use } = words()
  const open = samples.map((one) => one.requests + one.websockets)
  const cpuMost = scale(cpu, cpuSteps)
  const memoryMost = scale(
    memory,
    [1 / 64, 1 / 16, 1 / 4, 1].map((part) => part * last.memory_total_bytes),
  )
  const trafficMost = scale(
    traffic,
    [16, 128, 1024, 8192, 65_536].map((kilobytes) => kilobytes * 1024),
  )
  const openMost = scale(open, [4, 16, 64, 256, 1024, 4096])
  return (
    <section className="metrics" aria-label={use.label}>
      <h2>{use.heading}</h2>
      <div className="screen">
        <Chart
          name={use.cpu}
          now={use.cpuNow(Math.round(last.cpu_usage_pct), last.cpu_millicores / 1000)}
          top={`${cpuMost} %`}
          values={cpu}
          most={cpuMost}
        />
        <Chart
          name={use.memory}
          now={sizeOf(last.memory_used_bytes, last.memory_total_bytes)}
          top={size(memoryMost)}
          values={memory}
          most={memoryMost}
        />
        <Chart
          name={use.internet}
          now={`${size(last.rx_bps + last.tx_bps)}/s`}
          top={`${size(trafficMost)}/s`}
          values={traffic}
          most={trafficMost}
        />
        <Chart
          name={use.open}
          now={use.openNow(last.requests, last.websockets)}
          top={String(openMost)}
          values={open}
          most={openMost}
        />
      </div>
    </section>
  )
}
