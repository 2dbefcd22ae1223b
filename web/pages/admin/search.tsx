import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'

/** Typing faster than this is one search. */
const settled = 200

/** A part of the address: what a list is filtered by. */
export function useFilter(name: string): [value: string, set: (value: string) => void] {
  const [params, setParams] = useSearchParams()
  const set = (value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (value) next.set(name, value)
        else next.delete(name)
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  return [params.get(name) ?? '', set]
}

/** Filters the list below as one types; the address holds it. */
export function ListSearch({ label, placeholder }: { label: string; placeholder: string }) {
  const [asked, ask] = useFilter('search')
  const [typed, setTyped] = useState(asked)
  const [seen, setSeen] = useState(asked)
  if (asked !== seen) {
    // The address changed by itself; what is being typed right now wins over it.
    setSeen(asked)
    if (asked !== typed.trim()) setTyped(asked)
  }
  useEffect(() => {
    if (typed.trim() === asked) return
    const timer = setTimeout(() => ask(typed.trim()), settled)
    return () => clearTimeout(timer)
  })
  return (
    <search>
      <label className="field">
        <Search className="i" />
        <span className="sr">{label}</span>
        <input
          type="search"
          placeholder={placeholder}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      </label>
    </search>
  )
}
