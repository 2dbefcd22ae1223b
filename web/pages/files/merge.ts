/** Two changes of the same file (pure). */
import { applyPatch, createTwoFilesPatch, structuredPatch } from 'diff'

/** Milliseconds: two texts that have nothing in common take for ever to compare. */
const patience = 3000

/** Both changes in one text, or undefined where they touch the same lines. */
export function combined(base: string, mine: string, theirs: string): string | undefined {
  if (mine === theirs) return mine
  const change = structuredPatch('file', 'file', base, theirs, '', '', { context: 3, timeout: patience })
  if (!change) return undefined
  const both = applyPatch(mine, change, { fuzzFactor: 0 })
  return both === false ? undefined : both
}

/** The way from one text to another as a unified diff, from the first `@@` on; '' where they are the same. */
export function patchOf(before: string, after: string): string {
  if (before === after) return ''
  const patch =
    createTwoFilesPatch('a', 'b', before, after, '', '', { context: 3, timeout: patience }) ??
    // Too different to be compared in time: all of one goes, all of the other comes.
    wholly(before, after)
  const start = patch.indexOf('@@')
  return start === -1 ? '' : patch.slice(start)
}

function wholly(before: string, after: string): string {
  const gone = before.split('\n')
  const come = after.split('\n')
  return [
    `@@ -1,${gone.length} +1,${come.length} @@`,
    ...gone.map((line) => `-${line}`),
    ...come.map((line) => `+${line}`),
  ].join('\n')
}
