import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Ban, Ellipsis, Link2, ShieldMinus, ShieldPlus, UserCheck } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { request } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { AdminUser } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { errorWords, Failure } from '../../parts/failure.tsx'
import { Menu, MenuItem, MenuLine } from '../../parts/menu.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Status } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/admin.ts'
import { More } from './more.tsx'
import { usersQuery } from './queries.ts'
import { ListSearch, useFilter } from './search.tsx'
import { LinkDialog, type Standing, StandingDialog, userPath } from './user-dialogs.tsx'

type Asked = { user: AdminUser; act: Standing | 'link' }

function UserMenu({ user, ask }: { user: AdminUser; ask: (act: Asked['act']) => void }) {
  const { users, actionsFor } = words()
  const queries = useQueryClient()
  const enable = useMutation({
    mutationFn: () => request('PATCH', userPath(user.name), { disabled: false }),
    onSuccess: async () => {
      say(users.enabled(user.name))
      await queries.invalidateQueries({ queryKey: ['admin'] })
    },
    onError: (error) => say(errorWords(error), true),
  })
  const button = (
    <button type="button" className="icon" aria-label={actionsFor(user.name)}>
      <Ellipsis className="i" />
    </button>
  )
  if (user.disabledAt) {
    return (
      <Button
        busy={enable.isPending && users.enabling}
        icon={<UserCheck className="i" />}
        onClick={() => enable.mutate()}
      >
        {users.enable}
      </Button>
    )
  }
  return (
    <Menu button={button}>
      <MenuItem icon={<Link2 className="i" />} onSelect={() => ask('link')}>
        {users.makeLink}
      </MenuItem>
      {user.role === 'admin' ? (
        <MenuItem icon={<ShieldMinus className="i" />} onSelect={() => ask('demote')}>
          {users.demote}
        </MenuItem>
      ) : (
        <MenuItem icon={<ShieldPlus className="i" />} onSelect={() => ask('promote')}>
          {users.promote}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem icon={<Ban className="i" />} danger onSelect={() => ask('disable')}>
        {users.disable}
      </MenuItem>
    </Menu>
  )
}

function UserRow({ user, mine, ask }: { user: AdminUser; mine: boolean; ask: (act: Asked['act']) => void }) {
  const { users } = words()
  return (
    <li>
      <div className="grow">
        <div className="who">
          <strong>{user.name}</strong>
          {user.fullname !== user.name && <span className="also">{user.fullname}</span>}
          {mine && <span className="label">{users.you}</span>}
          {user.role === 'admin' && <span className="label">{users.administrator}</span>}
          {user.disabledAt && <Status tone="failed">{users.disabled}</Status>}
        </div>
        <small className="facts">
          {user.email && <span className="mono">{user.email}</span>}
          <Link to={`/admin/spaces?owner=${encodeURIComponent(user.name)}`}>{users.spaces(user.spaces)}</Link>
          <span>{user.lastSeenAt ? users.seen(<Ago at={user.lastSeenAt} />) : users.neverSeen}</span>
          <span>{users.joined(<Ago at={user.createdAt} />)}</span>
          {user.disabledAt && <span>{users.disabledSince(<Ago at={user.disabledAt} />)}</span>}
        </small>
      </div>
      {/* Nobody decides about themselves. */}
      {!mine && <UserMenu user={user} ask={ask} />}
    </li>
  )
}

/** Everybody with an account. */
export function UsersTab() {
  const { users } = words()
  const { me } = useSession()
  const [search, setSearch] = useFilter('search')
  const [asked, setAsked] = useState<Asked>()
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(usersQuery(search))
  const found = data?.pages.flatMap((page) => page.users)
  const close = () => setAsked(undefined)
  return (
    <div className="list">
      <div className="narrow">
        <ListSearch label={users.search} placeholder={users.placeholder} />
        {data && <p aria-live="polite">{users.total(data.pages[0]?.total ?? 0)}</p>}
      </div>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <LineSkeletons count={6} />}
      {found?.length === 0 && (
        <div className="empty">
          <p>{users.none(search)}</p>
          <Button onClick={() => setSearch('')}>{users.showAll}</Button>
        </div>
      )}
      {found && found.length > 0 && (
        <ul className="rows">
          {found.map((user) => (
            <UserRow key={user.name} user={user} mine={user.name === me?.name} ask={(act) => setAsked({ user, act })} />
          ))}
        </ul>
      )}
      <More has={hasNextPage} loading={isFetchingNextPage} load={fetchNextPage} />
      {asked && asked.act !== 'link' && <StandingDialog user={asked.user} act={asked.act} onClose={close} />}
      {asked?.act === 'link' && <LinkDialog user={asked.user} onClose={close} />}
    </div>
  )
}
