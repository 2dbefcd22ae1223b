/** Where the pages of a repository are, and the parts of a path (pure). */
import { encodePath } from '../../api/files.ts'
import { words } from '../../words/files.ts'

type View = 'tree' | 'blob' | 'blame' | 'commits'

/** The page's address for a path at a revision; '' is the repository's root. */
export function placeOf(id: string, view: View, revision: string, path = ''): string {
  const place = `/spaces/${encodePath(id)}/${view}/${encodeURIComponent(revision)}`
  return path ? `${place}/${encodePath(path)}` : place
}

export function commitPlace(id: string, sha: string): string {
  return `/spaces/${encodePath(id)}/commit/${sha}`
}

export function editPlace(id: string, path: string): string {
  return `/spaces/${encodePath(id)}/edit/${encodePath(path)}`
}

/** New files and uploads begin in the folder that one looks at. */
export function addPlace(id: string, how: 'new-file' | 'upload', folder: string): string {
  const place = `/spaces/${encodePath(id)}/${how}`
  return folder ? `${place}?${new URLSearchParams({ in: folder }).toString()}` : place
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function folderOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end === -1 ? '' : path.slice(0, end)
}

/** Where one still finds something once `gone`, a file or a folder, is deleted: git keeps no empty folders. */
export function remainingFolder(paths: readonly string[], gone: string): string {
  const rest = paths.filter((path) => path !== gone && !path.startsWith(`${gone}/`))
  let folder = folderOf(gone)
  while (folder && !rest.some((path) => path.startsWith(`${folder}/`))) folder = folderOf(folder)
  return folder
}

export function joined(folder: string, name: string): string {
  return folder ? `${folder}/${name}` : name
}

/** Every folder on the way to a path and the path itself, from the root on. */
export function steps(path: string): { name: string; path: string }[] {
  if (!path) return []
  const names = path.split('/')
  return names.map((name, at) => ({ name, path: names.slice(0, at + 1).join('/') }))
}

/** What a README's relative address means, or undefined where it leaves the repository. `/x` counts from its root. */
export function resolvePath(folder: string, address: string): string | undefined {
  const [before = ''] = address.split(/[?#]/)
  let said: string
  try {
    said = decodeURIComponent(before)
  } catch {
    return undefined
  }
  const found: string[] = said.startsWith('/') || !folder ? [] : folder.split('/')
  for (const part of said.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') found.push(part)
    else if (found.pop() === undefined) return undefined
  }
  return found.join('/')
}

/** Why a path cannot be a file's, or undefined; the server has the last word. */
export function pathProblem(path: string): string | undefined {
  const say = words().path
  if (path === '') return say.empty
  if (path.startsWith('/') || path.endsWith('/') || path.includes('//')) return say.slashes
  const parts = path.split('/')
  if (parts.includes('.') || parts.includes('..')) return say.dots
  if (parts.some((part) => part.toLowerCase() === '.git')) return say.git
  // oxlint-disable-next-line no-control-regex -- that is what is refused
  if (/[\u0000-\u001f\u007f]/.test(path)) return say.control
  return undefined
}
