/** What folders of this machine hold on disk. */
import { runProgram } from './program.ts'

/** Milliseconds: a Space can make millions of files, and nobody has to count them. */
const patience = 120_000

/**
 * Bytes on disk, hard links once; links are not followed. In a process of its own, at low priority: there may be many
 * files. @throws Error when it cannot be said.
 */
export async function bytesIn(folders: readonly string[]): Promise<number> {
  if (folders.length === 0) return 0
  return (await count('-k', folders)) * 1024
}

/** Files and folders; 0 where the machine's du does not count them. */
export async function filesIn(folders: readonly string[]): Promise<number> {
  if (folders.length === 0) return 0
  return await count('--inodes', folders).catch(() => 0)
}

/** Another file system that is mounted below is not what this one holds. */
async function count(unit: string, folders: readonly string[]): Promise<number> {
  const ran = await runProgram('nice', ['-n', '19', 'du', '-sx', unit, '--', ...folders], { patience })
  // It ends with 1 for a file that went away meanwhile, and says the rest.
  const counts = ran.stdout.split('\n').flatMap((line) => (/^\d+\t/.test(line) ? [Number.parseInt(line, 10)] : []))
  if (counts.length === 0) throw new Error(`du said nothing: ${ran.stderr.trim().slice(-200)}`)
  return counts.reduce((sum, one) => sum + one, 0)
}
