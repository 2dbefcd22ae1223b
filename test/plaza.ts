/**
 * A whole Plaza for a test: `plaza serve` as a process of its own, on free ports, with its own data and database, and
 * what a person does with it: accounts with tokens, real git pushes, requests to a Space, waiting for a stage.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { TestRunner } from 'vitest'
import type { SpaceRuntime } from '../control-plane/hub/runtime.ts'
import { installName, readKey } from '../control-plane/key.ts'
import type { BaseImages } from './drivers/base-images.ts'
import { builtImages } from './drivers/built-images.ts'
import { engineOf } from './drivers/dockerd.ts'
import { clearInstall, inventory } from './drivers/inventory.ts'

const run = promisify(execFile)
const root = path.dirname(import.meta.dirname)
const startLimit = 60_000

/** Contents of a repository: path → text or bytes; a link is `{ link: target }`. */
export type RepositoryFiles = Readonly<Record<string, string | Buffer | { link: string }>>

export type Person = { name: string; token: string; readToken: string; revokedToken?: string }

export type TestPlazaOptions = {
  /** Names of people besides `alice` and `bob`; `root-admin` is an administrator. */
  people?: readonly string[]
  env?: Readonly<Record<string, string>>
  /** Lines added to plaza.yaml. */
  yaml?: string
  /**
   * The engine that builds and runs its Spaces, and the images that they are built upon; default: this machine's processes,
   * also where an engine answers. `subnet`: where the networks of its containers come from.
   */
  docker?: { host: string; images: BaseImages; subnet?: string }
  /** Its own embedded store, as a newcomer has it, and not a database of the test run's server. */
  embeddedStore?: boolean
  /** Where its data folder is made; default: the machine's folder for temporary files. */
  folder?: string
  /** Whether it publishes the demos of examples/. */
  examples?: boolean
  /** Whether it photographs Spaces: a browser of its own each time, which few tests look at. */
  pictures?: boolean
}

type Database = AsyncDisposable & { url: string }

export class TestPlaza implements AsyncDisposable {
  readonly url: URL
  readonly data: string
  readonly people: ReadonlyMap<string, Person>
  readonly #environment: NodeJS.ProcessEnv
  readonly #database: Database | undefined
  #options: TestPlazaOptions
  /** Those that it has used, which `useDocker` may change. */
  readonly #engines = new Set<string>()
  #server: ChildProcess | undefined
  #output = ''

  private constructor(
    url: URL,
    data: string,
    people: ReadonlyMap<string, Person>,
    environment: NodeJS.ProcessEnv,
    database: Database | undefined,
    options: TestPlazaOptions,
  ) {
    this.url = url
    this.data = data
    this.people = people
    this.#environment = environment
    this.#database = database
    this.#options = options
    if (options.docker) this.#engines.add(options.docker.host)
  }

  static async start(options: TestPlazaOptions = {}): Promise<TestPlaza> {
    // Not below a folder that only its owner may enter: Spaces run as other users.
    const data = await mkdtemp(path.join(options.folder ?? tmpdir(), 'plaza-test-'))
    await chmod(data, 0o711)
    // Outside a test run there is no server to make a database on.
    const database = options.embeddedStore ? undefined : await (await import('./store/database.ts')).createDatabase()
    const url = new URL(`http://localhost:${await freePort()}`)
    const names = ['alice', 'bob', 'root-admin', ...(options.people ?? [])]
    const people = new Map(names.map((name) => [name, { name, token: newToken(), readToken: newToken() }]))
    const config = path.join(data, 'plaza.yaml')
    const plaza = new TestPlaza(
      url,
      data,
      people,
      {
        ...process.env,
        PLAZA_URL: url.origin,
        PLAZA_DATA: data,
        PLAZA_CONFIG: config,
        PLAZA_DATABASE_URL: database?.url,
        PLAZA_LOG: 'warn',
        PLAZA_RUNTIME: options.docker ? 'docker' : 'local',
        PLAZA_BUILDER: undefined,
        PLAZA_TEST_ENGINE: undefined,
        ...(options.docker ? { DOCKER_HOST: options.docker.host } : {}),
        ...options.env,
      },
      database,
      options,
    )
    try {
      await plaza.configure(options.yaml ?? '')
      await plaza.launch()
    } catch (error) {
      await plaza[Symbol.asyncDispose]()
      throw error
    }
    return plaza
  }

  /** Writes plaza.yaml; for the next launch. @param yaml lines beside those that the options of `start` ask for. */
  async configure(yaml: string): Promise<void> {
    const { examples, pictures, docker } = this.#options
    const users = [...this.people.values()].map(
      (one) =>
        `  - { name: "${one.name}", email: "${one.name.replace(/^[^a-z]+/, '')}@example.org", password: "${one.name}-password", role: ${one.name === 'root-admin' ? 'admin' : 'member'}, tokens: [{ name: w, role: write, value: ${one.token} }, { name: r, role: read, value: ${one.readToken} }] }`,
    )
    const lines = [
      `examples: ${examples ?? false}`,
      `pictures: ${pictures ?? false}`,
      'users:',
      ...users,
      ...(docker ? [`images: ${JSON.stringify(docker.images)}`] : []),
      ...(docker?.subnet === undefined ? [] : [`containers: { subnets: [${docker.subnet}] }`]),
      yaml,
      '',
    ]
    await writeFile(path.join(this.data, 'plaza.yaml'), lines.join('\n'), { mode: 0o600 })
  }

