/** The files of a commit → its card and its plan, or why it cannot run. */
import { createHash } from 'node:crypto'
import { type CommitEntry, type CommitFiles, planBuild, PlanError } from '../../builder/plan.ts'
import type { Description } from '../repositories/push.ts'
import type { Files } from '../repositories/tree.ts'
import type { CommitProblem } from '../store/schema.ts'
import { type Card, CardError, lineOfField, parseCard } from './card.ts'

/** @param pythons full versions that builds can use, newest first. */
export async function describeFiles(files: Files, pythons: readonly string[]): Promise<Description> {
  let card: Card | undefined
  let readme: string | undefined
  try {
    if (files.paths.size === 0) {
      return problem(undefined, 'NO_APP_FILE', 'The commit is empty. Push a README.md with a card and the app’s files.')
    }
    readme = await files.text('README.md')
    card = parseCard(readme)
    const plan = await planBuild(card, commitFiles(files), { pythons })
    return { card, plan }
  } catch (error) {
    if (error instanceof CardError) return problem(card, 'CONFIG_ERROR', error.message)
    if (error instanceof PlanError) {
      const line = error.field && lineOfField(readme ?? '', error.field)
      const where = line === undefined ? '' : `README.md line ${line}: `
      return problem(card, error.stage, `${where}${error.message} ${error.remedy}`.trim())
    }
    throw error
  }
}

function problem(card: Card | undefined, stage: CommitProblem['stage'], message: string): Description {
  return { card, problem: { stage, message } }
}

/** With its folders, each identified by what lies below it. */
function commitFiles(files: Files): CommitFiles {
  const entries = new Map<string, CommitEntry>()
  const below = new Map<string, string[]>()
  for (const [path, entry] of files.paths) {
    entries.set(path, {
      kind: entry.kind === 'executable' ? 'file' : entry.kind,
      object: entry.object,
      text: async () => (await files.text(path)) ?? '',
    })
    for (let folder = parent(path); ; folder = parent(folder)) {
      const listing = below.get(folder) ?? []
      listing.push(`${entry.kind} ${entry.object} ${path}`)
      below.set(folder, listing)
      if (folder === '') break
    }
  }
  for (const [folder, listing] of below) {
    const object = createHash('sha1').update(listing.toSorted().join('\0')).digest('hex')
    entries.set(folder, { kind: 'folder', object, text: async () => '' })
  }
  return entries
}

function parent(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}
