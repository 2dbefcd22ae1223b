/** The Python interpreters that builds and Spaces can use here: each was really started where they run. */
import { readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type Python = {
  /** Full version, `3.11.2`. */
  version: string
  /** Absolute path of the interpreter, links followed. */
  path: string
  /** The folder that holds its standard library. Below `/usr` a sandbox shows it anyhow. */
  prefix: string
}

/** Starts a program as builds are started, `prefix` shown to it, and returns what it printed; undefined when it fails. */
type Probe = (command: readonly string[], prefix: string) => Promise<string | undefined>

/** `path`: the platform's PATH. `home`: where a person keeps interpreters, `~/.pyenv`. */
export type PythonSearch = { path: string; home: string | undefined; probe: Probe }

/** Newest first, one of each version. */
export async function findPythons(search: PythonSearch): Promise<readonly Python[]> {
  const candidates = await candidatePaths(search)
  const found = await Promise.all(candidates.map(async (path) => ask(path, search.probe)))
  const byVersion = new Map<string, Python>()
  for (const python of found) {
    if (python !== undefined && !byVersion.has(python.version)) byVersion.set(python.version, python)
  }
  return [...byVersion.values()].sort((a, b) => compareVersions(b.version, a.version))
}

/** System folders come first, so that of two equal versions the one that every user can read is taken. */
async function candidatePaths({ path, home }: PythonSearch): Promise<readonly string[]> {
  const folders = ['/usr/bin', '/usr/local/bin', ...path.split(':').filter((folder) => folder.startsWith('/'))]
  const collections = ['/opt', '/opt/python', ...(home === undefined ? [] : [join(home, '.pyenv/versions')])]
  for (const collection of collections) {
    for (const name of await names(collection)) folders.push(join(collection, name, 'bin'))
  }
  const found = new Set<string>()
  for (const folder of folders) {
    // pyenv's shims are shell scripts that choose by the current folder.
    if (folder.endsWith('/shims')) continue
    for (const name of await names(folder)) {
      if (!/^python3(\.\d+)?$/.test(name)) continue
      const target = await realpath(join(folder, name)).catch(() => undefined)
      if (target !== undefined) found.add(target)
    }
  }
  return [...found]
}

/** uv makes an environment out of CPython 3.8 or newer; a virtual environment is not an interpreter of its own. */
const question = `import sys
if sys.prefix == sys.base_prefix and sys.version_info >= (3, 8) and sys.implementation.name == 'cpython':
    print('%d.%d.%d' % sys.version_info[:3] + '|' + sys.version_info.releaselevel + '|' + sys.prefix)`

async function ask(path: string, probe: Probe): Promise<Python | undefined> {
  const answer = await probe([path, '-I', '-S', '-c', question], dirname(dirname(path)))
  const match = /^(\d+\.\d+\.\d+)\|final\|(\/.*)$/m.exec(answer ?? '')
  if (match === null) return undefined
  const [, version = '', prefix = ''] = match
  return { version, path, prefix }
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (const [index, number] of (left ?? []).entries()) {
    const difference = number - (right?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
