/** What visitors of one Space feel while another one misbehaves or is built: the 99th percentile beside the one of before. */
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RepositoryFiles, TestPlaza, type TestPlazaOptions } from '../plaza.ts'
import { benchEngine } from './engine.ts'
import { print } from './results.ts'
import { percentile } from './times.ts'

const card = '---\nsdk: gradio\n---\n'
/** Milliseconds of asking, and between two requests: a Space in use, not a Space under load. */
const span = 6_000
const pause = 4
const aim = 1.5

/** Answers in one write: two would wait for each other on the wire, and that would be all that is measured. */
const quiet = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *a): pass
    def do_GET(self): self.wfile.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi')
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), Handler).serve_forever()
`

/** Does at \`/begin\` what it is here for, for as long as it lives. */
const misdeed = (python: string) => `
import http.server, os, subprocess, sys, threading
def misbehave():
    while True:
        try:
${python
  .split('\n')
  .map((line) => `            ${line}`)
  .join('\n')}
        except Exception as error: print(error, flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_GET(self):
        if self.path == '/begin': threading.Thread(target=misbehave, daemon=True).start()
        self.send_response(200); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'hi')
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), Handler).serve_forever()
`

const misdeeds: Readonly<Record<string, string>> = {
  spin: "subprocess.run([sys.executable, '-c', 'import os\\nfor _ in range(3): os.fork()\\nwhile True: pass'])",
  forks:
    "subprocess.run([sys.executable, '-c', 'import os\\nwhile True:\\n  try: os.fork()\\n  except OSError: pass'])",
  memory: "subprocess.run([sys.executable, '-c', 'kept = []\\nwhile True: kept.append(bytearray(2**24))'])",
  disk: 'subprocess.run([sys.executable, \'-c\', \'file = open("/tmp/fill", "wb")\\nwhile True: file.write(bytes(2**20)); file.flush()\'])',
  log: "sys.stdout.write('x' * 4000 + '\\n')",
}

export async function neighbours(): Promise<void> {
  print(
    `A visitor of one Space, a request each ${pause} ms, for ${span / 1000} s; milliseconds at the 99th percentile.`,
  )
  await driver('processes', {})
  await using engine = await benchEngine((why) => print(`containers: not measured, ${why}`))
  if (engine) await driver('containers', { docker: { host: engine.host, images: engine.images } })
}

async function driver(name: string, options: TestPlazaOptions): Promise<void> {
  await using plaza = await TestPlaza.start({
    embeddedStore: true,
    ...options,
    yaml: 'flavors: [{ name: cpu-basic, cpu: 2, memory: 512Mi, disk: 1Gi, default: true }]',
  })
  await plaza.publish('alice', 'quiet', { 'README.md': card, 'app.py': quiet })
  await plaza.waitFor('alice/quiet', 'RUNNING')
  print(name)
  for (const [what, python] of Object.entries(misdeeds)) {
    await plaza.publish('bob', what, { 'README.md': card, 'app.py': misdeed(python) })
    await plaza.waitFor(`bob/${what}`, 'RUNNING')
    const before = await asked(plaza)
    await plaza.visit(`bob/${what}`, '/begin')
    await sleep(1_000)
    tell(what, before, await asked(plaza))
    await plaza.json('POST', `/api/spaces/bob/${what}/pause`, 'bob')
    await plaza.waitFor(`bob/${what}`, 'PAUSED')
    await sleep(3_000)
  }
  const before = await asked(plaza)
  const builds = keepBuilding(plaza)
  await sleep(1_000)
  tell('a build', before, await asked(plaza))
  await builds.stop()
}

function tell(what: string, before: number, during: number): void {
  const ratio = during / before
  print(
    `  ${what.padEnd(8)} ${before.toFixed(2)} → ${during.toFixed(2)}  ${ratio.toFixed(2)}×, aim ≤ ${aim}×: ${ratio <= aim ? 'met' : 'MISSED'}`,
  )
}

/** @returns milliseconds at the 99th percentile. */
async function asked(plaza: TestPlaza): Promise<number> {
  const host = await plaza.host('alice/quiet')
  const until = performance.now() + span
  const times: number[] = []
  using agent = visitor()
  while (performance.now() < until) {
    const start = performance.now()
    await answered(host, agent.http)
    times.push(performance.now() - start)
    await sleep(pause)
  }
  return percentile(times, 0.99)
}

/** One connection that stays, as a browser's does. */
function visitor(): Disposable & { http: http.Agent } {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  return { http: agent, [Symbol.dispose]: () => agent.destroy() }
}

async function answered(url: string, agent: http.Agent): Promise<void> {
  const request = http.get(url, { agent, timeout: 30_000 })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.resume()
  await once(response, 'end')
}

/** One build after the other, each of them installing and compiling something. */
function keepBuilding(plaza: TestPlaza): { stop(): Promise<void> } {
  const over = new AbortController()
  const work = (async () => {
    for (let count = 0; !over.signal.aborted; count++) {
      const files: RepositoryFiles = {
        'README.md': card,
        'requirements.txt': `numpy\npandas\n./local-${count}\n`,
        'app.py': quiet,
        [`local-${count}/setup.py`]: `from setuptools import setup\nsum(range(10**8))\nsetup(name='local-${count}', version='1')\n`,
      }
      const name = `built-${count}`
      await plaza.publish('bob', name, files)
      await plaza.waitFor(`bob/${name}`, (one) => !one.stage.endsWith('BUILDING'), 120_000)
      await plaza.api('DELETE', '/api/repos/delete', 'bob', { type: 'space', name })
    }
  })()
  return {
    stop: async () => {
      over.abort()
      await work
    },
  }
}
