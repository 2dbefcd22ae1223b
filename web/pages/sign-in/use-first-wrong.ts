import { type RefObject, useEffect, useRef } from 'react'

/** Puts the cursor into the first field that is wrong, each time `problems` is another object that is not empty. */
export function useFirstWrong(problems: object): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (Object.keys(problems).length === 0) return
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [problems])
  return form
}
