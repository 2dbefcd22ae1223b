/** What the administrators' pages read. live/stream.ts makes it stale when a Space changes; the rest is asked for now and then while the page is looked at. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import type {
  AdminBuilds,
  AdminFindings,
  AdminInstances,
  AdminReport,
  AdminSettings,
  AdminSpaces,
  AdminUsers,
  SpaceSizes,
} from '../../api/types.ts'

const at = '/api/plaza/admin'
/** Trying what the machine can do starts a browser. Milliseconds. */
const findingsStay = 10 * 60_000

function path(route: string, asked: Record<string, string>): string {
  const given = Object.entries(asked).filter(([, value]) => value !== '')
  return `${at}/${route}?${new URLSearchParams(given).toString()}`
}

export const reportQuery = queryOptions({
  queryKey: ['admin', 'report'],
  queryFn: ({ signal }) => get<AdminReport>(at, signal),
  refetchInterval: 5_000,
})

// Not below `admin`: no change of a Space concerns it.
export const findingsQuery = queryOptions({
  queryKey: ['findings'],
  queryFn: ({ signal }) => get<AdminFindings>(`${at}/findings`, signal),
  staleTime: findingsStay,
})

export function usersQuery(search: string) {
  return infiniteQueryOptions({
    queryKey: ['admin', 'users', search],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => get<AdminUsers>(path('users', { search, cursor: pageParam }), signal),
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
}

export type SpacesFilter = { search: string; owner: string; stage: string }

export function adminSpacesQuery(filter: SpacesFilter) {
  return infiniteQueryOptions({
    queryKey: ['admin', 'spaces', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => get<AdminSpaces>(path('spaces', { ...filter, cursor: pageParam }), signal),
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
}

/** Of one page's Spaces. Not below `admin`: measuring walks through folders. */
export function sizesQuery(ids: readonly string[]) {
  return queryOptions({
    queryKey: ['sizes', ids],
    queryFn: ({ signal }) =>
      get<SpaceSizes>(`${at}/storage?${new URLSearchParams(ids.map((id) => ['id', id])).toString()}`, signal),
    staleTime: 60_000,
  })
}

export const instancesQuery = queryOptions({
  queryKey: ['admin', 'instances'],
  queryFn: ({ signal }) => get<AdminInstances>(`${at}/instances`, signal),
  refetchInterval: 2_000,
})

export const buildsQuery = queryOptions({
  queryKey: ['admin', 'builds'],
  queryFn: ({ signal }) => get<AdminBuilds>(`${at}/builds`, signal),
  refetchInterval: 3_000,
})

export const settingsQuery = queryOptions({
  queryKey: ['admin', 'settings'],
  queryFn: ({ signal }) => get<AdminSettings>(`${at}/settings`, signal),
})
