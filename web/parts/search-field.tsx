import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { words } from '../words/shared.ts'
import { isTyping } from './keyboard.ts'

/** Typing faster than this is one search. */
const settled = 200

/** Searches the gallery: at once while one is there, with Enter from any other page. The address holds the search. */
export function SearchField(props: { className: string; placeholder: string; shortcut?: boolean }) {
  const { pathname, search } = useLocation()
  const navigate = useNavigate()
  const input = useRef<HTMLInputElement>(null)
  const here = pathname === '/'
  const asked = here ? (new URLSearchParams(search).get('search') ?? '') : ''
  const [typed, setTyped] = useState(asked)
  const [seen, setSeen] = useState(asked)
  if (asked !== seen) {
    // The address changed by itself (back, a chip, another page); what is being typed right now wins over it.
    setSeen(asked)
    if (asked !== typed.trim()) setTyped(asked)
  }

  const go = (words: string) => {
    const query = new URLSearchParams(here ? search : '')
    if (words.trim()) query.set('search', words.trim())
    else query.delete('search')
    const text = query.toString()
    void navigate(text ? `/?${text}` : '/', { replace: here })
  }
  const latest = useRef(go)
  useEffect(() => {
    latest.current = go
  })

  useEffect(() => {
    if (!here || typed.trim() === asked) return
    const timer = setTimeout(() => latest.current(typed), settled)
    return () => clearTimeout(timer)
  }, [typed, asked, here])

  useEffect(() => {
    if (!props.shortcut) return
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', focus)
    return () => removeEventListener('keydown', focus)
  }, [props.shortcut])

  return (
    <search className={`search ${props.className}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          go(typed)
        }}
      >
        <label className="field">
          <Search className="i" />
          <span className="sr">{words().top.searchSpaces}</span>
          <input
            ref={input}
            type="search"
            placeholder={props.placeholder}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
          {props.shortcut && !typed && <kbd>/</kbd>}
        </label>
      </form>
    </search>
  )
}
