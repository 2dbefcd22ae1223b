import './image-steps.css'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { stepsQuery } from '../../api/queries.ts'
import type { Build, BuildStep, SpaceDetail } from '../../api/types.ts'
import { took } from '../../parts/duration.ts'
import { Mark, type MarkName } from '../../parts/mark.tsx'
import { Running } from '../../parts/time.tsx'
import { words } from '../../words/space.ts'

const marks: Record<BuildStep['state'], MarkName> = {
  waiting: 'replaced',
  running: 'working',
  done: 'shown',
  cached: 'shown',
  failed: 'failed',
}

function Took({ step }: { step: BuildStep }) {
  const say = words().imageSteps
  switch (step.state) {
    case 'running':
      return step.startedAt === undefined ? say.states.running : <Running since={step.startedAt} />
    case 'done':
      return step.seconds === undefined ? say.states.done : took(step.seconds)
    case 'failed':
      return step.seconds === undefined ? say.states.failed : say.failedAfter(took(step.seconds))
    case 'cached':
    case 'waiting':
      return say.states[step.state]
  }
}

/** A line that holds as much of its name as there is room for, and all of it once it is opened. */
function Row({ step }: { step: BuildStep }) {
  const [open, setOpen] = useState(false)
  const say = words().imageSteps
  const place = step.n === undefined || step.of === undefined ? '' : say.place(step.n, step.of)
  return (
    <li data-s={step.state}>
      <button type="button" aria-expanded={open} title={step.name} onClick={() => setOpen(!open)}>
        <Mark name={marks[step.state]} />
        <span className="place">{place}</span>
        <code className={open ? 'whole' : undefined}>{step.name}</code>
        <span className="took">
          <span className="sr">{step.state === 'done' || step.state === 'running' ? say.states[step.state] : ''} </span>
          <Took step={step} />
        </span>
      </button>
    </li>
  )
}

/** On a phone the log comes first; a build that is over has no news here either. */
function opensByItself(build: Build): boolean {
  return build.state !== 'succeeded' && matchMedia('(min-width: 641px)').matches
}

/** The steps of a build's image: which is now, which came from the cache, where it failed. Nothing for a build without one. */
export function ImageSteps({ space, build }: { space: SpaceDetail; build: Build }) {
  const [chosen, setChosen] = useState<boolean>()
  const { data: steps = [] } = useQuery({ ...stepsQuery(space.id, build.number), enabled: build.steps > 0 })
  if (steps.length === 0) return null
  const say = words().imageSteps
  const open = chosen ?? opensByItself(build)
  const over = steps.filter(({ state }) => state === 'done' || state === 'cached').length
  const now = steps.find(({ state }) => state === 'failed') ?? steps.find(({ state }) => state === 'running')
  return (
    <section className="image-steps" aria-label={say.heading}>
      <h2>
        <button type="button" aria-expanded={open} aria-controls="image-steps" onClick={() => setChosen(!open)}>
          <ChevronRight className="i" />
          {say.heading}
          <span className="count">{say.count(over, steps.length)}</span>
        </button>
      </h2>
      {!open && now && (
        <ol>
          <Row step={now} />
        </ol>
      )}
      <ol id="image-steps" hidden={!open}>
        {steps.map((step, place) => (
          // A step has no name of its own: two lines of a Dockerfile may be the same.
          // oxlint-disable-next-line react/no-array-index-key
          <Row key={place} step={step} />
        ))}
      </ol>
    </section>
  )
}
