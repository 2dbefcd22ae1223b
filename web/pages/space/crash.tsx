import './crash.css'
import type { SpaceDetail } from '../../api/types.ts'
import { took } from '../../parts/duration.ts'
import { size, sizeOf } from '../../parts/size.ts'
import { Ago } from '../../parts/time.tsx'
import { short } from './use-space.ts'

type Crash = NonNullable<SpaceDetail['crash']>

const reasons: Record<string, string> = {
  oom: 'out of memory',
  completed: 'ended by itself',
  evicted: 'evicted',
  timeout: 'never answered',
  lost: 'lost',
}

function ended({ code, signal, reason }: Crash): string {
  const how = code === null ? (signal ?? 'unknown') : `exit code ${code}`
  const why = reasons[reason]
  return why ? `${how}, ${why}` : how
}

/** How an app has ended: what is known of it as rows of a table. */
export function CrashFacts({ crash }: { crash: Crash }) {
  return (
    <dl className="crash">
      <div>
        <dt>Ended</dt>
        <dd>{ended(crash)}</dd>
      </div>
      <div>
        <dt>Memory</dt>
        <dd>
          {crash.peakMemory === undefined
            ? `may use ${size(crash.memoryLimit)}`
            : `at most ${sizeOf(crash.peakMemory, crash.memoryLimit)}`}
        </dd>
      </div>
      <div>
        <dt>Ran for</dt>
        <dd>{took(crash.ranFor)}</dd>
      </div>
      <div>
        <dt>Version</dt>
        <dd>
          {short(crash.sha)}, <Ago at={crash.at} />
        </dd>
      </div>
    </dl>
  )
}
