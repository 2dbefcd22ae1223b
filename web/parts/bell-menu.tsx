import './bell.css'
import { useQuery } from '@tanstack/react-query'
import { Bell, CheckCheck, Inbox } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { Link } from 'react-router'
import { newestQuery, unreadQuery } from '../api/queries.ts'
import type { NotificationView } from '../api/types.ts'
import { words } from '../words/people.ts'
import { errorWords } from './failure.tsx'
import { Mark } from './mark.tsx'
import { Menu, MenuHead, MenuItem, MenuLine, MenuLink } from './menu.tsx'
import { notificationLink, notificationWords, useMarkRead } from './notification.ts'
import { LineSkeletons } from './skeleton.tsx'
import { Ago } from './time.tsx'

function Item({ one, onRead }: { one: NotificationView; onRead: (id: string) => void }) {
  const { notifications } = words()
  return (
    <DropdownMenu.Item asChild>
      <Link
        className={one.isRead ? 'menu-item told-item read' : 'menu-item told-item'}
        to={notificationLink(one)}
        onClick={() => {
          if (!one.isRead) onRead(one.id)
        }}
      >
        <Mark name={one.isRead ? 'replaced' : 'failed'} />
        <span>
          {!one.isRead && <span className="sr">{notifications.unread} </span>}
          <b>{notificationWords(one)}</b>
          <small className="said">{one.message}</small>
          <small>
            <Ago at={one.at} />
          </small>
        </span>
      </Link>
    </DropdownMenu.Item>
  )
}

/** Asked for when the menu opens, and kept true while it is open. */
function Newest({ unread }: { unread: number }) {
  const { data, error } = useQuery(newestQuery)
  const { mark } = useMarkRead()
  const { notifications, account } = words()
  return (
    <>
      <MenuHead>
        <strong>{account.notifications}</strong>
        {data?.notifications.length === 0 && <small>{notifications.noneShort}</small>}
        {error && !data && <small>{errorWords(error)}</small>}
      </MenuHead>
      {!data && !error && <LineSkeletons count={2} />}
      {data?.notifications.map((one) => (
        <Item key={one.id} one={one} onRead={mark} />
      ))}
      <MenuLine />
      {unread > 0 && (
        <MenuItem icon={<CheckCheck className="i" />} onSelect={() => mark(undefined)}>
          {notifications.markAll}
        </MenuItem>
      )}
      <MenuLink icon={<Inbox className="i" />} to="/settings/notifications">
        {notifications.all}
      </MenuLink>
    </>
  )
}

export function BellMenu() {
  const { data: unread = 0 } = useQuery(unreadQuery)
  const { notifications } = words()
  const button = (
    <button type="button" className="icon bell" aria-label={notifications.bell(unread)}>
      <Bell className="i" />
      {unread > 0 && (
        <span className="unread" aria-hidden="true">
          {unread > 99 ? notifications.many : unread}
        </span>
      )}
    </button>
  )
  return (
    <Menu button={button} className="told-menu">
      <Newest unread={unread} />
    </Menu>
  )
}
