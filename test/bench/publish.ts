/**
 * How long from a push of a current Gradio app until `/config` answers through the proxy, beside the bare
 * `uv pip install` and `python app.py` of the same files.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { TestPlaza } from '../plaza.ts'
import { print } from './results.ts'
import { median, seconds } from './times.ts'

const run = promisify(execFile)
export const rounds = 3
const limit = 180_000
export const gradio = '6.31.0'

export const app = (word: string) => `
import gradio as gr

def greet(name):
    return "${word} " + name

gr.Interface(fn=greet, inputs="text", outputs="text").launch()
`
const files = (word: string) => ({
  'README.md': `---\ntitle: Bench\nsdk: gradio\nsdk_version: ${gradio}\n---\n`,
  'app.py': app(word),
})

export async function publish(): Promise<void> {
  // The variable keeps Python from writing bytecode, which nobody outside a container sets: both sides run without it.
  delete process.env['PYTHONDONTWRITEBYTECODE']
  print(`Gradio ${gradio}, ${rounds} rounds, median (each) in seconds. PYTHONDONTWRITEBYTECODE is unset for both:`)
  print('bare Python writes bytecode at its first start; Plaza compiles it in the background after the first start.\n')
  const bare: Times = { first: [], change: [] }
  const ours: Times = { first: [], change: [], cached: [] }
  for (let round = 0; round < rounds; round++) {
    await bareRound(bare)
    await plazaRound(ours)
  }
  report('first publish, nothing cached', ours.first, 'bare: uv venv + uv pip install + python app.py', bare.first, 2)
  report('a change of app.py only', ours.change, 'bare: python app.py, with bytecode', bare.change, 1)
  report(
    'a second Space with the same requirements',
    ours.cached ?? [],
    'bare: python app.py, with bytecode',
    bare.change,
  )
}

export type Times = { first: number[]; change: number[]; cached?: number[] }

async function bareRound(times: Times): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-bench-bare-'))
  try {
    const uv = await findUv()
    const env = { ...process.env, UV_CACHE_DIR: path.join(folder, 'cache'), UV_PYTHON_DOWNLOADS: 'never' }
    await writeFile(path.join(folder, 'app.py'), app('Hello'))
    const python = path.join(folder, 'venv', 'bin', 'python')
    const start = performance.now()
    await run(uv, ['venv', '--python', '/usr/bin/python3', path.join(folder, 'venv')], { env, timeout: limit })
    await run(uv, ['pip', 'install', '--python', python, `gradio==${gradio}`], { env, timeout: limit })
    await bareStart(python, folder)
    times.first.push(seconds(start))
    const again = performance.now()
    await bareStart(python, folder)
    times.change.push(seconds(again))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function bareStart(python: string, folder: string): Promise<void> {
  const port = await freePort()
  const child = spawn(python, ['app.py'], {
    cwd: folder,
    env: { ...process.env, GRADIO_SERVER_PORT: String(port), GRADIO_ANALYTICS_ENABLED: 'False' },
    stdio: 'ignore',
  })
  try {
    await untilConfig(`http://127.0.0.1:${port}`)
  } finally {
    await end(child)
  }
}

async function plazaRound(times: Times): Promise<void> {
  // The bare side has its uv already; fetching one is a matter of a new install, not of a publish.
  const searchPath = `${path.dirname(await findUv())}:${process.env['PATH'] ?? ''}`
  await using plaza = await TestPlaza.start({ embeddedStore: true, env: { PATH: searchPath } })
  await publishes(plaza, times, async () => await untilCompiled(() => isCompiled(plaza.data)))
}

/** What is timed of a Plaza, whatever builds and runs its Spaces. @param settled waits for what goes on behind the first publish. */
export async function publishes(plaza: TestPlaza, times: Times, settled: () => Promise<void>): Promise<void> {
  await plaza.createSpace('alice', 'bench')
  const host = await plaza.host('alice/bench')
  const start = performance.now()
  await plaza.push('alice', 'bench', files('Hello'))
  await untilConfig(host)
  times.first.push(seconds(start))
  print(`  first publish: ${await phasesOf(plaza, 'alice/bench')}`)

  await settled()
  const changed = performance.now()
  const sha = await plaza.push('alice', 'bench', files('Goodbye'))
  await served(plaza, 'alice/bench', sha)
  await untilConfig(host)
  times.change.push(seconds(changed))
  print(`  a change: ${await phasesOf(plaza, 'alice/bench')}`)

  await plaza.createSpace('alice', 'second')
  const second = await plaza.host('alice/second')
  const again = performance.now()
  await plaza.push('alice', 'second', files('Third'))
  await untilConfig(second)
  times.cached?.push(seconds(again))
}

