import { lazy, Suspense, useEffect, useState } from 'react'
import { isTyping } from './keyboard.ts'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))
const Shortcuts = lazy(async () => ({ default: (await import('./shortcuts.tsx')).Shortcuts }))

/** What a key opens over any page: the command palette (Ctrl or ⌘ K) and the list of keys (?). Loaded when first asked for. */
export function Overlays() {
  const [open, setOpen] = useState<'palette' | 'shortcuts'>()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      if (command && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setOpen((now) => (now === 'palette' ? undefined : 'palette'))
      } else if (event.key === '?' && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) {
        setOpen('shortcuts')
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  return (
    <Suspense fallback={null}>
      {open === 'palette' && <Palette onClose={() => setOpen(undefined)} />}
      {open === 'shortcuts' && <Shortcuts onClose={() => setOpen(undefined)} />}
    </Suspense>
  )
}
