/** The requirement files of a commit, with all of the commit that they name (pure). */
import { type CommitFiles, foldersAbove, pathInRepository, plainText } from './commit-files.ts'
import type { Asked } from './plan.ts'
import { PlanError, shown } from './plan-error.ts'
import { readRequirements, type Requirement } from './requirements.ts'

/** Files that are installed before the others, then with the SDK. */
const requirementFiles = ['pre-requirements.txt', 'requirements.txt'] as const

type Include = { path: string; kind: 'file' | 'folder'; object: string }

export async function readRequirementFiles(files: CommitFiles, asked: Asked['requirements']) {
  const present =
    asked ??
    (await Promise.all(
      requirementFiles
        .filter((path) => files.has(path))
        .map(async (path) => ({ path, text: await plainText(path, files) })),
    ))
  const includes = new Map<string, Include>()
  const read = new Set<string>()
  const waiting: { path: string; text?: string }[] = [...present]
  let indexOnly = true
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { path } = next
    if (read.has(path)) continue
    read.add(path)
    const text = next.text ?? (await plainText(path, files))
    for (const requirement of readRequirements(text)) {
      indexOnly &&= isFromIndex(requirement)
      if (requirement.kind !== 'include' && requirement.kind !== 'local') continue
      const found = includeOf(path, requirement, files)
      if (found === undefined) continue
      includes.set(found.path, found)
      if (requirement.kind === 'include') waiting.push({ path: found.path })
    }
  }
  return {
    files: present,
    includes: [...includes.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    indexOnly,
  }
}

/**
 * Options that change where packages come from, or that build them from source, make an installation its owner's
 * own. Strict on purpose: whatever uv might read differently than `readRequirements` counts as the owner's own.
 */
function isFromIndex(requirement: Requirement): boolean {
  const { kind, text } = requirement
  if (kind === 'option') return /^--(pre|prefer-binary|require-hashes)$/.test(text)
  if (kind === 'include') return /^(-[rc]|--requirement|--constraint)[ =]?[\w./-]+$/.test(text)
  return (
    kind === 'package' && /^[ -~]*$/.test(text) && !/\s--(?!hash=)|[@/\\$]/.test(text.replaceAll(/\s--hash=\S+/g, ''))
  )
}

function includeOf(file: string, requirement: Requirement & { path: string }, files: CommitFiles): Include | undefined {
  const where = `${file}, line ${requirement.line}`
  // uv reads `-r` beside the file that says so, and everything else from the root.
  const base = requirement.kind === 'include' ? file.replace(/[^/]*$/, '') : ''
  const path = requirement.path.includes('${') ? undefined : pathInRepository(base, requirement.path)
  if (path === undefined) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${where}: ${shown(requirement.text)} names a place outside the repository.`,
      'Name a path inside the repository, or a package of the index.',
    )
  }
  const through = [...foldersAbove(path), path].find(
    (part) => files.get(part)?.kind === 'symlink' || files.get(part)?.kind === 'submodule',
  )
  if (through !== undefined) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${where}: ${shown(requirement.text)} goes through ${shown(through)}, which is a link.`,
      'Name the file or folder itself.',
    )
  }
  const entry = files.get(path)
  if (entry?.kind === 'file' || (entry?.kind === 'folder' && requirement.kind === 'local')) {
    return { path, kind: entry.kind, object: entry.object }
  }
  if (requirement.kind === 'local' && !/[/\\.]/.test(requirement.text)) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${where}: ${shown(requirement.text)} is neither a package nor a file of the repository.`,
      'Write one package a line, such as gradio==6.31.0.',
    )
  }
  throw new PlanError(
    'CONFIG_ERROR',
    `${where}: ${shown(requirement.text)} names ${shown(path)}, which is not in the repository.`,
    `Push ${shown(path)}, or correct the line.`,
  )
}
