import './logs.css'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { hubPath, spacePath, versionsQuery } from '../../api/queries.ts'
import type { SpaceDetail, Version } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { took } from '../../parts/duration.ts'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { sentences, serves, stageTone } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { Ago, Running } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/space.ts'
import { useAct } from './acts.ts'
import { buildSentence, buildWords } from './build-words.ts'
import { CrashFacts } from './crash.tsx'
import { ImageSteps } from './image-steps.tsx'
import { LogPane } from './log-pane.tsx'
import { buildSeconds, crashed, fromCache, stepsOf, versionToShow } from './phases.ts'
import { Rail } from './rail.tsx'
import { RecognisedNote } from './recognised-note.tsx'
import { RollbackDialog } from './rollback-dialog.tsx'
import { useMetrics } from './use-metrics.ts'
import { MetricsPanel } from './use-now.tsx'
import { useLog, type LogState } from './use-log.ts'
import { short, useSpace } from './use-space.ts'

function Followed({ state }: { state: LogState }) {
  const { logs } = words()
  switch (state) {
    case 'live':
      return <Status tone="working">{logs.live}</Status>
    case 'loading':
      return <Status tone="working">{logs.opening}</Status>
    case 'lost':
      return <Status tone="failed">{logs.lost}</Status>
    case 'ended':
      return <Status tone="replaced">{logs.ended}</Status>
  }
}

function Kinds({ run }: { run: boolean }) {
  const { logs } = words()
  return (
    <nav className="kinds" aria-label={logs.which}>
      <Link className="toggle" to="?" aria-current={run ? undefined : 'true'} preventScrollReset replace>
        {logs.build}
      </Link>
      <Link className="toggle" to="?log=run" aria-current={run ? 'true' : undefined} preventScrollReset replace>
        {logs.run}
      </Link>
    </nav>
  )
}

function RunLog({ space }: { space: SpaceDetail }) {
  const { running, building } = space.commits
  const { logs } = words()
  const path = `${hubPath(space.id)}/logs/run`
  const { log, state } = useLog(path, `${running} ${building} ${space.readySince} ${space.stage}`)
  return (
    <LogPane
      label={logs.runLog}
      log={log}
      path={path}
      state={state}
      status={<Followed state={state} />}
      about={running ? logs.ofVersion(short(running)) : ''}
      empty={logs.runEmpty}
      fileName={`${space.name}-run.log`}
      tools={<Kinds run />}
    />
  )
}

function BuildLog({ space, version }: { space: SpaceDetail; version: Version | undefined }) {
  const number = version?.build?.number
  const { logs } = words()
  const path = number === undefined ? undefined : `${spacePath(space.id)}/builds/${number}/log`
  const { log, state } = useLog(path, '')
  return (
    <LogPane
      key={path}
      label={logs.buildLog}
      log={log}
      path={path}
      state={path ? state : 'ended'}
      status={<Followed state={path ? state : 'ended'} />}
      about={number === undefined ? '' : logs.ofBuild(number)}
      empty={path ? logs.buildEmpty : version ? logs.noBuildOfVersion : logs.noBuild}
      fileName={`${space.name}-build-${number ?? 0}.log`}
      tools={<Kinds run={false} />}
    />
  )
}

function Reason({ space, version }: { space: SpaceDetail; version: Version }) {
  const { act, doing, busy } = useAct(space.id)
  const { logs } = words()
  const { heading, about } = buildSentence(version, space)
  const making = space.commits.building === version.sha && ['queued', 'running'].includes(version.build?.state ?? '')
  return (
    <div className="reason">
      <div aria-live="polite">
        <h2>{heading}</h2>
        {about && <p>{about}</p>}
        {space.crash?.sha === version.sha && crashed(space, version) && <CrashFacts crash={space.crash} />}
      </div>
      {making && space.may.push && (
        <Button icon={<X className="i" />} busy={doing === 'cancel' && busy} onClick={() => act('cancel')}>
          {logs.stop}
        </Button>
      )}
      {crashed(space, version) && (
        <Link className="button" to="?log=run" preventScrollReset>
          {logs.openRunLog}
        </Link>
      )}
      {!making && version.serving && serves(space.stage) && (
        <Link className="button go" to={`/spaces/${space.id}`}>
          {logs.openApp}
        </Link>
      )}
    </div>
  )
}

