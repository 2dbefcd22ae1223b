/** Unified diffs, line by line (pure). */

export type DiffLine = {
  kind: 'same' | 'added' | 'gone'
  text: string
  /** Numbers before and after; null where the line is not there. */
  before: number | null
  after: number | null
}

export type Hunk = { heading: string; lines: DiffLine[] }

/** A row of a diff that shows both sides. */
export type SplitRow = { left: DiffLine | null; right: DiffLine | null }

const hunkStart = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/

/** The hunks of one file's patch; what stands before the first `@@` is left out. */
export function hunksOf(patch: string): Hunk[] {
  const hunks: Hunk[] = []
  let hunk: Hunk | undefined
  let before = 0
  let after = 0
  const lines = patch.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    const start = hunkStart.exec(line)
    if (start) {
      before = Number(start[1])
      after = Number(start[2])
      hunk = { heading: start[3] ?? '', lines: [] }
      hunks.push(hunk)
      continue
    }
    // `\ No newline at end of file` is about the line above it.
    if (!hunk || line.startsWith('\\')) continue
    const text = line.slice(1).replace(/\r$/, '')
    if (line.startsWith('+')) {
      hunk.lines.push({ kind: 'added', text, before: null, after })
      after += 1
    } else if (line.startsWith('-')) {
      hunk.lines.push({ kind: 'gone', text, before, after: null })
      before += 1
    } else {
      hunk.lines.push({ kind: 'same', text, before, after })
      before += 1
      after += 1
    }
  }
  return hunks
}

/** What went and what came beside each other. */
export function splitRows(lines: readonly DiffLine[]): SplitRow[] {
  const rows: SplitRow[] = []
  let gone: DiffLine[] = []
  let added: DiffLine[] = []
  const flush = () => {
    for (let at = 0; at < Math.max(gone.length, added.length); at += 1) {
      rows.push({ left: gone[at] ?? null, right: added[at] ?? null })
    }
    gone = []
    added = []
  }
  for (const line of lines) {
    if (line.kind === 'gone') {
      // What went after something came begins a new pair.
      if (added.length > 0) flush()
      gone.push(line)
    } else if (line.kind === 'added') added.push(line)
    else {
      flush()
      rows.push({ left: line, right: line })
    }
  }
  flush()
  return rows
}
