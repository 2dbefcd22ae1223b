import { Moon, Sun, SunMoon } from 'lucide-react'
import { useEffect, useState } from 'react'
import { words } from '../words/shared.ts'

type Wish = 'system' | 'light' | 'dark'

/** public/theme.js reads it before the first paint. */
const key = 'plaza-theme'
const next: Record<Wish, Wish> = { system: 'light', light: 'dark', dark: 'system' }
const icons = { system: SunMoon, light: Sun, dark: Moon }

function storedWish(): Wish {
  try {
    const wish = localStorage.getItem(key)
    return wish === 'light' || wish === 'dark' ? wish : 'system'
  } catch {
    return 'system'
  }
}

function store(wish: Wish): void {
  try {
    if (wish === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, wish)
  } catch {
    // Without storage the wish holds until the page is left.
  }
}

/** Light, dark, or as the system does. */
export function ThemeSwitch() {
  const [wish, setWish] = useState(storedWish)
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const apply = () => {
      document.documentElement.dataset['theme'] = wish === 'system' ? (dark.matches ? 'dark' : 'light') : wish
    }
    apply()
    dark.addEventListener('change', apply)
    return () => dark.removeEventListener('change', apply)
  }, [wish])
  const Icon = icons[wish]
  const name = words().theme[wish]
  const turn = () => {
    store(next[wish])
    setWish(next[wish])
  }
  return (
    <button type="button" className="icon" aria-label={name} title={name} onClick={turn}>
      <Icon className="i" />
    </button>
  )
}
