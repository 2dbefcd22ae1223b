/** Runs one short-lived launch to its end, or ends it as a whole tree. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Cgroups } from './cgroup.ts'
import { exitCode } from './confinement.ts'
import type { Launch } from './launch.ts'
import { processes, signal as send, treeOf } from './process-table.ts'

export type Ended = { code: number | null; signal: string | null; oom: boolean }

export type RunOptions = {
  launch: Launch
  folder: string
  /** Its cgroup, and what messages call it. */
  name: string
  cgroups: Cgroups | undefined
  onOutput: (text: string) => void
  signal: AbortSignal
  /** Its standard input; undefined: it has none. */
  input?: Readable
}

/** @throws the signal's reason; an Error in words when the sandbox itself could not be set up. */
export async function runLaunch(options: RunOptions): Promise<Ended> {
  const { launch, folder, name, cgroups, signal } = options
  signal.throwIfAborted()
  const [program = '', ...args] = launch.command
  const child = spawn(program, args, {
    env: launch.env,
    cwd: launch.cwd,
    stdio: [launch.gate === undefined && options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...launch.user,
  })
  const complaints: string[] = []
  let last = ''
  const read = (stream: NodeJS.ReadableStream | null, take: (text: string) => void) => {
    const decoder = new StringDecoder('utf8')
    stream?.on('data', (chunk: Buffer) => take(decoder.write(chunk)))
  }
  const print = (text: string) => {
    last = (last + text).slice(-500)
    options.onOutput(text)
  }
  read(child.stdout, print)
  // What is confined has its standard error on its standard output: this one is the launcher's, pasta's words.
  read(child.stderr, launch.gate === undefined ? (text) => complaints.push(text) : print)
  child.stdin?.on('error', () => undefined)
  const kill = () => killTree(child.pid, name, cgroups)
  // Once it has ended its pid may be another's: what is left is in its cgroup.
  const killRest = () => killTree(undefined, name, cgroups)
  signal.addEventListener('abort', kill, { once: true })
  try {
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signalName) => resolve({ code, signal: signalName }))
      child.once('exit', () => {
        // A daemon that it left behind may hold the pipes open for ever.
        killRest()
        setTimeout(() => (child.stdout?.destroy(), child.stderr?.destroy()), 2_000).unref()
      })
    })
    if (launch.gate !== undefined) {
      for (const file of launch.gate.cgroups) if (child.pid !== undefined) writeFileSync(file, String(child.pid))
      child.stdin?.end('go\n')
    } else if (child.stdin !== null) options.input?.pipe(child.stdin)
    const outer = await ended
    signal.throwIfAborted()
    const oom = (cgroups?.oomKills(name) ?? 0) > 0
    const code = exitCode(readFileSync(join(folder, 'status'), 'utf8'))
    if (code !== undefined) return { code, signal: signalOf(code), oom }
    if (oom || outer.signal !== null) return { code: outer.code, signal: outer.signal, oom }
    const words = [...complaints.join('').split('\n'), ...last.split('\n').slice(-3)]
      .filter((line) => line.trim() !== '' && !line.includes('bytes to syslog'))
      .join(' ')
    throw new Error(`${name} could not be started in its sandbox (exit code ${outer.code}): ${words}`)
  } finally {
    signal.removeEventListener('abort', kill)
    if (child.exitCode === null && child.signalCode === null) kill()
    killRest()
    await cgroups?.remove(name)
  }
}

/** Ends every process of a tree at once; the outermost first, so that nothing is started anew. */
export function killTree(root: number | undefined, name: string, cgroups: Cgroups | undefined): void {
  const tree = root === undefined ? [] : treeOf(root, processes())
  for (const pid of new Set([...tree, ...(cgroups?.processes(name) ?? [])])) send(pid, 'SIGKILL')
}

/** Shells and bwrap tell a death by signal N as 128 + N. */
export function signalOf(code: number | null): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([, number]) => code === 128 + number)
  return found === undefined ? null : (found[0] as NodeJS.Signals)
}
