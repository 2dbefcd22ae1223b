/** What runs on this machine on behalf of one test's Plaza. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestPlaza } from '../plaza.ts'

/** `started` tells it from a later process that got the same pid. */
export type Found = { pid: number; parent: number; started: string; command: string; group: string | undefined }

/**
 * Processes whose command line, environment, working folder or control group names the Plaza's data; what has ended and
 * waits for its parent (state Z) is left out, and so is the platform itself.
 */
export function processesOf(plaza: TestPlaza): Found[] {
  // Builds may have a sandbox of their own, which lets them reach a package index in a private network.
  const scopes = ['sandbox', 'build-sandbox'].map((name) => {
    return `plaza-${createHash('sha256').update(`${plaza.data}/${name}`).digest('hex').slice(0, 12)}`
  })
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const read = (file: string) => attempt(() => readFileSync(`/proc/${name}/${file}`, 'latin1'))
      const stat = read('stat')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const [state = 'Z', parent = '0'] = fields
      const pid = Number(name)
      if (state === 'Z' || state === 'X' || pid === process.pid || pid === plaza.pid) return []
      const command = read('cmdline').replaceAll('\0', ' ')
      const group = new RegExp(`/(?:${scopes.join('|')})/([^\\n]+)`).exec(read('cgroup'))?.[1]
      const folder = attempt(() => readlinkSync(`/proc/${name}/cwd`))
      const names = [command, folder, read('environ')]
      if (group === undefined && !names.some((text) => text.includes(plaza.data))) return []
      return [{ pid, parent: Number(parent), started: fields[19] ?? '', command, group }]
    })
}

/** What neither the platform nor the store keeps, and no instance is. */
export function orphansOf(plaza: TestPlaza, instances: readonly string[] = []): Found[] {
  const wanted = new Set(instances.map((id) => `instance-${id}`))
  const found = processesOf(plaza)
  const parents = new Map(found.map(({ pid, parent }) => [pid, parent]))
  const isOurs = ({ pid }: Found) => {
    for (let at: number | undefined = pid; at !== undefined; at = parents.get(at)) if (at === plaza.pid) return true
    return false
  }
  return found.filter((one) => !(one.group !== undefined && wanted.has(one.group)) && !isOurs(one) && !isStore(one))
}

/** The embedded PostgreSQL outlives the platform by intention. */
const isStore = ({ command }: Found): boolean => /postgres(:| .*-D )|bin\/postgres/.test(command)

export function isAlive(one: { pid: number; started?: string }): boolean {
  const stat = attempt(() => readFileSync(`/proc/${one.pid}/stat`, 'latin1'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (stat === '' || fields[0] === 'Z' || fields[0] === 'X') return false
  return one.started === undefined || fields[19] === one.started
}

/** Asks again and again until `check` no longer throws. @throws what it threw last. */
export async function eventually<T>(check: () => T | Promise<T>, limit = 20_000): Promise<T> {
  const deadline = Date.now() + limit
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(50)
    }
  }
}

function attempt(work: () => string): string {
  try {
    return work()
  } catch {
    return ''
  }
}
