import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ask } from '../../api/client.ts'
import { errorWords } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'

const pause = 500

/** What stays the same for `pause` milliseconds. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

type Verdict = { errors: { message: string }[]; warnings: { message: string }[] }

async function verdictOf(content: string, signal: AbortSignal): Promise<string[]> {
  try {
    const response = await ask(
      '/api/validate-yaml',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ content, repoType: 'space' }),
      },
      signal,
    )
    const { errors = [], warnings = [] } = (await response.json()) as Partial<Verdict>
    return [...errors, ...warnings].map(({ message }) => message)
  } catch (error) {
    if (signal.aborted) throw error
    return [errorWords(error)]
  }
}

/** Says while one types what the platform will make of the README's card. */
export function CardCheck({ text }: { text: string }) {
  const card = useSettled(/^---\r?\n[\s\S]*?\r?\n---[ \t]*(\r?\n|$)/.exec(text)?.[0] ?? text.slice(0, 2000))
  const { data: words } = useQuery({
    queryKey: ['card', card],
    queryFn: ({ signal }) => verdictOf(card, signal),
    staleTime: Infinity,
  })
  if (!words || words.length === 0) return null
  return (
    <div className="notice warn" aria-live="polite">
      <Mark name="failed" />
      <div>
        {words.slice(0, 5).map((said) => (
          <p key={said}>{said}</p>
        ))}
      </div>
    </div>
  )
}
