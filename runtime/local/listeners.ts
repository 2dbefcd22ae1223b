/** The sockets that an app listens on, as the kernel tells it for the app's own network namespace. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { parseListeners, type Listener } from '../probe.ts'

/** `isolated`: the namespace is the app's alone; else only sockets that one of the processes holds open are its. */
export function listenersOf(pids: readonly number[], isolated: boolean): Listener[] {
  const [first] = pids
  if (first === undefined) return []
  const all = ['tcp', 'tcp6'].flatMap((table) => parseListeners(read(`/proc/${first}/net/${table}`)))
  if (isolated) return all
  const own = new Set(pids.flatMap((pid) => socketInodes(pid)))
  return all.filter(({ inode }) => own.has(inode))
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${name}`))?.[1]
      return inode === undefined ? [] : [inode]
    })
  } catch {
    return []
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
