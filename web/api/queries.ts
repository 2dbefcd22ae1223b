/** Query keys and options, one per resource. live/stream.ts makes them stale when the server says so. */
import { type InfiniteData, infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import type {
  BuildSteps,
  CardForm,
  DuplicateOffer,
  Endpoint,
  FacetValues,
  Hardware,
  NotificationList,
  Overview,
  OwnAccount,
  SecretMap,
  Session,
  SignedInDevice,
  SpaceDetail,
  SpaceList,
  StorageUse,
  Token,
  VariableMap,
  Version,
} from './types.ts'

/** The gallery's address, part by part; '' where nothing was chosen. */
export type SpaceFilter = {
  search: string
  sdk: string
  status: string
  hardware: string
  tag: string
  model: string
  author: string
  liked: string
  sort: string
  /** On somebody's page: what they like. */
  likedBy?: string
}

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

/** So many Spaces come with the first answer; who scrolls on gets more at a time. */
const pageSize = 60
const nextSize = 180
/** The server's own bound. */
const mostAtOnce = 600

export function spacesPath(filter: SpaceFilter, more: Record<string, string> = {}): string {
  const asked = Object.entries({ ...filter, ...more }).filter(([, value]) => value !== '')
  return `/api/plaza/spaces?${new URLSearchParams(asked).toString()}`
}

/** The list from its head, at least `length` Spaces of it where there are so many. */
export async function spacesUpTo(filter: SpaceFilter, length: number, signal?: AbortSignal): Promise<SpaceList> {
  const limit = String(Math.min(Math.max(length, pageSize), mostAtOnce))
  const list = await get<SpaceList>(spacesPath(filter, limit === String(pageSize) ? {} : { limit }), signal)
  while (list.next !== undefined && list.spaces.length < length) {
    const rest = { cursor: list.next, limit, counts: 'false' }
    const { spaces, next } = await get<SpaceList>(spacesPath(filter, rest), signal)
    list.spaces.push(...spaces)
    if (next === undefined) delete list.next
    else list.next = next
  }
  return list
}

/** How many Spaces a cached list holds. */
export function lengthOf(data: InfiniteData<SpaceList> | undefined): number {
  return data?.pages.reduce((sum, page) => sum + page.spaces.length, 0) ?? 0
}

/** A list that is kept true by its changes alone (live/lists.ts): too long to be asked for anew. */
export function isLong(data: InfiniteData<SpaceList> | undefined): boolean {
  return lengthOf(data) > pageSize + nextSize
}

/** @param first how many the first answer brings: a list that is come back to is as long as it was left. */
export function spacesQuery(filter: SpaceFilter, first = pageSize) {
  return infiniteQueryOptions({
    queryKey: ['spaces', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      pageParam === ''
        ? spacesUpTo(filter, first, signal)
        : get<SpaceList>(spacesPath(filter, { cursor: pageParam, limit: String(nextSize) }), signal),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
    staleTime: (query) => (isLong(query.state.data) ? Infinity : 60_000),
  })
}

/** The tags, models or authors that the other filters leave, the most frequent first. */
export function facetQuery(facet: 'tag' | 'model' | 'author', filter: SpaceFilter) {
  const others = { ...filter, sort: '', [facet]: '' }
  return queryOptions({
    queryKey: ['facet', facet, others],
    queryFn: async ({ signal }) => {
      const asked = Object.entries(others).filter(([, value]) => value !== '')
      const path = `/api/plaza/facets/${facet}?${new URLSearchParams(asked).toString()}`
      return (await get<FacetValues>(path, signal)).values
    },
  })
}

/** The first few that match, for the command palette. */
export function foundQuery(search: string) {
  return queryOptions({
    queryKey: ['found', search],
    queryFn: async ({ signal }) => {
      const asked = new URLSearchParams({ search, limit: '6', counts: 'false' })
      return (await get<SpaceList>(`/api/plaza/spaces?${asked.toString()}`, signal)).spaces
    },
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

/** How far a build's image is. */
export function stepsQuery(id: string, number: number) {
  return queryOptions({
    queryKey: ['space', id, 'builds', number, 'steps'],
    queryFn: async ({ signal }) => (await get<BuildSteps>(`${spacePath(id)}/builds/${number}/steps`, signal)).steps,
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

/** What a running Gradio app can be called for. */
export function endpointsQuery(id: string) {
  return queryOptions({
    queryKey: ['space', id, 'endpoints'],
    queryFn: async ({ signal }) =>
      (await get<{ endpoints: Endpoint[] }>(`${spacePath(id)}/endpoints`, signal)).endpoints,
  })
}

/** What somebody who duplicates it has to decide. */
export function duplicateQuery(id: string) {
  return queryOptions({
    queryKey: ['space', id, 'duplicate'],
    queryFn: ({ signal }) => get<DuplicateOffer>(`${spacePath(id)}/duplicate`, signal),
  })
}

export function cardQuery(id: string) {
  return queryOptions({
    queryKey: ['space', id, 'card'],
    queryFn: ({ signal }) => get<CardForm>(`${spacePath(id)}/card`, signal),
  })
}

export function storageQuery(id: string) {
  return queryOptions({
    queryKey: ['storage', id],
    queryFn: ({ signal }) => get<StorageUse>(`${spacePath(id)}/storage`, signal),
  })
}

export const hardwareQuery = queryOptions({
  queryKey: ['hardware'],
  queryFn: ({ signal }) => get<Hardware[]>('/api/spaces/hardware', signal),
})

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

export function profileQuery(name: string) {
  return queryOptions({
    queryKey: ['profile', name.toLowerCase()],
    queryFn: ({ signal }) => get<Overview>(`/api/users/${encodeURIComponent(name)}/overview`, signal),
  })
}

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => get<OwnAccount>('/api/plaza/account', signal),
})

export const devicesQuery = queryOptions({
  queryKey: ['devices'],
  queryFn: async ({ signal }) => (await get<{ sessions: SignedInDevice[] }>('/api/plaza/sessions', signal)).sessions,
})

export const unreadQuery = queryOptions({
  queryKey: ['notifications', 'unread'],
  queryFn: async ({ signal }) => (await get<{ unread: number }>('/api/plaza/notifications/unread', signal)).unread,
})

/** The newest few, for the bell. */
export const newestQuery = queryOptions({
  queryKey: ['notifications', 'newest'],
  queryFn: ({ signal }) => get<NotificationList>('/api/plaza/notifications?limit=6', signal),
})

export const notificationsQuery = infiniteQueryOptions({
  queryKey: ['notifications', 'all'],
  initialPageParam: '',
  queryFn: ({ pageParam, signal }) =>
    get<NotificationList>(`/api/plaza/notifications?before=${encodeURIComponent(pageParam)}`, signal),
  getNextPageParam: (last) => last.next,
})
