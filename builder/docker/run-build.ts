/** Builds one image and tells the log how it goes. */
import { setTimeout } from 'node:timers/promises'
import type Docker from 'dockerode'
import { BuildError, type LogSink } from '../builder.ts'
import { BuildLog, type BuildLogOptions } from './build-log.ts'
import { BuildKitError, buildImage, EngineGone, type ImageBuild } from './buildkit.ts'
import { type FailedBuild, Unreached } from './failure.ts'

export type BuildLimits = {
  /** Seconds. */
  cloning: number
  /** Seconds. */
  building: number
  /** Of what one build prints, bytes; the rest is left out of the log. */
  output: number
}

export const defaultBuildLimits: BuildLimits = { cloning: 120, building: 1800, output: 8 * 1024 ** 2 }

export type BuildRun = ImageBuild &
  Pick<BuildLogOptions, 'steps' | 'name' | 'python' | 'holdErrors'> & {
    /** What to throw for a build that failed. `output` is what the steps that install requirements printed. */
    failure: (failed: Pick<FailedBuild, 'said' | 'step' | 'installs'>) => Error
  }

/** Milliseconds that an engine may take to come back. */
const patience = 60_000
/** Seconds before each further try of a build for which a place in the network was out of reach. */
const usualPauses = [3, 15]

/** Goes on, from the step that failed, where the network or the engine was away for a moment. As `runOnce`. */
export async function runBuild(
  engine: Docker,
  run: BuildRun,
  limits: BuildLimits,
  log: LogSink,
  signal: AbortSignal,
  pauses: readonly number[] = usualPauses,
): Promise<string> {
  for (const pause of pauses) {
    try {
      return await runThroughRestart(engine, run, limits, log, signal)
    } catch (error) {
      if (!(error instanceof Unreached)) throw error
      log.write(`\n${error.message}\nTrying again in ${pause} s.\n`)
      await setTimeout(pause * 1000, undefined, { signal }).catch(() => undefined)
      signal.throwIfAborted()
    }
  }
  return await runThroughRestart(engine, run, limits, log, signal)
}

async function runThroughRestart(
  engine: Docker,
  run: BuildRun,
  limits: BuildLimits,
  log: LogSink,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await runOnce(engine, run, limits, log, signal)
  } catch (error) {
    if (!(error instanceof EngineGone)) throw error
  }
  log.write('\nThe container engine has stopped: waiting for it.\n')
  try {
    await untilBack(engine, signal)
    return await runOnce(engine, run, limits, log, signal)
  } catch (error) {
    if (!(error instanceof EngineGone)) throw error
    throw new BuildError(
      'installing',
      `The container engine stopped while it built: ${error.message}`,
      'Restart the Space once the operator has mended it.',
    )
  }
}

async function untilBack(engine: Docker, signal: AbortSignal): Promise<void> {
  const end = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  for (;;) {
    const answered = await engine.ping().then(
      () => true,
      () => false,
    )
    if (answered) return
    await setTimeout(500, undefined, { signal: end }).catch(() => undefined)
    signal.throwIfAborted()
    if (end.aborted) throw new EngineGone(`it did not come back within ${patience / 1000} s`)
  }
}

/** Returns the image's id. @throws EngineGone; what `failure` says; BuildError; the signal's reason when aborted. */
async function runOnce(
  engine: Docker,
  run: BuildRun,
  limits: BuildLimits,
  log: LogSink,
  signal: AbortSignal,
): Promise<string> {
  const told = new BuildLog({ ...run, log, longest: limits.output })
  const limit = AbortSignal.timeout(limits.building * 1000)
  try {
    const id = await buildImage(engine, run, (trace) => told.hear(trace), AbortSignal.any([signal, limit]))
    told.end(false)
    return id
  } catch (error) {
    const found = reason(error, run, told)
    told.end(!(found instanceof KnownEnd))
    signal.throwIfAborted()
    if (limit.aborted) {
      const remedy = 'Do less in it, or ask the operator for more time.'
      throw new BuildError('installing', `The build took longer than ${limits.building} s.`, remedy)
    }
    throw found
  }
}

/** A failure that is not the last word: another way is tried, and the log does not show the errors of this one. */
export class KnownEnd extends Error {}

function reason(error: unknown, run: BuildRun, told: BuildLog): unknown {
  if (!(error instanceof BuildKitError)) return error
  const step = told.progress.failed()
  const installs = step?.n === undefined ? undefined : run.steps[step.n - 1]?.installs
  return run.failure({ said: error.message, step, installs })
}
