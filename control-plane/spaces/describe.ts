/** The files of a commit → its card and its plan, or why it cannot run. */
import { createHash } from 'node:crypto'
import type { CommitEntry, CommitFiles } from '../../builder/commit-files.ts'
import { planBuild, type PlanSettings } from '../../builder/plan.ts'
import { PlanError } from '../../builder/plan-error.ts'
import { hasBuildScript, recognisable, recognise } from '../../builder/recognise.ts'
import type { Description } from '../repositories/push.ts'
import type { Files } from '../repositories/tree.ts'
import type { CommitProblem } from '../store/schema.ts'
import { type Card, CardError, lackWords, lineOfField, readCard } from './card.ts'

export async function describeFiles(files: Files, settings: PlanSettings): Promise<Description> {
  let card: Card | undefined
  let readme: string | undefined
  try {
    if (files.paths.size === 0) {
      return problem(undefined, 'NO_APP_FILE', 'The commit is empty. Push a README.md with a card and the app’s files.')
    }
    readme = await files.text('README.md')
    const read = readCard(readme)
    const commit = commitFiles(files)
    if (read.lacks === undefined) {
      card = read.card
      return { card, plan: await planBuild(card, commit, settings) }
    }
    const { sdkVersion, pythonVersion, appFile, appPort, appBuildCommand } = read.card
    const said = { sdkVersion, pythonVersion, appFile, appPort, appBuildCommand }
    const found = await recognise(commit, said, settings)
    if (found === undefined) return problem(undefined, 'CONFIG_ERROR', await unrecognised(read.lacks, commit))
    const sentence = `${whyRead[read.lacks]}, so ${found.file} was read: ${found.what}. ${otherwise}`
    card = { ...read.card, ...found.card, recognised: { file: found.file, sentence } }
    const plan = await planBuild(found.card, commit, settings, found.asked)
    return { card, plan: { ...plan, warnings: [sentence, ...plan.warnings] } }
  } catch (error) {
    if (error instanceof CardError) return problem(card, 'CONFIG_ERROR', error.message)
    if (error instanceof PlanError) {
      const line = error.field && lineOfField(readme ?? '', error.field)
      const where = line === undefined ? '' : `README.md line ${line}: `
      const why =
        card?.recognised === undefined ? '' : `There is no sdk in README.md, so ${card.recognised.file} was read. `
      return problem(card, error.stage, `${why}${where}${error.message} ${error.remedy}`.trim())
    }
    throw error
  }
}
const whyRead = {
  README: 'There is no README.md',
  card: 'There is no card in README.md',
  sdk: 'The card in README.md has no sdk',
} as const
const otherwise = 'To decide otherwise, begin README.md with a card that says the sdk.'

async function unrecognised(lacks: keyof typeof whyRead, commit: CommitFiles): Promise<string> {
  const site = (await hasBuildScript(commit))
    ? ' For what npm run build makes, write sdk: static and app_build_command.'
    : ''
  return `${lackWords[lacks]} Without one, ${recognisable} would do.${site}`
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