/** Where the time of the newest version went, by the platform's own clock. */
async function phasesOf(plaza: TestPlaza, id: string): Promise<string> {
  type Versions = { versions: { build?: { phases: { phase: string; startedAt: string; endedAt?: string }[] } }[] }
  const { versions } = await plaza.json<Versions>('GET', `/api/plaza/spaces/${id}/versions`)
  const detail = await plaza.json<{ lastStartSeconds?: number }>('GET', `/api/plaza/spaces/${id}`)
  const phases = (versions[0]?.build?.phases ?? []).map(({ phase, startedAt, endedAt }) => {
    const took = endedAt ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : Number.NaN
    return `${phase} ${took.toFixed(2)}`
  })
  return [...phases, `start ${detail.lastStartSeconds}`].join(', ')
}

/** The old version serves until the new one does: the answer must be the new one's. */
async function served(plaza: TestPlaza, id: string, sha: string): Promise<void> {
  const deadline = Date.now() + limit
  while (Date.now() < deadline) {
    if ((await plaza.runtime(id)).sha === sha) return
    await sleep(20)
  }
  throw new Error(`${id} did not get to ${sha}`)
}

export async function untilConfig(origin: string): Promise<void> {
  const deadline = Date.now() + limit
  while (Date.now() < deadline) {
    if ((await status(`${origin}/config`)) === 200) return
    await sleep(20)
  }
  throw new Error(`${origin}/config did not answer`)
}

/** A request that may be held by the proxy until the app is up; a connection of its own, so that none is reused dead. */
async function status(url: string): Promise<number> {
  return await new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: limit }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', () => resolve(0))
    })
    request.on('error', () => resolve(0))
  })
}

/** The builder's own mark, when the last file is done. */
async function isCompiled(data: string): Promise<boolean> {
  const names = await readdir(path.join(data, 'environments')).catch(() => [])
  return names.some((name) => name.endsWith('.compiled'))
}

/** Waits for what the builder does behind the first start, then for the machine to be quiet again. */
export async function untilCompiled(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limit
  while (Date.now() < deadline) {
    if (await isDone()) {
      await sleep(1_000)
      return
    }
    await sleep(100)
  }
  print('(bytecode was not compiled in the background)')
}

let uvPlace: string | undefined
export async function findUv(): Promise<string> {
  if (uvPlace) return uvPlace
  const folder = path.join(tmpdir(), 'plaza-bench-uv')
  await mkdir(folder, { recursive: true })
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--target',
    folder,
    '--upgrade',
    '--only-binary',
    ':all:',
    'uv==0.13.9',
  ]
  await run('python3', args, { timeout: limit })
  uvPlace = path.join(folder, 'bin', 'uv')
  return uvPlace
}

export function report(what: string, ours: number[], bareWhat: string, bare: number[], aim?: number): void {
  const [one, other] = [median(ours), median(bare)]
  print(what)
  print(`  Plaza ${one.toFixed(2)}  (${ours.map((time) => time.toFixed(2)).join(', ')})`)
  print(`  ${bareWhat} ${other.toFixed(2)}  (${bare.map((time) => time.toFixed(2)).join(', ')})`)
  const difference = one - other
  const judged = aim === undefined ? '' : `, aim ≤ +${aim.toFixed(1)}: ${difference <= aim ? 'met' : 'MISSED'}`
  print(`  ${difference >= 0 ? '+' : ''}${difference.toFixed(2)} s, ${(one / other).toFixed(2)}×${judged}\n`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
