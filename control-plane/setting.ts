/** The settings in force as an administrator may read them: the value, where it came from, and of secrets only that they are set (pure). */
import type { Bootstrap } from './accounts/bootstrap.ts'
import type { Config } from './config.ts'

const variables = [
  'PLAZA_URL',
  'PLAZA_SPACES_DOMAIN',
  'PLAZA_DATA',
  'PLAZA_DATABASE_URL',
  'PLAZA_BUILDER',
  'PLAZA_RUNTIME',
  'DOCKER_HOST',
  'PLAZA_REGISTRY',
  'PLAZA_EXTRA_CA',
  'PLAZA_CONFIG',
  'PLAZA_LOG',
] as const
const keys = [
  'users',
  'organizations',
  'flavors',
  'examples',
  'pictures',
  'imports',
  'images',
  'containers',
  'frozenMemory',
  'plans',
] as const

export type SettingName = (typeof variables)[number] | (typeof keys)[number]

/** One of the platform's own, or a variable that package tools read. */
export type Setting = ({ name: SettingName; kind: 'variable' | 'file' } | { name: string; kind: 'packages' }) & {
  /** What is in force, as a person would write it; null where nothing is, or where it is not for eyes. */
  value: string | null
  /** It is set, and may hold a password. */
  secret: boolean
  source: 'default' | 'environment' | 'file'
}

const gibibyte = 1024 ** 3

/**
 * @param environment the one that `config` was made from.
 * @param given the keys that stand in plaza.yaml.
 */
export function settingsInForce(
  config: Omit<Config, 'settings'>,
  environment: Readonly<Record<string, string | undefined>>,
  file: { place: string; given: ReadonlySet<string> },
): Setting[] {
  const values: Record<(typeof variables)[number], string | null> = {
    PLAZA_URL: config.url.origin,
    PLAZA_SPACES_DOMAIN: config.spacesDomain,
    PLAZA_DATA: config.data,
    PLAZA_DATABASE_URL: null,
    PLAZA_BUILDER: config.builder,
    PLAZA_RUNTIME: config.runtime,
    DOCKER_HOST: config.dockerHost ?? null,
    PLAZA_REGISTRY: config.registry ?? null,
    PLAZA_EXTRA_CA: config.extraCa ?? null,
    PLAZA_CONFIG: file.place,
    PLAZA_LOG: config.log,
  }
  const bootstrap = fileValues(config)
  return [
    ...variables.map((name): Setting => ({
      name,
      kind: 'variable',
      value: values[name],
      secret: name === 'PLAZA_DATABASE_URL' && config.databaseUrl !== undefined,
      source: environment[name] === undefined ? 'default' : 'environment',
    })),
    ...keys.map((name): Setting => ({
      name,
      kind: 'file',
      value: bootstrap[name],
      secret: false,
      source: file.given.has(name) ? 'file' : 'default',
    })),
    ...Object.entries(config.packageEnvironment)
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([name, value]): Setting => ({
        name,
        kind: 'packages',
        value: mayBeSecret(value) ? null : value,
        secret: mayBeSecret(value),
        source: 'environment',
      })),
  ]
}

/** Names and measures only: passwords and tokens of the file are not repeated. */
function fileValues(config: Pick<Config, 'bootstrap' | 'flavors'>): Record<(typeof keys)[number], string | null> {
  const { bootstrap, flavors } = config
  const names = (list: readonly { name: string }[]) => list.map((one) => one.name).join(', ') || null
  return {
    users: names(bootstrap.users),
    organizations: names(bootstrap.organizations),
    flavors: flavors.map(({ name, cpu, memory }) => `${name}: ${cpu} CPU, ${memory / gibibyte} GB`).join('; '),
    examples: yesOrNo(bootstrap, 'examples'),
    pictures: yesOrNo(bootstrap, 'pictures'),
    imports: bootstrap.importRanges.join(', ') || null,
    images: `Python ${named(bootstrap.images.python)}; Node ${bootstrap.images.node}`,
    containers: `${bootstrap.containers.subnets.join(', ')}; builds ${bootstrap.containers.guardBuilds ? '' : 'not '}guarded`,
    frozenMemory:
      bootstrap.frozenMemory === undefined ? 'a quarter of the machine’s' : `${bootstrap.frozenMemory / gibibyte} GB`,
    plans: null,
  }
}

function named(images: string | Readonly<Record<string, string>>): string {
  if (typeof images === 'string') return images
  return Object.entries(images)
    .map(([version, image]) => `${version}: ${image}`)
    .join(', ')
}

function yesOrNo(bootstrap: Bootstrap, key: 'examples' | 'pictures'): string {
  return String(bootstrap[key])
}

/** An index or proxy is often named with its user and password, or with a key behind a question mark. */
function mayBeSecret(value: string): boolean {
  return /[@?]/.test(value)
}
