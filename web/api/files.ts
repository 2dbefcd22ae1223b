/** What a repository holds, and how it came to be. A revision is a commit's hash wherever the page knows it. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { BlameRanges, CommitDiff, CommitPage } from '../../control-plane/hub/files.ts'
import { ask, get, post } from './client.ts'
import { hubPath, spacePath } from './queries.ts'

export type TreeEntry = {
  type: 'file' | 'directory'
  path: string
  oid: string
  size: number
  lastCommit?: { id: string; title: string; date: string }
}

/** `more`: there are more entries than the page shows. */
export type Listing = { entries: TreeEntry[]; more: boolean }

/** A file's bytes, and the commit that they were read from. */
export type FileContent = { commit: string; bytes: Uint8Array<ArrayBuffer> }

export type Refs = { branches: { name: string }[]; tags: { name: string }[] }

export type { CommitDiff, CommitSummary } from '../../control-plane/hub/files.ts'
export type { FileDiff } from '../../control-plane/repositories/diff.ts'

export type BlameRange = BlameRanges['ranges'][number]

/** Pages of 1,000 entries that are read for one folder, or for the search of all files. */
const mostPages = 10

/** What the page's paths and addresses are made of: every segment as it is written in an address. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** Where a file's bytes are. */
export function resolveAddress(id: string, revision: string, path: string, download = false): string {
  const place = `/spaces/${encodePath(id)}/resolve/${encodeURIComponent(revision)}/${encodePath(path)}`
  return download ? `${place}?download=true` : place
}

function treePath(id: string, revision: string, path: string): string {
  const place = `${hubPath(id)}/tree/${encodeURIComponent(revision)}`
  return path ? `${place}/${encodePath(path)}` : place
}

/** The next page's address within this origin: the platform may be reached by another one than it thinks. */
function nextPage(response: Response): string | undefined {
  const address = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  if (!address) return undefined
  const { pathname, search } = new URL(address, location.href)
  return pathname + search
}

async function entriesOf(response: Response): Promise<TreeEntry[]> {
  return (await response.json()) as TreeEntry[]
}

async function list(first: string, signal: AbortSignal): Promise<Listing> {
  const entries: TreeEntry[] = []
  let next: string | undefined = first
  for (let page = 0; next !== undefined && page < mostPages; page += 1) {
    const response: Response = await ask(next, {}, signal)
    entries.push(...(await entriesOf(response)))
    next = nextPage(response)
  }
  return { entries, more: next !== undefined }
}

export function folderQuery(id: string, revision: string, path: string) {
  return queryOptions({
    queryKey: ['files', id, revision, 'folder', path],
    queryFn: ({ signal }) => list(treePath(id, revision, path), signal),
    placeholderData: keepPreviousData,
  })
}

/** Every file of a revision. */
export function allFilesQuery(id: string, revision: string) {
  return queryOptions({
    queryKey: ['files', id, revision, 'all'],
    queryFn: async ({ signal }) => {
      const { entries, more } = await list(`${treePath(id, revision, '')}?recursive=true`, signal)
      return { paths: entries.filter(({ type }) => type === 'file').map(({ path }) => path), more }
    },
    placeholderData: keepPreviousData,
  })
}

/** The last commit of each entry of a folder: it takes longer than their names, so it comes after them. */
export function lastCommitsQuery(id: string, revision: string, path: string) {
  return infiniteQueryOptions({
    queryKey: ['files', id, revision, 'commits', path],
    initialPageParam: `${treePath(id, revision, path)}?expand=true`,
    queryFn: async ({ pageParam, signal }) => {
      const response = await ask(pageParam, {}, signal)
      return { entries: await entriesOf(response), next: nextPage(response) }
    },
    getNextPageParam: (last) => last.next,
  })
}

/** One file or folder; null where there is none. */
export function entryQuery(id: string, revision: string, path: string) {
  return queryOptions({
    queryKey: ['files', id, revision, 'entry', path],
    queryFn: async () => {
      const place = `${hubPath(id)}/paths-info/${encodeURIComponent(revision)}`
      const found = await post<TreeEntry[]>(place, { paths: [path], expand: true })
      return found.find((entry) => entry.path === path) ?? null
    },
    placeholderData: (previous) => (previous?.path === path ? previous : undefined),
  })
}

/** A file's bytes now. @throws ApiError 404 where there is no such file. */
export async function readFile(id: string, revision: string, path: string, signal?: AbortSignal): Promise<FileContent> {
  // `main` moves: an answer of a minute ago must not stand in for it.
  const response = await ask(resolveAddress(id, revision, path), { cache: 'no-cache' }, signal)
  return {
    commit: response.headers.get('x-repo-commit') ?? revision,
    bytes: new Uint8Array(await response.arrayBuffer()),
  }
}

export function contentQuery(id: string, revision: string, path: string) {
  return queryOptions({
    queryKey: ['files', id, revision, 'content', path],
    queryFn: ({ signal }) => readFile(id, revision, path, signal),
    structuralSharing: false,
  })
}

export function refsQuery(id: string) {
  return queryOptions({
    queryKey: ['files', id, 'refs'],
    queryFn: ({ signal }) => get<Refs>(`${hubPath(id)}/refs`, signal),
  })
}

export function historyQuery(id: string, revision: string, path: string) {
  return infiniteQueryOptions({
    queryKey: ['files', id, revision, 'history', path],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const asked = new URLSearchParams({ rev: revision })
      if (path) asked.set('path', path)
      if (pageParam) asked.set('cursor', pageParam)
      return get<CommitPage>(`${spacePath(id)}/history?${asked.toString()}`, signal)
    },
    getNextPageParam: (last) => last.next || undefined,
  })
}

export function commitDiffQuery(id: string, sha: string) {
  return queryOptions({
    queryKey: ['files', id, sha, 'diff'],
    queryFn: ({ signal }) => get<CommitDiff>(`${spacePath(id)}/commits/${encodeURIComponent(sha)}/diff`, signal),
    staleTime: Infinity,
  })
}

export function blameQuery(id: string, revision: string, path: string) {
  return queryOptions({
    queryKey: ['files', id, revision, 'blame', path],
    queryFn: async ({ signal }) => {
      const asked = new URLSearchParams({ rev: revision, path })
      return (await get<BlameRanges>(`${spacePath(id)}/blame?${asked.toString()}`, signal)).ranges
    },
  })
}
