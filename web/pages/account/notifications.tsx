import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Check } from 'lucide-react'
import { Link } from 'react-router'
import { notificationsQuery, unreadQuery } from '../../api/queries.ts'
import type { NotificationView } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { notificationLink, notificationWords, useMarkRead } from '../../parts/notification.ts'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/people.ts'

function Row({ one, onRead }: { one: NotificationView; onRead: (id: string) => void }) {
  const { notifications } = words()
  const what = notificationWords(one)
  return (
    <li className={one.isRead ? 'read' : undefined}>
      <Mark name={one.isRead ? 'replaced' : 'failed'} />
      <div className="grow">
        <Link
          className="what"
          to={notificationLink(one)}
          onClick={() => {
            if (!one.isRead) onRead(one.id)
          }}
        >
          {!one.isRead && <span className="sr">{notifications.unread} </span>}
          <strong>{what}</strong>
        </Link>
        <p className="message">{one.message}</p>
        <small>
          {notifications.of(one.space, one.build)} · <Ago at={one.at} />
        </small>
      </div>
      {!one.isRead && (
        <button
          type="button"
          className="icon"
          aria-label={notifications.markReadOf(what)}
          title={notifications.markRead}
          onClick={() => onRead(one.id)}
        >
          <Check className="i" />
        </button>
      )}
    </li>
  )
}

/** Builds that failed and apps that crashed, newest first. */
export function NotificationsTab() {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(notificationsQuery)
  const { data: unread = 0 } = useQuery(unreadQuery)
  const { mark, isPending } = useMarkRead()
  const { notifications, account } = words()
  useTitle(account.notifications)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <LineSkeletons count={4} />
  const all = data.pages.flatMap((page) => page.notifications)
  return (
    <section className="section">
      <h2 className="sr">{account.notifications}</h2>
      {all.length === 0 ? (
        <div className="empty">
          <p>{notifications.none}</p>
        </div>
      ) : (
        <>
          <div className="told-head">
            <p>{notifications.about}</p>
            {unread > 0 && (
              <Button busy={isPending && notifications.marking} onClick={() => mark(undefined)}>
                {notifications.markAll}
              </Button>
            )}
          </div>
          <ul className="rows told">
            {all.map((one) => (
              <Row key={one.id} one={one} onRead={mark} />
            ))}
          </ul>
        </>
      )}
      {hasNextPage && (
        <Button busy={isFetchingNextPage && notifications.loading} onClick={() => void fetchNextPage()}>
          {notifications.more}
        </Button>
      )}
    </section>
  )
}
