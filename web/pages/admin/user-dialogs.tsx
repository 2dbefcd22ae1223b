import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post, request } from '../../api/client.ts'
import type { AdminUser, SignInLink } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/admin.ts'

export type Standing = 'promote' | 'demote' | 'disable'

export function userPath(name: string): string {
  return `/api/plaza/admin/users/${encodeURIComponent(name)}`
}

const changes = { promote: { role: 'admin' }, demote: { role: 'member' }, disable: { disabled: true } } as const

function standingWords(act: Standing, name: string) {
  const { users } = words()
  switch (act) {
    case 'promote':
      return {
        title: users.promoteTitle(name),
        about: users.promoteAbout,
        button: users.promote,
        busy: users.promoting,
        done: users.promoted(name),
      }
    case 'demote':
      return {
        title: users.demoteTitle(name),
        about: users.demoteAbout,
        button: users.demote,
        busy: users.promoting,
        done: users.demoted(name),
      }
    case 'disable':
      return {
        title: users.disableTitle(name),
        about: users.disableAbout,
        button: users.disable,
        busy: users.disabling,
        done: users.disabledDone(name),
      }
  }
}

/** Asks before somebody's role changes or their ways in end. */
export function StandingDialog({ user, act, onClose }: { user: AdminUser; act: Standing; onClose: () => void }) {
  const queries = useQueryClient()
  const said = standingWords(act, user.name)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => request('PATCH', userPath(user.name), changes[act]),
    onSuccess: async () => {
      say(said.done)
      await queries.invalidateQueries({ queryKey: ['admin'] })
      onClose()
    },
  })
  return (
    <Dialog title={said.title} about={said.about} open onClose={onClose}>
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={onClose}>
          {words().cancel}
        </Button>
        <Button kind={act === 'promote' ? 'ink' : 'danger'} busy={isPending && said.busy} onClick={() => mutate()}>
          {said.button}
        </Button>
      </div>
    </Dialog>
  )
}

/** A way in for somebody who has lost theirs. */
export function LinkDialog({ user, onClose }: { user: AdminUser; onClose: () => void }) {
  const { users, cancel, close } = words()
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: () => post<SignInLink>(`${userPath(user.name)}/link`),
  })
  return (
    <Dialog title={users.linkTitle(user.name)} about={users.linkAbout(user.name)} open onClose={onClose}>
      <Refusal error={error} />
      <div aria-live="polite">
        {data && (
          <>
            <p>{users.linkReady}</p>
            <CodeLines label={users.linkLabel} lines={[data.link]} />
          </>
        )}
      </div>
      <div className="do">
        <Button kind="bare" onClick={onClose}>
          {data ? close : cancel}
        </Button>
        {!data && (
          <Button kind="ink" busy={isPending && users.linkMaking} onClick={() => mutate()}>
            {users.linkMake}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
