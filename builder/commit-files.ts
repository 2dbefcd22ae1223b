/** The files of a commit by path, and what text or path of them a plan may trust (pure). */
import { PlanError, shown } from './plan-error.ts'

export type CommitEntry = {
  kind: 'file' | 'folder' | 'symlink' | 'submodule'
  /** Git object id. */
  object: string
  /** The file's content as UTF-8; only asked of files. */
  text(): Promise<string>
}

/** Everything in a commit by path from the root, folders too; `''` is the root itself. */
export type CommitFiles = ReadonlyMap<string, CommitEntry>

const longestText = 1_000_000

/** A small text file of the commit. @throws PlanError */
export async function plainText(path: string, files: CommitFiles): Promise<string> {
  const entry = files.get(path)
  if (entry?.kind !== 'file') {
    throw new PlanError('CONFIG_ERROR', `${shown(path)} is not a plain file.`, `Push ${shown(path)} as a text file.`)
  }
  const text = await entry.text()
  if (text.length > longestText) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${shown(path)} is larger than 1 MB.`,
      'Name only the packages that the app uses.',
    )
  }
  if (text.includes('\0')) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${shown(path)} is not UTF-8 text.`,
      'Save it as UTF-8; PowerShell writes UTF-16 unless told otherwise.',
    )
  }
  return text
}

/** `written` from `base` with `.` and `..` worked out; undefined when it is absolute, leaves the root, or cannot be a name. */
export function pathInRepository(base: string, written: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (written === '' || written.length > 1024 || /[\u0000-\u001f\u007f]/.test(written) || written.startsWith('/')) {
    return undefined
  }
  const parts: string[] = []
  for (const part of `${base}${written}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

/** `a` and `a/b` of `a/b/c`. */
export function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
