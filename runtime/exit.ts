/** How a workload ended, in words for its author. Pure. */
import type { Exit, Limits } from './runtime.ts'

export type Ending = {
  command: readonly string[]
  limits: Limits
  /** As a shell tells it: 128 + N for a death by signal N. Null: nobody saw it end. */
  code: number | null
  signal: string | null
  oom: boolean
  /** The machine was started anew since. */
  rebooted: boolean
  /** The end of what it printed. */
  output: string
}

export function describeExit(ending: Ending): Exit {
  const { code, signal, limits } = ending
  const name = programName(ending.command)
  const line = lastErrorLine(ending.output)
  const because = line === undefined ? '.' : `: ${full(line + placeOf(ending.output, line))}`
  const exit = (reason: Exit['reason'], message: string): Exit => ({ code, signal, reason, message })
  if (ending.rebooted) return exit('lost', `The machine restarted while ${name} was running.`)
  if (ending.oom || /^MemoryError\b/.test(line ?? ''))
    return exit('oom', `${name} ran out of memory: it may use ${bytes(limits.memory)}.`)
  if (code === null && signal === null) return exit('lost', `${name} is gone, and nobody saw how it ended${because}`)
  if (code === 0) return exit('completed', `${name} ended by itself with exit code 0. An app must go on serving.`)
  if (signal !== null) return exit('error', `${name} was ended by ${signal}${because}`)
  if (line === undefined) {
    return exit('error', `${name} ended with exit code ${code} and printed nothing. An app must go on serving.`)
  }
  return exit('error', `${name} ended with exit code ${code}${because} ${remedyFor(line)}`)
}

function full(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

/** ` (app.py, line 3)`: the line of the app's own files that Python's last traceback names, where `line` ends one. */
function placeOf(output: string, line: string): string {
  const traceback = output.slice(0, output.lastIndexOf(line))
  const found = [...traceback.matchAll(/^ *File "(?![^"\n]*site-packages\/)[^"\n]*?\/app\/([^"\n]+)", line (\d+)/gm)]
  const last = found.at(-1)
  return last !== undefined && namesError.test(line) ? ` (${last[1]}, line ${last[2]})` : ''
}

function remedyFor(line: string): string {
  const module = /^ModuleNotFoundError: No module named '([\w.]+)'/.exec(line)?.[1]
  if (module === 'gradio' || module === 'streamlit')
    return `Write sdk_version into the card, or add ${module} to requirements.txt.`
  return module === undefined
    ? 'The run log has the rest.'
    : `Add the package that has ${module} to requirements.txt, or push its file.`
}

/** `python app.py` is `app.py` to its author. */
export function programName(command: readonly string[]): string {
  const [program = 'The app', ...args] = command
  const file = program === 'python' ? args.find((argument) => !argument.startsWith('-')) : undefined
  return (file ?? program).replace(/^.*\//, '')
}

const namesError = /^([\w.]*(Error|Exception|Exit|Interrupt|Iteration)\b|bwrap:|Error:|error:|fatal:)/

/** The last line that names an error (`ValueError: …`); else the last line at all. At most 300 characters. */
export function lastErrorLine(output: string): string | undefined {
  const lines = output
    // oxlint-disable-next-line no-control-regex -- colours
    .replace(/\u001B\[[\d;]*m/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const named = lines.findLast((line) => namesError.test(line))
  return (named ?? lines.at(-1))?.slice(0, 300)
}

function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10))
  return `${Number((count / 1024 ** power).toFixed(1))} ${units[power]}`
}
