/** What somebody has typed and not committed, kept in this tab until it is: a reload or a lost connection costs nothing. */

export type Draft = {
  text: string
  /** The commit that it began from; null for a new file. */
  commit: string | null
  summary: string
  description: string
  savedAt: string
}

function keyOf(id: string, path: string): string {
  return `plaza-draft:${id}:${path}`
}

export function readDraft(id: string, path: string): Draft | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(id, path)) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return undefined
    const { text, commit, summary, description, savedAt } = kept as Partial<Record<keyof Draft, unknown>>
    if (typeof text !== 'string' || (typeof commit !== 'string' && commit !== null)) return undefined
    return {
      text,
      commit,
      summary: typeof summary === 'string' ? summary : '',
      description: typeof description === 'string' ? description : '',
      savedAt: typeof savedAt === 'string' ? savedAt : new Date().toISOString(),
    }
  } catch {
    return undefined
  }
}

export function keepDraft(id: string, path: string, draft: Draft): void {
  try {
    sessionStorage.setItem(keyOf(id, path), JSON.stringify(draft))
  } catch {
    // Full or switched off: the editor itself still holds it, and leaving the page asks first.
  }
}

export function dropDraft(id: string, path: string): void {
  try {
    sessionStorage.removeItem(keyOf(id, path))
  } catch {
    // It was not kept either.
  }
}
