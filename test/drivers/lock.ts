/** One at a time, over all processes of this machine. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const limit = 400_000

/** A holder that has died is passed over. @throws Error when the lock does not come free within some minutes. */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + limit
  while (!(await take(file))) {
    if (Date.now() > deadline) throw new Error(`${file} is held by process ${await holder(file)} for too long.`)
    await sleep(100)
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function take(file: string): Promise<boolean> {
  const isTaken = await writeFile(file, String(process.pid), { flag: 'wx' }).then(
    () => true,
    () => false,
  )
  if (isTaken) return true
  const pid = await holder(file)
  if (pid !== undefined && !isAlive(pid)) await rm(file, { force: true })
  return false
}

/** Undefined while it is being written. */
async function holder(file: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
  return Number.isInteger(pid) ? pid : undefined
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
