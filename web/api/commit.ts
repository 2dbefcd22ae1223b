/** Commits from the page, by the hub's own route. */
import { words } from '../words/files.ts'
import { ask } from './client.ts'
import { hubPath } from './queries.ts'

export type FileChange =
  | { put: string; content: Blob }
  | { delete: string }
  /** A folder with all that is in it. */
  | { deleteFolder: string }

export type NewCommit = {
  summary: string
  description?: string
  /** The commit that the author saw; where main has moved on, the answer is an ApiError 412. */
  parent: string | undefined
  changes: readonly FileChange[]
}

/** Milliseconds: a phone's connection takes a while for 50 MB. */
const patience = 600_000

/** `data:…;base64,AAAA`: the browser encodes large files without holding up the page. */
function base64(content: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => {
      const address = typeof reader.result === 'string' ? reader.result : ''
      resolve(address.slice(address.indexOf(',') + 1))
    })
    reader.addEventListener('error', () => reject(new Error(words().commit.unreadable)))
    reader.readAsDataURL(content)
  })
}

async function line(change: FileChange): Promise<string> {
  if ('deleteFolder' in change)
    return JSON.stringify({ key: 'deletedFolder', value: { path: `${change.deleteFolder}/` } })
  if ('delete' in change) return JSON.stringify({ key: 'deletedFile', value: { path: change.delete } })
  // An empty file's address has no content after its comma.
  const content = change.content.size === 0 ? '' : await base64(change.content)
  return JSON.stringify({ key: 'file', value: { path: change.put, content, encoding: 'base64' } })
}

/** The request's lines, each with its line end: the header, then one for each change. */
export async function commitLines(commit: NewCommit): Promise<string[]> {
  const header = {
    summary: commit.summary,
    description: commit.description ?? '',
    ...(commit.parent === undefined ? {} : { parentCommit: commit.parent }),
  }
  const lines = [`${JSON.stringify({ key: 'header', value: header })}\n`]
  for (const change of commit.changes) lines.push(`${await line(change)}\n`)
  return lines
}

export function commitAddress(id: string): string {
  return `${hubPath(id)}/commit/main`
}

/** @returns the hash of the commit that main is at now. @throws ApiError */
export async function commitFiles(id: string, commit: NewCommit, signal?: AbortSignal): Promise<string> {
  const lines = await commitLines(commit)
  const response = await ask(
    commitAddress(id),
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: new Blob(lines),
    },
    signal,
    patience,
  )
  const { commitOid } = (await response.json()) as { commitOid: string }
  return commitOid
}
