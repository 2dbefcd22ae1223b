import { Languages } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { language, languages } from '../words/language.ts'
import { words } from '../words/shared.ts'

const LanguageMenu = lazy(async () => ({ default: (await import('./language-menu.tsx')).LanguageMenu }))

/** For who has not signed in; others find it in their account's menu. */
export function LanguageSwitch() {
  const [asked, setAsked] = useState(false)
  const name = words().language.now(languages[language()])
  const face = (
    <button
      type="button"
      className="icon"
      aria-label={name}
      title={name}
      aria-haspopup="menu"
      {...(asked ? {} : { onClick: () => setAsked(true) })}
    >
      <Languages className="i" />
    </button>
  )
  if (!asked) return face
  return (
    <Suspense fallback={face}>
      <LanguageMenu button={face} />
    </Suspense>
  )
}
