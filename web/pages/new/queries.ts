/** What the page of a new Space asks for. */
import { queryOptions } from '@tanstack/react-query'
import type { NameAnswer } from '../../../control-plane/hub/repos.ts'
import type { TemplateList } from '../../../control-plane/hub/templates.ts'
import type { ImportView } from '../../../control-plane/spaces/imports.ts'
import { get } from '../../api/client.ts'

export type { Template } from '../../../control-plane/hub/templates.ts'
export type { ImportReport, ImportView } from '../../../control-plane/spaces/imports.ts'

export type Made = { url: string; name: string; id: string }

export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: async ({ signal }) => (await get<TemplateList>('/api/spaces/templates', signal)).templates,
  staleTime: Infinity,
})

export function nameQuery(owner: string, name: string) {
  return queryOptions({
    queryKey: ['name', owner, name],
    queryFn: ({ signal }) =>
      get<NameAnswer>(`/api/plaza/names/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`, signal),
    staleTime: 5000,
    retry: false,
  })
}

export function importPath(id: string): string {
  return `/api/plaza/imports/${encodeURIComponent(id)}`
}

/** Asked again and again while it is on its way. */
export function importQuery(id: string) {
  return queryOptions({
    queryKey: ['import', id],
    queryFn: ({ signal }) => get<ImportView>(importPath(id), signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 400 : false),
    retry: false,
  })
}
