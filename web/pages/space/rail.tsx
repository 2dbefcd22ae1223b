import './rail.css'
import type { CSSProperties } from 'react'
import { took } from '../../parts/duration.ts'
import { phaseWords } from '../../parts/stage.ts'
import { Running, useNow } from '../../parts/time.tsx'
import { words } from '../../words/space.ts'
import type { Step } from './phases.ts'

function Present({ step, place, of }: { step: Extract<Step, { state: 'now' }>; place: number; of: number }) {
  const now = useNow(500)
  const elapsed = (now - Date.parse(step.since)) / 1000
  const fraction = step.lastSeconds ? Math.min(0.96, elapsed / step.lastSeconds) : undefined
  const style: CSSProperties & Record<`--${string}`, string> = { '--at': `${Math.round((fraction ?? 0) * 1000) / 10}%` }
  const clock = <Running since={step.since} />
  return (
    <li aria-current="step" className={fraction === undefined ? 'open' : undefined} style={style}>
      <span>
        {phaseWords(step.name)}
        <span className="only-phone">{words().rail.place(place, of)}</span>
      </span>
      <span className="when">
        {step.lastSeconds === undefined ? clock : words().rail.since(clock, took(step.lastSeconds))}
      </span>
    </li>
  )
}

function whenOf(step: Exclude<Step, { state: 'now' }>): string {
  const { rail } = words()
  switch (step.state) {
    case 'done':
      if (step.seconds !== undefined) return took(step.seconds)
      return step.name === 'resolving' || step.name === 'installing' ? rail.nothing : ''
    case 'failed':
      return step.seconds === undefined ? rail.failed : rail.failedAfter(took(step.seconds))
    case 'ahead':
      return step.lastSeconds === undefined ? '' : rail.lastTime(took(step.lastSeconds))
    case 'never':
      return rail.never
  }
}

/** Six bars: what is past and how long it took, what is now and since when, what is to come. */
export function Rail({ steps }: { steps: readonly Step[] }) {
  return (
    <ol className="rail" aria-label={words().rail.label}>
      {steps.map((step, place) =>
        step.state === 'now' ? (
          <Present key={step.name} step={step} place={place + 1} of={steps.length} />
        ) : (
          <li
            key={step.name}
            className={step.state === 'done' ? 'done' : step.state === 'failed' ? 'bad' : undefined}
            aria-current={step.state === 'failed' ? 'step' : undefined}
          >
            <span>{phaseWords(step.name)}</span>
            <span className="when">{whenOf(step)}</span>
          </li>
        ),
      )}
    </ol>
  )
}
