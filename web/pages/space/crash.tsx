import './crash.css'
import type { SpaceDetail } from '../../api/types.ts'
import { took } from '../../parts/duration.ts'
import { size, sizeOf } from '../../parts/size.ts'
import { Ago } from '../../parts/time.tsx'
import { words } from '../../words/space.ts'
import { short } from './use-space.ts'

type Crash = NonNullable<SpaceDetail['crash']>

function ended({ code, signal, reason }: Crash): string {
  const { crash } = words()
  const how = code === null ? (signal ?? crash.unknown) : crash.exitCode(code)
  const why = crash.endings[reason]
  return why ? crash.because(how, why) : how
}

/** How an app has ended: what is known of it as rows of a table. */
export function CrashFacts({ crash }: { crash: Crash }) {
  const say = words().crash
  return (
    <dl className="crash">
      <div>
        <dt>{say.ended}</dt>
        <dd>{ended(crash)}</dd>
      </div>
      <div>
        <dt>{say.memory}</dt>
        <dd>
          {crash.peakMemory === undefined
            ? say.mayUse(size(crash.memoryLimit))
            : say.atMost(sizeOf(crash.peakMemory, crash.memoryLimit))}
        </dd>
      </div>
      <div>
        <dt>{say.ranFor}</dt>
        <dd>{took(crash.ranFor)}</dd>
      </div>
      <div>
        <dt>{say.version}</dt>
        <dd>{say.versionAt(short(crash.sha), <Ago at={crash.at} />)}</dd>
      </div>
    </dl>
  )
}
