import type { SpaceFilter } from '../../api/queries.ts'

const parts = ['search', 'sdk', 'status', 'hardware', 'tag', 'model', 'author', 'liked', 'sort'] as const

/** The gallery's filter as its address says it: every state of it can be linked to. */
export function filterOf(query: URLSearchParams): SpaceFilter {
  const part = (name: string) => query.get(name)?.trim() ?? ''
  return {
    search: part('search'),
    sdk: part('sdk'),
    status: part('status'),
    hardware: part('hardware'),
    tag: part('tag'),
    model: part('model'),
    author: part('author'),
    liked: part('liked'),
    sort: part('sort'),
  }
}

/** The address of the gallery with some of the filter changed; '' takes that part away. */
export function galleryLink(filter: SpaceFilter, change: Partial<SpaceFilter>): string {
  const next = { ...filter, ...change }
  const chosen = parts.filter((part) => next[part] !== '').map((part) => [part, next[part]])
  return chosen.length === 0 ? '/' : `/?${new URLSearchParams(chosen).toString()}`
}

const sdkNames: Record<string, string> = {
  gradio: 'Gradio',
  streamlit: 'Streamlit',
  static: 'Static',
  docker: 'Docker',
}

export function sdkName(sdk: string): string {
  return sdkNames[sdk] ?? sdk
}

export const statusNames = {
  running: 'Running',
  building: 'Building',
  sleeping: 'Asleep',
  failed: 'Failed',
  paused: 'Paused',
  empty: 'Nothing pushed yet',
} as const

export type StatusName = keyof typeof statusNames

export function statusName(status: string): string {
  return Object.hasOwn(statusNames, status) ? statusNames[status as StatusName] : status
}

/** '' is how the gallery opens. */
export const sortNames = { '': 'Trending', likes: 'Most liked', new: 'Newest', changed: 'Last changed' } as const

export function sortName(sort: string): string {
  return Object.hasOwn(sortNames, sort) ? sortNames[sort as keyof typeof sortNames] : sortNames['']
}

type Narrowing = { words: string; without: Partial<SpaceFilter> }

/** The parts of a filter that narrow it, each with the words that name it. */
export function narrowing(filter: SpaceFilter): Narrowing[] {
  const said: [keyof SpaceFilter, string][] = [
    ['search', `“${filter.search}”`],
    ['sdk', sdkName(filter.sdk)],
    ['status', statusName(filter.status)],
    ['hardware', `on ${filter.hardware}`],
    ['tag', `tagged ${filter.tag}`],
    ['model', `with ${filter.model}`],
    ['author', `by ${filter.author}`],
    ['liked', 'liked by you'],
  ]
  return said.filter(([part]) => filter[part] !== '').map(([part, words]) => ({ words, without: { [part]: '' } }))
}
