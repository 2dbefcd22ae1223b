/**
 * What the way through the proxy costs: requests a second straight at an app, through Plaza and through nginx, and
 * how soon an event of a stream arrives. All three answer the same bytes, one after the other in the same run.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openProxy } from '../../control-plane/proxy/proxy.ts'
import { createProxyServer } from '../../control-plane/proxy/server.ts'
import { Changes } from '../../control-plane/store/changes.ts'
import { openStore } from '../../control-plane/store/database.ts'
import { startPostgres } from '../../control-plane/store/postgres.ts'
import { print } from './results.ts'

const seconds = 5
const connections = 64
const events = 200
const host = 'bench.spaces.localhost'
const nginx = '/usr/sbin/nginx'
const wrk = '/usr/bin/wrk'

/** As `node test/bench/proxy.ts app PORT` this file is the app, in a process of its own. */
if (process.argv[2] === 'app' && process.argv[1] === fileURLToPath(import.meta.url)) serveApp(Number(process.argv[3]))

export async function proxy(): Promise<void> {
  if (!existsSync(wrk)) {
    print('proxy: not measured, wrk is missing (Debian package wrk)')
    return
  }
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-bench-proxy-'))
  stack.defer(async () => await rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const [appPort, plazaPort, nginxPort] = [await freePort(), await freePort(), await freePort()]
  const app = spawn(process.execPath, [fileURLToPath(import.meta.url), 'app', String(appPort)], { stdio: 'inherit' })
  stack.defer(() => void app.kill())

  const postgres = stack.use(await startPostgres(path.join(folder, 'store')))
  const store = stack.use(await openStore(postgres.url))
  await makeSpace(store, appPort)
  const changes = stack.use(await Changes.follow(store))
  const gate = stack.use(
    await openProxy({
      store,
      changes,
      spacesDomain: 'spaces.localhost',
      platformUrl: new URL(`http://localhost:${plazaPort}`),
      key: randomBytes(32),
      mayOpen: async () => false,
      stageOf: async () => ({ stage: 'RUNNING', willStart: false, title: 'Bench', pageUrl: 'http://localhost/' }),
      wake: async () => {},
      touch: async () => {},
    }),
  )
  const server = createProxyServer((_request, response) => response.end(), gate)
  server.listen(plazaPort, '127.0.0.1')
  stack.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const places = [
    { name: 'direct', port: appPort },
    { name: 'Plaza', port: plazaPort },
  ]
  if (existsSync(nginx)) {
    const child = await startNginx(folder, nginxPort, appPort)
    stack.defer(async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    })
    places.push({ name: 'nginx', port: nginxPort })
  } else print('proxy: without nginx, which is missing (Debian package nginx-light)')

  for (const place of places) await answers(place.port)
  const rates = new Map<string, number>()
  print(`proxy: GET of 2 bytes, ${connections} connections, ${seconds} s each; everything on the same cores`)
  for (const place of places) {
    const rate = await requestsPerSecond(place.port)
    rates.set(place.name, rate)
    const first = await eventDelay(place.port)
    print(
      `  ${place.name.padEnd(7)} ${String(Math.round(rate)).padStart(7)} requests/s   event after ${first.median.toFixed(2)} ms (median), ${first.slow.toFixed(2)} ms (99 %)`,
    )
  }
  const ours = rates.get('Plaza') ?? 0
  for (const [name, rate] of rates) {
    if (name !== 'Plaza') print(`  Plaza / ${name}: ${(ours / rate).toFixed(2)}`)
  }
}

function serveApp(port: number): void {
  http
    .createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      if (request.url !== '/events') {
        response.setHeader('Content-Length', 2)
        response.end('ok')
        return
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      let count = 0
      const timer = setInterval(() => {
        response.write(`data: ${process.hrtime.bigint()}\n\n`)
        if (++count === events) {
          clearInterval(timer)
          response.end()
        }
      }, 5)
    })
    .listen(port, '127.0.0.1')
}

async function makeSpace(store: Awaited<ReturnType<typeof openStore>>, port: number): Promise<void> {
  await store.transaction(async ({ db }) => {
    const account = { id: 'owner', name: 'owner', name_key: 'owner', fullname: '', email: null, avatar: null }
    await db.insertInto('accounts').values(account).execute()
    const space = {
      id: 'bench',
      owner_id: 'owner',
      name: 'bench',
      name_key: 'bench',
      slug: 'bench',
      address: null,
      sdk: null,
    }
    await db.insertInto('spaces').values(space).execute()
    const addresses = JSON.stringify([{ host: '127.0.0.1', port }])
    const place = { kind: 'address', workload_id: null, addresses, root: null, sha: '' } as const
    await db
      .insertInto('routes')
      .values({ space_id: 'bench', ...place })
      .execute()
  })
}

async function startNginx(folder: string, port: number, appPort: number): Promise<ChildProcess> {
  const file = path.join(folder, 'nginx.conf')
  await writeFile(
    file,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
keepalive_requests 100000000;
upstream app { server 127.0.0.1:${appPort}; keepalive 128; keepalive_requests 100000000; }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_buffering off;
proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Proto http; } } }
`,
  )
  return spawn(nginx, ['-c', file, '-p', folder], { stdio: 'inherit' })
}

async function requestsPerSecond(port: number): Promise<number> {
  const { stdout } = await promisify(execFile)(
    wrk,
    ['-t1', `-c${connections}`, `-d${seconds}s`, '-H', `Host: ${host}`, `http://127.0.0.1:${port}/`],
    { timeout: (seconds + 20) * 1000 },
  )
  if (/Non-2xx|Socket errors/.test(stdout)) print(stdout)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
}

/** Milliseconds from the app's write of an event until it is here: median and 99th percentile. */
async function eventDelay(port: number): Promise<{ median: number; slow: number }> {
  const request = http.get({ host: '127.0.0.1', port, path: '/events', headers: { Host: host }, agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const delays: number[] = []
  for await (const piece of response) {
    const now = process.hrtime.bigint()
    for (const match of String(piece).matchAll(/data: (\d+)/g)) delays.push(Number(now - BigInt(match[1] ?? 0)) / 1e6)
  }
  delays.sort((a, b) => a - b)
  const at = (share: number) => delays[Math.floor((delays.length - 1) * share)] ?? Number.NaN
  return { median: at(0.5), slow: at(0.99) }
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const request = http.get({ host: '127.0.0.1', port, headers: { Host: host }, agent: false })
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      response.resume()
      if (response.statusCode === 200) return
      throw new Error(`answered ${response.statusCode ?? 'nothing'}`)
    } catch (error) {
      if (tries === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
