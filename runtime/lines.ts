/** What an app printed, as lines. Pure. */

/** Bytes; a longer line is cut into several. */
export const longestLine = 64 * 1024

/** Whole lines of a chunk; `last`: what is left over is a line too. A progress bar (`10%\r20%\r`) is shown as a terminal shows it. */
export function splitLines(chunk: Buffer, last: boolean): { lines: { text: string; end: number }[]; used: number } {
  const lines: { text: string; end: number }[] = []
  let used = 0
  const take = (stop: number, end: number) => {
    const text = chunk.toString('utf8', used, stop).replace(/\r+$/, '')
    lines.push({ text: text.slice(text.lastIndexOf('\r') + 1), end })
    used = end
  }
  for (;;) {
    const newline = chunk.indexOf(0x0a, used)
    if (newline !== -1 && newline - used <= longestLine) take(newline, newline + 1)
    else if (chunk.length - used > longestLine) take(used + longestLine, used + longestLine)
    else break
  }
  if (last && used < chunk.length) take(chunk.length, chunk.length)
  return { lines, used }
}
