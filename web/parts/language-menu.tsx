import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { chooseLanguage, isLanguage, language, languages } from '../words/language.ts'
import { words } from '../words/shared.ts'
import { Menu, MenuHead, MenuItem } from './menu.tsx'

/** Every language that there is, by its own name; the one that is spoken has the tick. */
export function LanguageItems() {
  return (
    <>
      <MenuHead>{words().language.title}</MenuHead>
      {Object.entries(languages).map(([tag, name]) => (
        <MenuItem
          key={tag}
          icon={<Check className={tag === language() ? 'i' : 'i unseen'} />}
          onSelect={() => isLanguage(tag) && tag !== language() && chooseLanguage(tag)}
        >
          <span lang={tag}>{name}</span>
        </MenuItem>
      ))}
    </>
  )
}

/** Open at once, since it was asked for. */
export function LanguageMenu({ button }: { button: ReactNode }) {
  return (
    <Menu button={button} defaultOpen>
      <LanguageItems />
    </Menu>
  )
}
