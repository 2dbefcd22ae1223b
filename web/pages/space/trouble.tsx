import { useQuery } from '@tanstack/react-query'
import { RotateCw, SquareTerminal } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { hubPath, versionsQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { stageTone, stageWords, working } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { Running } from '../../parts/time.tsx'
import { words } from '../../words/space.ts'
import { useAct } from './acts.ts'
import { CrashFacts } from './crash.tsx'
import { FirstPush } from './first-push-panel.tsx'
import { LogLines } from './log-lines.tsx'
import { stepsOf, wayBack } from './phases.ts'
import { Rail } from './rail.tsx'
import { reasonOf } from './reason.ts'
import { RollbackDialog } from './rollback-dialog.tsx'
import { useLog } from './use-log.ts'
import { short } from './use-space.ts'

const tail = 12

function Tail({ space }: { space: SpaceDetail }) {
  // Until the app starts the build speaks, then the app itself.
  const phase = space.phase?.name
  const run = space.stage === 'RUNTIME_ERROR' || phase === 'starting' || phase === 'health-checking'
  const kind = run ? 'run' : 'build'
  const { log } = useLog(
    `${hubPath(space.id)}/logs/${kind}?tail=${tail}`,
    `${space.commits.building ?? ''} ${space.stage}`,
  )
  const lines = log.blocks.flat().slice(-tail)
  if (lines.length === 0) return null
  return (
    <section className="log" aria-label={words().trouble.lastLines}>
      <LogLines block={lines} sought="" />
    </section>
  )
}

/** A visit wakes a Space, as it does at the Space's own address; one that falls asleep under our eyes stays so. */
function useWakeOnVisit(space: SpaceDetail, wake: () => void): void {
  const came = useRef(space.stage)
  useEffect(() => {
    if (came.current !== 'SLEEPING') return
    came.current = 'RUNNING'
    wake()
  }, [wake])
}

function Acts({ space }: { space: SpaceDetail }) {
  const { act, doing, busy } = useAct(space.id)
  const { trouble } = words()
  const { data: versions } = useQuery({ ...versionsQuery(space.id), enabled: stageTone(space.stage) === 'failed' })
  const [asked, setAsked] = useState(false)
  const back = versions && wayBack(versions)
  const { may, stage } = space
  const failed = stageTone(stage) === 'failed'
  useWakeOnVisit(space, () => act('wake'))
  return (
    <div className="do">
      {stage === 'SLEEPING' && (
        <Button kind="go" busy={doing === 'wake' && busy} onClick={() => act('wake')}>
          {trouble.wake}
        </Button>
      )}
      {stage === 'PAUSED' && may.restart && (
        <Button kind="go" busy={doing === 'restart' && busy} onClick={() => act('restart')}>
          {trouble.startAgain}
        </Button>
      )}
      {failed && back && may.push && (
        <>
          <Button kind="go" onClick={() => setAsked(true)}>
            {trouble.goBackTo(short(back.sha))}
          </Button>
          <RollbackDialog space={space} version={asked ? back : undefined} onClose={() => setAsked(false)} />
        </>
      )}
      {failed && stage !== 'CONFIG_ERROR' && may.restart && (
        <Button
          kind={back ? 'plain' : 'go'}
          icon={<RotateCw className="i" />}
          busy={doing === 'restart' && busy}
          onClick={() => act('restart')}
        >
          {stage === 'BUILD_ERROR' ? trouble.buildAgain : trouble.restart}
        </Button>
      )}
      {(failed || working(stage)) && may.logs && stage !== 'CONFIG_ERROR' && (
        <Link
          className="button"
          to={`/spaces/${space.id}/logs${stage === 'RUNTIME_ERROR' || stage === 'APP_STARTING' ? '?log=run' : ''}`}
        >
          <SquareTerminal className="i" />
          {trouble.openLog}
        </Link>
      )}
    </div>
  )
}

function Phases({ space }: { space: SpaceDetail }) {
  const { data: versions } = useQuery(versionsQuery(space.id))
  const version = versions?.find(({ sha }) => sha === space.commits.building)
  if (!versions || !version) return <div className="rail" />
  const before = versions.find((other) => other !== version && other.build?.state === 'succeeded')
  return <Rail steps={stepsOf(space, version, before)} />
}

function Why({ space }: { space: SpaceDetail }) {
  const { heading, about } = reasonOf(space)
  const busy = working(space.stage)
  const { may, stage } = space
  const commit = space.commits.building ?? space.commits.repository
  const state = (
    <>
      {stageWords(space)}
      {busy && space.phase && (
        <>
          {' '}
          <Running since={space.phase.startedAt} />
        </>
      )}
    </>
  )
  const speaks = busy || stage === 'BUILD_ERROR' || stage === 'RUNTIME_ERROR'
  return (
    <>
      <div>
        <Status tone={stageTone(stage)}>{commit ? words().trouble.state(state, short(commit)) : state}</Status>
        <h2 className={heading.length > 90 ? 'long' : undefined}>{heading}</h2>
        {about && <p>{about}</p>}
        {stage === 'RUNTIME_ERROR' && space.crash && <CrashFacts crash={space.crash} />}
        {stageTone(stage) === 'failed' && !may.restart && <p>{words().trouble.onlyOwner(space.owner)}</p>}
        <Acts space={space} />
      </div>
      {speaks && may.logs && (
        <div className="said">
          <Tail space={space} />
        </div>
      )}
    </>
  )
}

/** The frame of the app, while there is no app to show: what is happening, and the one thing to do. */
export function Trouble({ space }: { space: SpaceDetail }) {
  // A push that brought no app has a reason of its own; an empty Space has none.
  const empty = space.stage === 'NO_APP_FILE' && !space.commits.repository
  return (
    <section className="screen app" aria-label={empty ? words().trouble.publish : words().trouble.label}>
      {working(space.stage) && (
        <div className="phases">
          <Phases space={space} />
        </div>
      )}
      <div className="trouble">{empty ? <FirstPush space={space} /> : <Why space={space} />}</div>
      <div className="strip">
        <span>
          <span className="address">{new URL(space.origin).host}</span>
        </span>
      </div>
    </section>
  )
}
