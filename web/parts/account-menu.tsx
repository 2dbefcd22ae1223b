import { CircleUser, KeyRound, LayoutGrid, LogOut, Settings, ShieldCheck } from 'lucide-react'
import { post } from '../api/client.ts'
import type { Me } from '../api/types.ts'
import { words } from '../words/shared.ts'
import { Avatar } from './avatar.tsx'
import { errorWords } from './failure.tsx'
import { LanguageItems } from './language-menu.tsx'
import { Menu, MenuHead, MenuItem, MenuLine, MenuLink } from './menu.tsx'
import { say } from './toast.tsx'

/** Everything that was loaded belonged to this person: the page starts anew. */
async function signOut(): Promise<void> {
  try {
    await post('/api/auth/sign-out')
    location.assign('/')
  } catch (error) {
    say(errorWords(error), true)
  }
}

export function AccountMenu({ me }: { me: Me }) {
  const { account } = words()
  const button = (
    <button type="button" className="icon">
      <Avatar name={me.name} large />
      <span className="sr">{account.yours(me.name)}</span>
    </button>
  )
  return (
    <Menu button={button}>
      <MenuHead>
        <strong>{me.fullname || me.name}</strong>
        <small>{me.fullname && me.fullname !== me.name ? me.name : me.email}</small>
      </MenuHead>
      <MenuLine />
      <MenuLink icon={<CircleUser className="i" />} to={`/${encodeURIComponent(me.name)}`}>
        {account.profile}
      </MenuLink>
      <MenuLink icon={<LayoutGrid className="i" />} to={`/?author=${encodeURIComponent(me.name)}`}>
        {account.spaces}
      </MenuLink>
      <MenuLink icon={<Settings className="i" />} to="/settings/profile">
        {account.settings}
      </MenuLink>
      <MenuLink icon={<KeyRound className="i" />} to="/settings/tokens">
        {account.tokens}
      </MenuLink>
      {me.role === 'admin' && (
        <MenuLink icon={<ShieldCheck className="i" />} to="/admin">
          {account.admin}
        </MenuLink>
      )}
      <MenuLine />
      <LanguageItems />
      <MenuLine />
      <MenuItem icon={<LogOut className="i" />} onSelect={() => void signOut()}>
        {account.signOut}
      </MenuItem>
    </Menu>
  )
}
