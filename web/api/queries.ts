/** Query keys and options, one per resource. live/stream.ts makes them stale when the server says so. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import type { AdminReport, SecretMap, Session, SpaceDetail, SpaceList, Token, VariableMap, Version } from './types.ts'

export type SpaceFilter = { search: string; sdk: string; status: string; author: string; sort: string }

export function spacePath(id: string): string {
  return `/api/plaza/spaces/${id.split('/').map(encodeURIComponent).join('/')}`
}

/** The same Space among the hub's routes. */
export function hubPath(id: string): string {
  return `/api/spaces/${id.split('/').map(encodeURIComponent).join('/')}`
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Session>('/api/plaza/me', signal),
  staleTime: 5 * 60_000,
})

export function spacesQuery(filter: SpaceFilter) {
  return infiniteQueryOptions({
    queryKey: ['spaces', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const asked = Object.entries({ ...filter, cursor: pageParam }).filter(([, value]) => value !== '')
      return get<SpaceList>(`/api/plaza/spaces?${new URLSearchParams(asked).toString()}`, signal)
    },
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })
}

export function spaceQuery(id: string) {
  return queryOptions({
    queryKey: ['space', id],
    queryFn: ({ signal }) => get<SpaceDetail>(spacePath(id), signal),
  })
}

export function versionsQuery(id: string) {
  return queryOptions({
    queryKey: ['space', id, 'versions'],
    queryFn: async ({ signal }) => (await get<{ versions: Version[] }>(`${spacePath(id)}/versions`, signal)).versions,
  })
}

export function variablesQuery(id: string) {
  return queryOptions({
    queryKey: ['space', id, 'variables'],
    queryFn: ({ signal }) => get<VariableMap>(`${hubPath(id)}/variables`, signal),
  })
}

export function secretsQuery(id: string) {
  return queryOptions({
    queryKey: ['space', id, 'secrets'],
    queryFn: ({ signal }) => get<SecretMap>(`${hubPath(id)}/secrets`, signal),
  })
}

/** What opens a private Space's origin: short-lived, so it is asked for anew each time a frame opens. */
export function openingQuery(id: string) {
  return queryOptions({
    queryKey: ['opening', id],
    queryFn: async ({ signal }) => (await get<{ token: string }>(`${hubPath(id)}/jwt`, signal)).token,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
}

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await get<{ tokens: Token[] }>('/api/plaza/tokens', signal)).tokens,
})

export const adminQuery = queryOptions({
  queryKey: ['admin'],
  queryFn: ({ signal }) => get<AdminReport>('/api/plaza/admin', signal),
})