function BuildTime({ version, making }: { version: Version; making: boolean }) {
  const { build } = version
  const seconds = build && buildSeconds(build)
  if (making && build?.startedAt) return <Running since={build.startedAt} />
  return <>{seconds === undefined ? <Ago at={version.pushedAt} /> : took(seconds)}</>
}

function Builds(props: { space: SpaceDetail; versions: readonly Version[]; shown: Version | undefined }) {
  const { space, versions, shown } = props
  const [back, setBack] = useState<Version>()
  const { logs } = words()
  return (
    <aside className="builds">
      <h2>
        {logs.versions}{' '}
        <Link className="undo" to={`/spaces/${space.id}/versions`}>
          {logs.all(versions.length)}
        </Link>
      </h2>
      <ol>
        {versions.slice(0, 6).map((version) => {
          const { tone, words: state } = buildWords(version, space)
          return (
            <li key={version.sha} aria-current={version === shown || undefined}>
              <div>
                <Status tone={tone}>{state}</Status>
                <span className="meta">
                  <BuildTime version={version} making={tone === 'working'} />
                  {version.build && fromCache(version.build) && space.sdk !== 'static' && ` ${logs.cached}`} ·{' '}
                  {version.pushedBy ?? version.author}
                </span>
              </div>
              <p>
                {version.build ? (
                  <Link className="of" to={`?build=${version.build.number}`} preventScrollReset title={version.title}>
                    <code>{short(version.sha)}</code> {version.title}
                  </Link>
                ) : (
                  <>
                    <code>{short(version.sha)}</code> {version.title}
                  </>
                )}
              </p>
              {tone === 'replaced' && version.build?.state === 'succeeded' && space.may.push && (
                <button type="button" className="undo" onClick={() => setBack(version)}>
                  {logs.goBack}
                </button>
              )}
            </li>
          )
        })}
      </ol>
      <RollbackDialog space={space} version={back} onClose={() => setBack(undefined)} />
    </aside>
  )
}

function Using({ space }: { space: SpaceDetail }) {
  return <MetricsPanel samples={useMetrics(space.id)} />
}

/** What ended it, over the log that it has left. */
function RunReason({ space }: { space: SpaceDetail }) {
  if (!space.crash) return null
  const { first, rest } = sentences(space.errorMessage ?? words().logs.appEnded)
  return (
    <div className="reason">
      <div aria-live="polite">
        <h2>{first}</h2>
        {rest && <p>{rest}</p>}
        <CrashFacts crash={space.crash} />
      </div>
    </div>
  )
}

/** Why one waits, how long, and whether visitors notice; below it what the machine says. */
export function LogsTab() {
  const space = useSpace()
  const [query] = useSearchParams()
  const { data: versions, error, refetch } = useQuery(versionsQuery(space.id))
  useTitle(words().page.logTitle(space.title))
  if (!versions) {
    return (
      <div className="page">
        {error ? <Failure error={error} retry={() => void refetch()} /> : <LineSkeletons count={6} />}
      </div>
    )
  }
  const shown = versionToShow(versions, space.commits.building, Number(query.get('build')))
  const before = versions.find((version) => version !== shown && version.build?.state === 'succeeded')
  const run = query.get('log') === 'run'
  const ended = run && stageTone(space.stage) === 'failed' && space.crash !== undefined
  return (
    <div className="page">
      {shown && !run && (
        <>
          <Rail steps={stepsOf(space, shown, before)} />
          <Reason space={space} version={shown} />
          <RecognisedNote space={space} />
        </>
      )}
      {ended && <RunReason space={space} />}
      <div className={(run && !ended) || !shown ? 'bench alone' : 'bench'} data-s={stageTone(space.stage)}>
        {run ? <RunLog space={space} /> : <BuildLog space={space} version={shown} />}
        <div className="beside">
          {run && <Using space={space} />}
          {!run && shown?.build && <ImageSteps key={shown.build.number} space={space} build={shown.build} />}
          {versions.length > 0 && <Builds space={space} versions={versions} shown={run ? undefined : shown} />}
        </div>
      </div>
    </div>
  )
}
