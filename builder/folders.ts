/** Folders below `PLAZA_DATA` that builders keep things in. */
import { access, chmod, mkdir } from 'node:fs/promises'
import { runCommandWell } from './command.ts'

/** Builds and Spaces must pass through them, and need not list them. */
export async function makeFolders(folders: Readonly<Record<string, string>>): Promise<void> {
  for (const folder of Object.values(folders)) {
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o711)
  }
}

/** One name in a path: ids of Spaces, scopes and builds come from the caller, and still never lead elsewhere. */
export function pathName(name: string): string {
  if (/^[A-Za-z0-9_-][\w.-]{0,127}$/.test(name)) return name
  throw new Error(`Not usable as a folder's name: ${JSON.stringify(name)}`)
}

const path = '/usr/local/bin:/usr/bin:/bin'

/** `rm` goes down by file descriptors, so paths longer than the system's limit do not stop it. Links are not followed. */
export async function remove(place: string): Promise<void> {
  if (!(await exists(place))) return
  // A build can leave folders that their owner must open before it can empty them.
  if (process.getuid?.() !== 0) {
    await runCommandWell(['chmod', '-R', 'u+rwX', '--', place], { env: { PATH: path }, timeout: 120_000 })
  }
  await runCommandWell(['rm', '-rf', '--', place], { env: { PATH: path }, timeout: 300_000 })
}

export async function exists(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  )
}
