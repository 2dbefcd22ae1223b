/** What builds are told of this machine: package indexes, proxies, certificates (pure but for reading the certificates). */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { packageSources } from '../package-sources.ts'

export type BuildEnvironment = {
  /** Of indexes and connections; nothing that names a file of this machine. */
  variables: Readonly<Record<string, string>>
  /** The part of it that decides what is installed, as a short name; empty: nothing is chosen. */
  index: string
  /** PEM; undefined: what an image brings will do. */
  certificates: Buffer | undefined
}

/** All programs' names for the same file. */
const certificateVariables = [
  'SSL_CERT_FILE',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  'GIT_SSL_CAINFO',
]

/** BuildKit takes no larger secret. Bytes. */
const longestSecret = 500 * 1024

/** @param env the platform's; only what package tools know is taken. `extraCa`: a file of certificates, before those of `env`. */
export async function buildEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  extraCa: string | undefined,
): Promise<BuildEnvironment> {
  const sources = packageSources(env)
  const files = new Set([...certificateVariables, 'UV_FIND_LINKS', 'PIP_FIND_LINKS', 'SSL_CERT_DIR'])
  const kept = Object.entries(sources.env).filter(([name, value]) => !files.has(name) && !namesFile(value))
  // Folders of wheels may still be addresses.
  for (const name of ['UV_FIND_LINKS', 'PIP_FIND_LINKS']) {
    const value = sources.env[name]
    if (value !== undefined && /^https?:/.test(value)) kept.push([name, value])
  }
  // npm's own names for its registry.
  for (const name of ['NPM_CONFIG_REGISTRY', 'npm_config_registry']) {
    const value = env[name]
    if (value !== undefined && value !== '') kept.push([name, value])
  }
  const variables = Object.fromEntries(kept)
  const chosen = Object.keys(sources.index).filter((name) => variables[name] !== undefined)
  const determines = JSON.stringify(chosen.sort().map((name) => [name, variables[name]]))
  const named = [extraCa, ...certificateVariables.map((name) => env[name])]
  return {
    variables,
    index: chosen.length === 0 ? '' : createHash('sha256').update(determines).digest('hex').slice(0, 12),
    certificates: await firstCertificates(named.filter((path) => path !== undefined && path !== '')),
  }
}

async function firstCertificates(paths: readonly (string | undefined)[]): Promise<Buffer | undefined> {
  for (const path of new Set(paths)) {
    const found = path === undefined ? undefined : await readFile(path).catch(() => undefined)
    if (found !== undefined && found.length <= longestSecret) return found
  }
  return undefined
}

/** For every program that has a name of its own for it. */
export function certificatesAt(path: string): Readonly<Record<string, string>> {
  return Object.fromEntries(certificateVariables.map((name) => [name, path]))
}

/** A script that a shell reads. */
export function asShell(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join('')
}

function namesFile(value: string): boolean {
  return value.startsWith('/') || value.startsWith('file:')
}
