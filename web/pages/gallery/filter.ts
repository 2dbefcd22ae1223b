import type { SpaceFilter } from '../../api/queries.ts'

/** The gallery's filter as its address says it: every state of it can be linked to. */
export function filterOf(query: URLSearchParams): SpaceFilter {
  const part = (name: string) => query.get(name)?.trim() ?? ''
  return {
    search: part('search'),
    sdk: part('sdk'),
    status: part('status'),
    author: part('author'),
    sort: part('sort'),
  }
}

/** The address of the gallery with some of the filter changed; '' takes that part away. */
export function galleryLink(filter: SpaceFilter, change: Partial<SpaceFilter>): string {
  const parts = Object.entries({ ...filter, ...change }).filter(([, value]) => value !== '')
  return parts.length === 0 ? '/' : `/?${new URLSearchParams(parts).toString()}`
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

/** The parts of a filter that narrow it, each with the words that name it. */
export function narrowing(filter: SpaceFilter): { words: string; without: Partial<SpaceFilter> }[] {
  return [
    ...(filter.search ? [{ words: `“${filter.search}”`, without: { search: '' } }] : []),
    ...(filter.sdk ? [{ words: sdkName(filter.sdk), without: { sdk: '' } }] : []),
    ...(filter.status ? [{ words: 'Running', without: { status: '' } }] : []),
    ...(filter.author ? [{ words: `by ${filter.author}`, without: { author: '' } }] : []),
  ]
}
