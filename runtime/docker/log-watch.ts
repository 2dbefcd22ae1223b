/** How much a container prints, by the file in which the engine keeps it: that is to be seen on its machine alone. */
import { stat } from 'node:fs/promises'
import { Pace } from '../pace.ts'
import { printing } from '../printing.ts'
import { logFileSize } from './container.ts'

/** Milliseconds between two looks. */
const usualInterval = 500

/**
 * Calls `onMuch` whenever more is printed than may be, as far as that is to be seen: of files that came and went between
 * two looks nobody knows.
 * @param path of the engine's file; where it cannot be seen nothing is watched. @returns what ends it.
 */
export function watchLog(path: string, onMuch: () => void, interval = usualInterval): () => void {
  const pace = new Pace(printing, performance.now())
  let last: { ino: number; size: number } | undefined
  const look = async () => {
    const now = await stat(path).catch(() => undefined)
    // In between one file has been put aside, and the next one is not there yet.
    if (now === undefined) return last === undefined ? stop() : undefined
    const grown = last === undefined ? 0 : grownBy(last, now)
    last = now
    if (pace.take(grown, performance.now()) > 0) onMuch()
  }
  const timer = setInterval(() => void look(), interval).unref()
  const stop = () => clearInterval(timer)
  void look()
  return stop
}

function grownBy(last: { ino: number; size: number }, now: { ino: number; size: number }): number {
  return last.ino === now.ino ? Math.max(0, now.size - last.size) : Math.max(0, logFileSize - last.size) + now.size
}
