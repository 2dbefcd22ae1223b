/** The names that users give to branches, commits and files, checked before anything is done with them (pure). */
import { PlazaError } from '../errors.ts'

const maxRefLength = 200
const maxPathBytes = 1024
const maxSegmentBytes = 255

/**
 * Why a branch or tag name is not taken, or undefined. Narrower than git, which also takes `-x`, `a;b` and `a$(id)b`.
 * `hooks.ts` holds the same rule in the shell's words; a test compares the two.
 */
export function refProblem(name: string): string | undefined {
  if (name === '' || name.length > maxRefLength) return `a name has 1 to ${maxRefLength} characters`
  if (/[^A-Za-z0-9._/+@=#-]/.test(name)) return 'a name is made of letters, digits and . _ / + @ = # -'
  if (/(^|\/)[-.]/.test(name)) return 'no part of a name begins with - or .'
  if (/\.\.|\/\/|^\/|\/$|\.$|\.lock(\/|$)/.test(name)) return 'a name has no .., // or .lock, and no / or . at its end'
  if (name === '@' || name === 'HEAD' || /^[0-9a-f]{40}$/.test(name)) return 'this name has a meaning of its own in git'
  return undefined
}

/** @returns the branch or tag name (`main`, `feature/x`) itself. */
export function checkRef(name: string): string {
  const problem = refProblem(name)
  if (problem !== undefined) {
    throw new PlazaError('bad_request', `"${shown(name)}" is not taken as a branch or tag: ${problem}.`, 'Rename it.')
  }
  return name
}

/** @returns the full 40-digit hash itself. */
export function checkSha(sha: string): string {
  if (!/^[0-9a-f]{40}$/.test(sha)) {
    throw new PlazaError('bad_request', `"${shown(sha)}" is not a commit.`, 'Give its full 40-digit hash.')
  }
  return sha
}

/** @returns the path of a file from the repository's root, itself. */
export function checkPath(path: string): string {
  const problem = pathProblem(path)
  if (problem !== undefined) {
    throw new PlazaError('bad_request', `"${shown(path)}" is not taken as a path: ${problem}.`, 'Rename the file.')
  }
  return path
}

function pathProblem(path: string): string | undefined {
  if (path === '' || Buffer.byteLength(path) > maxPathBytes) return `a path has 1 to ${maxPathBytes} bytes`
  if (!path.isWellFormed()) return 'it is not valid Unicode'
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'a path has no control characters and no backslashes'
  for (const segment of path.split('/')) {
    if (segment === '') return 'a path has no / at its beginning or end, and no //'
    if (segment === '.' || segment === '..') return 'a path has no . or .. as a part'
    if (Buffer.byteLength(segment) > maxSegmentBytes) return `each part has at most ${maxSegmentBytes} bytes`
    if (isGitFolder(segment)) return 'nothing can be put into .git'
  }
  return undefined
}

/** `.git` as any file system may read it: case, HFS+'s ignored characters, NTFS's short name, trailing dots and streams. */
function isGitFolder(segment: string): boolean {
  const plain = segment
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '')
  return plain === '.git' || plain === 'git~1'
}

function shown(name: string): string {
  return name.replace(/[\p{C}\p{Z}]/gu, '?').slice(0, 100)
}