  /** For the next launch: the engine that builds and runs its Spaces, or none for processes. @param yaml as `configure`. */
  async useDocker(docker: TestPlazaOptions['docker'], yaml = ''): Promise<void> {
    const { docker: _, ...others } = this.#options
    this.#options = docker ? { ...others, docker } : others
    this.#environment['PLAZA_RUNTIME'] = docker ? 'docker' : 'local'
    if (docker) {
      this.#environment['DOCKER_HOST'] = docker.host
      this.#engines.add(docker.host)
    }
    await this.configure(yaml)
  }

  /** What its containers, networks and volumes are labelled with: `plaza.install`. */
  async install(): Promise<string> {
    return installName(await readKey(this.data))
  }

  /** Starts `plaza serve` and waits until it answers. Also after `kill()` or `stop()`: the same data, the same port. */
  async launch(): Promise<void> {
    const server = spawn(process.execPath, [path.join(root, 'control-plane', 'cli.ts'), 'serve'], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#server = server
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-200_000)
      })
    }
    const deadline = Date.now() + startLimit
    while (Date.now() < deadline) {
      if (server.exitCode !== null) throw new Error(`Plaza ended with code ${server.exitCode}:\n${this.#output}`)
      const answer = await fetch(new URL('/api/plaza/me', this.url)).catch(() => undefined)
      if (answer?.ok) return
      await sleep(50)
    }
    throw new Error(`Plaza did not answer within ${startLimit} ms:\n${this.#output}`)
  }

  /** What the platform has printed, warnings and errors included. */
  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#server?.pid ?? 0
  }

  person(name: string): Person {
    const person = this.people.get(name)
    if (!person) throw new Error(`There is no ${name}.`)
    return person
  }

  /** A command of `plaza`, beside the running server. @returns what it prints. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [path.join(root, 'control-plane', 'cli.ts'), ...args], {
      env: this.#environment,
      timeout: startLimit,
    })
    return stdout
  }

  /** kill -9, as a crash does it. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }

  /** Calls the API. @param as a name or a token; null for nobody. */
  async api(method: string, route: string, as: string | null = 'alice', body?: unknown): Promise<Response> {
    const token = as === null ? undefined : (this.people.get(as)?.token ?? as)
    return await fetch(new URL(route, this.url), {
      method,
      headers: {
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** As `api`, and the JSON of an answer that must be good. */
  async json<T = Record<string, unknown>>(
    method: string,
    route: string,
    as?: string | null,
    body?: unknown,
  ): Promise<T> {
    const answer = await this.api(method, route, as, body)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text}`)
    return JSON.parse(text) as T
  }

  /** `plaza …` beside the running server. @returns what it printed. @throws Error with its complaint. */
  async cli(...args: string[]): Promise<string> {
    const command = [path.join(root, 'control-plane', 'cli.ts'), ...args]
    const { stdout } = await run(process.execPath, command, { env: this.#environment, timeout: 30_000 })
    return stdout
  }

  /** @returns its id, which names its folders. What an earlier try of the same test has left of this name is deleted before. */
  async createSpace(owner: string, name: string, more: Record<string, unknown> = {}): Promise<string> {
    const create = async () => await this.api('POST', '/api/repos/create', owner, { type: 'space', name, ...more })
    let answer = await create()
    if (answer.status === 409 && isTriedAgain()) {
      await this.api('DELETE', '/api/repos/delete', owner, { type: 'space', name })
      const deadline = Date.now() + 20_000
      // The name is free once everything of it is gone.
      while ((answer = await create()).status === 409 && Date.now() < deadline) await sleep(100)
    }
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${owner}/${name} was not created, ${answer.status}: ${text}`)
    return (JSON.parse(text) as { id: string }).id
  }

  /** Creates the Space and pushes its first commit. */
  async publish(
    owner: string,
    name: string,
    files: RepositoryFiles,
    more: Record<string, unknown> = {},
  ): Promise<string> {
    await this.createSpace(owner, name, more)
    return await this.push(owner, name, files)
  }

  /** Makes the files the whole content of main by a real push. @returns the commit's hash. @throws Error with git's words. */
  async push(owner: string, name: string, files: RepositoryFiles, token = this.person(owner).token): Promise<string> {
    const work = await mkdtemp(path.join(tmpdir(), 'plaza-push-'))
    try {
      const remote = this.gitUrl(owner, name, token)
      await git(work, 'init', '--quiet', '--initial-branch=main')
      await git(work, 'fetch', '--quiet', '--depth=1', '--', remote, 'main').then(
        async () => await git(work, 'reset', '--quiet', '--soft', 'FETCH_HEAD'),
        () => {},
      )
      for (const [file, content] of Object.entries(files)) {
        const place = path.join(work, file)
        await mkdir(path.dirname(place), { recursive: true })
        if (typeof content === 'string' || Buffer.isBuffer(content)) await writeFile(place, content)
        else await symlink(content.link, place)
      }
      await git(work, 'add', '--all', '--force')
      await git(work, 'commit', '--quiet', '--allow-empty', '--message', `Change ${Object.keys(files).join(', ')}`)
      await git(work, 'push', '--quiet', '--', remote, 'HEAD:refs/heads/main')
      return (await git(work, 'rev-parse', 'HEAD')).trim()
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }

  gitUrl(owner: string, name: string, token: string): string {
    return `http://${owner}:${token}@${this.url.host}/spaces/${owner}/${name}`
  }

  async runtime(id: string, as?: string): Promise<SpaceRuntime> {
    return await this.json<SpaceRuntime>('GET', `/api/spaces/${id}/runtime`, as ?? id.split('/')[0])
  }

  /** Waits for a stage. @throws Error with what the Space did instead, when it comes to rest elsewhere or time is up. */
  async waitFor(
    id: string,
    wanted: string | ((runtime: SpaceRuntime) => boolean),
    limit = 50_000,
  ): Promise<SpaceRuntime> {
    const deadline = Date.now() + limit
    const matches = typeof wanted === 'string' ? (one: SpaceRuntime) => one.stage === wanted : wanted
    let last: SpaceRuntime | undefined
    while (Date.now() < deadline) {
      last = await this.runtime(id)
      if (matches(last)) return last
      await sleep(100)
    }
    throw new Error(`${id} did not get there within ${limit} ms: ${JSON.stringify(last)}\n${this.#output.slice(-2000)}`)
  }

  /** The address that API clients use: the Space's own, on loopback. */
  async host(id: string): Promise<string> {
    return (await this.json<{ host: string }>('GET', `/api/spaces/${id}/host`, id.split('/')[0])).host
  }

  /** A request to a Space at its own address. */
  async visit(id: string, route = '/', init: RequestInit = {}): Promise<Response> {
    return await fetch(`${await this.host(id)}${route}`, init)
  }

  /** A request to a Space by its host name, as a browser sends it. */
  async visitByName(
    slug: string,
    route: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string; headers: http.IncomingHttpHeaders }> {
    const request = http.request({
      host: '127.0.0.1',
      port: this.url.port,
      path: route,
      headers: { Host: `${slug}.spaces.localhost:${this.url.port}`, ...headers },
    })
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), headers: response.headers }
  }

  /** All that a log stream holds until it ends, or until `until` is true of the text so far. */
  async log(
    id: string,
    kind: 'build' | 'run',
    until: (text: string) => boolean = () => false,
    limit = 60_000,
  ): Promise<string> {
    const abort = AbortSignal.timeout(limit)
    const answer = await fetch(new URL(`/api/spaces/${id}/logs/${kind}`, this.url), {
      headers: { Authorization: `Bearer ${this.person(id.split('/')[0] ?? '').token}` },
      signal: abort,
    })
    let text = ''
    let rest = ''
    for await (const chunk of answer.body ?? []) {
      rest += Buffer.from(chunk).toString('utf8')
      const events = rest.split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const line = event.split('\n').find((one) => one.startsWith('data: '))
        if (line) text += (JSON.parse(line.slice(6)) as { data: string }).data
      }
      if (until(text)) break
    }
    return text
  }

  /** Ends the platform and every Space of it, and removes all it had. */
  async [Symbol.asyncDispose](): Promise<void> {
    const spaces =
      this.#server?.exitCode === null
        ? await this.json<{ id: string }[]>('GET', '/api/spaces', 'root-admin').catch(() => [])
        : []
    for (const { id } of spaces) {
      const [organization, name] = id.split('/')
      await this.api('DELETE', '/api/repos/delete', 'root-admin', { type: 'space', name, organization }).catch(() => {})
    }
    await this.#nothingLeft()
    await this.stop()
    for (const host of this.#engines) {
      const removeImages = await builtImages(engineOf(host), this.data)
      await clearInstall(engineOf(host), await this.install()).catch(() => {})
      await removeImages().catch(() => {})
    }
    await this.#database?.[Symbol.asyncDispose]()
    await rm(this.data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  async #nothingLeft(): Promise<void> {
    const { docker } = this.#options
    const engine = docker && engineOf(docker.host)
    const deadline = Date.now() + 20_000
    while (Date.now() < deadline && this.#server?.exitCode === null) {
      const left = engine
        ? await inventory(engine, await this.install())
        : await readdir(path.join(this.data, 'instances')).catch(() => [])
      if (left.length === 0) return
      await sleep(100)
    }
  }
}

export async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(
    'git',
    ['-C', folder, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args],
    {
      timeout: 120_000,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', HOME: folder },
    },
  )
  return stdout
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function newToken(): string {
  return `hf_${randomBytes(20).toString('hex')}`
}

/** Benches have no test. */
function isTriedAgain(): boolean {
  return (TestRunner.getCurrentTest()?.result?.retryCount ?? 0) > 0
}
