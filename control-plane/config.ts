/** Environment + plaza.yaml → one typed Config. The only reader of the environment; every problem is told at once. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseDocument } from 'yaml'
import { packageSources } from '../builder/package-sources.ts'
import { type Bootstrap, parseBootstrap } from './accounts/bootstrap.ts'
import { defaultFlavors, type Flavor } from './scheduling/flavors.ts'
import { type Setting, settingsInForce } from './setting.ts'

export type Config = {
  /** Where people reach the platform; its port is listened on. */
  url: URL
  /** Listened on: loopback for a localhost install, every interface otherwise. */
  listen: { host: string; port: number }
  /** Each Space's own origin is `{slug}.{spacesDomain}`. */
  spacesDomain: string
  /** Absolute folder of everything that Plaza keeps. */
  data: string
  /** PostgreSQL of one's own; undefined: the embedded one. */
  databaseUrl: string | undefined
  /** Whether each Space also gets 127.x.y.z, for clients that do not resolve *.localhost. */
  loopbackAddresses: boolean
  /** A file of certificates that builds and apps trust beside the system's own. */
  extraCa: string | undefined
  /** What builds and runs Spaces; `auto`: a container engine where one answers, else this machine's own processes. */
  builder: Driver
  runtime: Driver
  /** Where the container engine is asked: `unix:///…`, `tcp://…`; undefined: the usual socket. */
  dockerHost: string | undefined
  /** Images are pushed there, `host[:port]/path`; undefined: they stay on the engine. */
  registry: string | undefined
  bootstrap: Bootstrap
  flavors: readonly Flavor[]
  /** Variables that package tools need (index addresses, proxies, certificates), as they are in the environment. */
  packageEnvironment: Readonly<Record<string, string>>
  log: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** All of the above as administrators read it, without secrets. */
  settings: readonly Setting[]
}

export type Driver = (typeof drivers)[number]
const drivers = ['auto', 'local', 'docker'] as const

type Environment = Readonly<Record<string, string | undefined>>

const known = new Set([
  'PLAZA_URL',
  'PLAZA_SPACES_DOMAIN',
  'PLAZA_DATA',
  'PLAZA_DATABASE_URL',
  'PLAZA_BUILDER',
  'PLAZA_RUNTIME',
  'PLAZA_REGISTRY',
  'PLAZA_EXTRA_CA',
  'PLAZA_CONFIG',
  'PLAZA_LOG',
])

export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * @param environment usually `process.env`.
 * @param folder the checkout: relative paths and the default `PLAZA_DATA` start here.
 * @throws ConfigError with every problem, each a sentence that says what to write instead.
 */
export function readConfig(environment: Environment, folder: string, isRoot = process.getuid?.() === 0): Config {
  const problems: string[] = []
  const url = readUrl(environment['PLAZA_URL'] ?? 'http://localhost:8420', problems)
  const isLocal = url.hostname === 'localhost'
  const spacesDomain = (environment['PLAZA_SPACES_DOMAIN'] ?? `spaces.${url.hostname}`).toLowerCase()
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(spacesDomain)) {
    problems.push(`PLAZA_SPACES_DOMAIN is "${spacesDomain}". Write a domain such as spaces.example.org, without port.`)
  }
  if (spacesDomain === url.hostname) {
    problems.push('PLAZA_SPACES_DOMAIN is the platform’s own host. Spaces need a domain of their own.')
  }
  const runtime = readDriver('PLAZA_RUNTIME', environment, 'auto', problems)
  // What one builds the other cannot run, so whoever names one of them names both.
  const builder = readDriver('PLAZA_BUILDER', environment, runtime, problems)
  if (builder !== runtime && environment['PLAZA_BUILDER'] !== undefined) {
    const words = 'Set both to the same, or only PLAZA_RUNTIME.'
    problems.push(`PLAZA_BUILDER is "${builder}" and PLAZA_RUNTIME is "${runtime}". ${words}`)
  }
  const registry = environment['PLAZA_REGISTRY']
  if (registry !== undefined && !/^[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(registry)) {
    problems.push(`PLAZA_REGISTRY is "${registry}". Write a place for images such as registry.example.org:5000/plaza.`)
  }
  const level = environment['PLAZA_LOG'] ?? 'info'
  if (!isLevel(level)) problems.push(`PLAZA_LOG is "${level}". Use debug, info, warn, error or silent.`)
  const file = readBootstrap(environment['PLAZA_CONFIG'], folder, problems)
  const { bootstrap } = file
  const extraCa = environment['PLAZA_EXTRA_CA']
  if (extraCa !== undefined && !isReadable(extraCa)) problems.push(`PLAZA_EXTRA_CA: ${extraCa} cannot be read.`)
  if (problems.length > 0) throw new ConfigError(problems)

  const config = {
    url,
    listen: {
      host: isLocal ? '127.0.0.1' : '0.0.0.0',
      port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    },
    spacesDomain,
    data: path.resolve(folder, environment['PLAZA_DATA'] ?? (isRoot ? '/var/lib/plaza' : '.plaza')),
    databaseUrl: environment['PLAZA_DATABASE_URL'],
    loopbackAddresses: isLocal,
    extraCa: extraCa === undefined ? undefined : path.resolve(folder, extraCa),
    builder,
    runtime,
    dockerHost: environment['DOCKER_HOST'],
    registry,
    bootstrap,
    flavors: bootstrap.flavors.length > 0 ? bootstrap.flavors : defaultFlavors,
    packageEnvironment: packageSources(environment).env,
    log: isLevel(level) ? level : 'info',
  } as const
  return { ...config, settings: settingsInForce(config, environment, file) }
}

/** Names like PLAZA_… that nothing reads: usually a slip of the pen. */
export function unknownSettings(environment: Environment): string[] {
  return Object.keys(environment).filter((name) => name.startsWith('PLAZA_') && !known.has(name))
}

function readUrl(text: string, problems: string[]): URL {
  const url = URL.parse(text)
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/' && !url.search) return url
  problems.push(`PLAZA_URL is "${text}". Write an origin such as http://localhost:8420 or https://plaza.example.org.`)
  return new URL('http://localhost:8420')
}

function readDriver(name: string, environment: Environment, otherwise: Driver, problems: string[]): Driver {
  const value = environment[name]
  if (value === undefined) return otherwise
  const found = drivers.find((driver) => driver === value)
  if (!found) problems.push(`${name} is "${value}". This version knows ${drivers.join(', ')}.`)
  return found ?? otherwise
}

/** With the keys that stand in the file. */
type BootstrapFile = { place: string; bootstrap: Bootstrap; given: ReadonlySet<string> }

function readBootstrap(file: string | undefined, folder: string, problems: string[]): BootstrapFile {
  const place = path.resolve(folder, file ?? 'plaza.yaml')
  try {
    const text = readFileSync(place, 'utf8')
    const bootstrap = parseBootstrap(text)
    const content: unknown = parseDocument(text).toJS()
    return { place, bootstrap, given: new Set(Object.keys(content ?? {})) }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isMissing || file !== undefined) {
      problems.push(`${place}: ${error instanceof Error ? error.message : String(error)}`)
    }
    return { place, bootstrap: parseBootstrap(''), given: new Set() }
  }
}

function isLevel(text: string): text is Config['log'] {
  return ['debug', 'info', 'warn', 'error', 'silent'].includes(text)
}

function isReadable(file: string): boolean {
  try {
    readFileSync(file)
    return true
  } catch {
    return false
  }
}
