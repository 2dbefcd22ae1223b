/** The file that a card names as the app: there already, or written by a build (pure). */
import { type CommitFiles, foldersAbove, pathInRepository } from './commit-files.ts'
import { PlanError, shown } from './plan-error.ts'

export function appFileOf(written: string, files: CommitFiles): string {
  const path = appPath(written)
  const entry = files.get(path)
  if (entry?.kind === 'file' || entry?.kind === 'symlink') return path
  const isMissing = entry === undefined
  throw new PlanError(
    'NO_APP_FILE',
    isMissing ? `There is no file ${shown(path)} in the repository.` : `${shown(path)} is a ${entry.kind}, not a file.`,
    `${isMissing ? `Push ${shown(path)}, or name` : 'Name'} another file as app_file in the README's card.`,
    'app_file',
  )
}

/** The page that the build will write: in a folder of its own, since that folder is what visitors see. */
export function builtFileOf(written: string, files: CommitFiles): string {
  const path = appPath(written)
  const folders = foldersAbove(path)
  if (folders.length === 0) {
    throw new PlanError(
      'CONFIG_ERROR',
      `app_file ${shown(written)} lies in the root of the repository, beside the sources.`,
      'Let the build write into a folder, and name the page in it: dist/index.html.',
      'app_file',
    )
  }
  const inTheWay = folders.find((folder) => !['folder', undefined].includes(files.get(folder)?.kind))
  if (inTheWay === undefined) return path
  throw new PlanError(
    'CONFIG_ERROR',
    `app_file ${shown(written)} goes through ${shown(inTheWay)}, which is a ${files.get(inTheWay)?.kind}.`,
    'Name a page in a folder that the build writes.',
    'app_file',
  )
}

function appPath(written: string): string {
  const path = pathInRepository('', written)
  if (path !== undefined && path !== '' && !/\{(?:port|host)\}/.test(path)) return path
  throw new PlanError(
    'CONFIG_ERROR',
    `app_file ${shown(written)} is not a path inside the repository.`,
    'Write the path of a file from the root of the repository, for example app.py.',
    'app_file',
  )
}
