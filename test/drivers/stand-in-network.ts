/**
 * Runs inside a network namespace of its own (`unshare -n`): puts a stand-in for somebody's private network beside it, and
 * asks from sandboxes what can be reached. Prints the answers as JSON. No address of it leaves the machine.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSandbox, privateRanges } from '../../runtime/local/sandbox.ts'

const [folder = ''] = process.argv.slice(2)
const ip = (...args: string[]) => execFileSync('ip', args, { timeout: 5_000 })
const limit = () => AbortSignal.timeout(20_000)

/** Offline, as this namespace still is: the command runs, and its port answers. */
async function offlineAnswer(): Promise<string> {
  const sandbox = await openSandbox({ folder: `${folder}/offline`, forbidden: privateRanges })
  const done = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const serve =
    'import http.server; http.server.HTTPServer(("127.0.0.1", 7860), http.server.SimpleHTTPRequestHandler).serve_forever()'
  const running = sandbox.run(
    {
      name: 'server',
      command: ['/usr/bin/python3', '-c', serve],
      env: {},
      cwd: '/tmp',
      mounts: [],
      network: { forward: { host: '127.0.0.1', outside: 18_080, inside: 7860 } },
      user: { uid: 61_000, gid: 61_000 },
    },
    () => undefined,
    AbortSignal.any([done.signal, limit()]),
  )
  running.catch(reject)
  const asking = async () => {
    for (;;) {
      const answer = await fetch('http://127.0.0.1:18080/', { signal: limit() }).catch(() => undefined)
      if (answer !== undefined) return resolve(`${sandbox.isolated ? 'isolated' : 'plain'}, ${answer.status}`)
      if (done.signal.aborted) return
      await new Promise((later) => setTimeout(later, 20))
    }
  }
  asking().catch(reject)
  try {
    return await promise
  } finally {
    done.abort()
    await running.catch(() => undefined)
  }
}
ip('link', 'set', 'lo', 'up')
const offline = await offlineAnswer()

const neighbour = spawn('unshare', ['-n', 'sleep', '120'], { stdio: 'ignore' })
await once(neighbour, 'spawn')
// Its namespace is there once it differs from ours.
const namespaceOf = (pid: number | undefined) => execFileSync('readlink', [`/proc/${pid}/ns/net`], { encoding: 'utf8' })
const deadline = Date.now() + 5_000
while (namespaceOf(neighbour.pid) === namespaceOf(process.pid) && Date.now() < deadline)
  await new Promise((resolve) => setTimeout(resolve, 10))

ip('link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'd1')
ip('link', 'set', 'd1', 'netns', String(neighbour.pid))
ip('addr', 'add', '10.99.0.1/24', 'dev', 'd0')
ip('addr', 'add', 'fd99::1/64', 'dev', 'd0', 'nodad')
ip('link', 'set', 'd0', 'up')
ip('route', 'add', 'default', 'via', '10.99.0.2')
ip('route', 'add', 'default', 'via', 'fd99::2')
const there = (...args: string[]) =>
  execFileSync('nsenter', ['-t', String(neighbour.pid), '-n', ...args], { timeout: 5_000 })
const addresses = ['10.99.0.3', '10.98.0.3', '203.0.113.9', '169.254.169.254', 'fd99::3', '2001:db8::9']
for (const address of ['10.99.0.2', ...addresses.slice(0, 4)]) there('ip', 'addr', 'add', `${address}/24`, 'dev', 'd1')
for (const address of ['fd99::2', ...addresses.slice(4)])
  there('ip', 'addr', 'add', `${address}/64`, 'dev', 'd1', 'nodad')
there('ip', 'link', 'set', 'd1', 'up')
there('ip', 'link', 'set', 'lo', 'up')

const server = `
import http.server, socket
class Server(http.server.ThreadingHTTPServer): address_family = socket.AF_INET6
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'reached')
server = Server(('::', 80), Handler)
print('up', flush=True)
server.serve_forever()`
const serving = spawn('nsenter', ['-t', String(neighbour.pid), '-n', '/usr/bin/python3', '-c', server], {
  stdio: ['ignore', 'pipe', 'ignore'],
})
await once(serving.stdout, 'data', { signal: limit() })

const client = `
import sys, urllib.request
for address in sys.argv[1:]:
    url = 'http://[%s]/' % address if ':' in address else 'http://%s/' % address
    # A second try, and time to resend: on a busy machine the first packets are lost while neighbours are still looked for.
    for seconds in (2, 8):
        try:
            print(address, urllib.request.urlopen(url, timeout=seconds).read().decode())
            break
        except OSError as error: print(address, 'no')`
async function reached(name: string, forbidden: readonly string[], allow: readonly string[]) {
  const sandbox = await openSandbox({ folder: `${folder}/${name}`, forbidden, allow })
  let output = ''
  await sandbox.run(
    {
      name: 'client',
      command: ['/usr/bin/python3', '-c', client, '10.99.0.2', ...addresses],
      env: {},
      cwd: '/',
      mounts: [],
      network: {},
      user: { uid: 61_000, gid: 61_000 },
    },
    (text) => (output += text),
    AbortSignal.timeout(50_000),
  )
  return output.split('\n').flatMap((line) => (line.endsWith(' reached') ? [line.split(' ')[0]] : []))
}
try {
  const answers = {
    offline,
    without: await reached('without', [], []),
    forbidden: await reached('forbidden', privateRanges, []),
    allowed: await reached('allowed', privateRanges, ['10.99.0.3', 'fd99::3']),
  }
  process.stdout.write(JSON.stringify(answers))
} finally {
  serving.kill('SIGKILL')
  neighbour.kill('SIGKILL')
}
