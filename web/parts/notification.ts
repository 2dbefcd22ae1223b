/** What a notification says, where it leads, and how it is read: for the bell and for the page of all of them. */
import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../api/client.ts'
import { newestQuery, notificationsQuery, unreadQuery } from '../api/queries.ts'
import type { NotificationList, NotificationView } from '../api/types.ts'
import { words } from '../words/people.ts'
import { errorWords } from './failure.tsx'
import { say } from './toast.tsx'

/** The log that tells why: of the build, or of the app's last run. */
export function notificationLink({ kind, space, build }: NotificationView): string {
  return kind === 'crashed' ? `/spaces/${space}/logs?log=run` : `/spaces/${space}/logs?build=${build}`
}

export function notificationWords({ kind, title }: NotificationView): string {
  return words().notifications.kind[kind](title)
}

/** Seen at once; where the server says no, everything is asked for again. `undefined` reads all of them. */
export function useMarkRead(): { mark: (id: string | undefined) => void; isPending: boolean } {
  const queries = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: (id: string | undefined) =>
      post<{ unread: number }>('/api/plaza/notifications/read', id === undefined ? {} : { id }),
    onMutate: (id) => {
      const read = (list: NotificationList): NotificationList => {
        const notifications = list.notifications.map((one) =>
          id === undefined || one.id === id ? { ...one, isRead: true } : one,
        )
        return { ...list, notifications }
      }
      queries.setQueryData<NotificationList>(newestQuery.queryKey, (list) => list && read(list))
      queries.setQueryData<InfiniteData<NotificationList, string>>(
        notificationsQuery.queryKey,
        (data) => data && { ...data, pages: data.pages.map(read) },
      )
    },
    onSuccess: ({ unread }) => queries.setQueryData(unreadQuery.queryKey, unread),
    onError: (error) => {
      say(errorWords(error), true)
      void queries.invalidateQueries({ queryKey: ['notifications'] })
    },
  })
  return { mark: mutate, isPending }
}
