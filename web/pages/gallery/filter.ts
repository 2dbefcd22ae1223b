import type { SpaceFilter } from '../../api/queries.ts'
import { words } from '../../words/gallery.ts'

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

export function statusName(status: string): string {
  const names: Record<string, string> = words().status
  return (Object.hasOwn(names, status) && names[status]) || status
}

export function sortName(sort: string): string {
  const names: Record<string, string> = words().sort
  return (Object.hasOwn(names, sort) && names[sort]) || words().sort['']
}

type Narrowing = { words: string; without: Partial<SpaceFilter> }

/** The parts of a filter that narrow it, each with the words that name it. */
export function narrowing(filter: SpaceFilter): Narrowing[] {
  const { quoted, onHardware, tagged, withModel, byAuthor, likedByYou } = words()
  const said: [keyof SpaceFilter, string][] = [
    ['search', quoted(filter.search)],
    ['sdk', sdkName(filter.sdk)],
    ['status', statusName(filter.status)],
    ['hardware', onHardware(filter.hardware)],
    ['tag', tagged(filter.tag)],
    ['model', withModel(filter.model)],
    ['author', byAuthor(filter.author)],
    ['liked', likedByYou],
  ]
  return said.filter(([part]) => filter[part] !== '').map(([part, words]) => ({ words, without: { [part]: '' } }))
}
