/** Whether a command answers to what was typed: each word begins one of its own. (Pure.) */
export function matches(words: string, search: string): boolean {
  const own = words.toLowerCase().split(/\s+/)
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((typed) => own.some((word) => word.startsWith(typed)))
}

/** What stands before, in and after the first hit of the search in a text. */
export function split(text: string, search: string): [string, string, string] {
  const [word = ''] = search.toLowerCase().trim().split(/\s+/)
  const at = word ? text.toLowerCase().indexOf(word) : -1
  if (at < 0) return [text, '', '']
  return [text.slice(0, at), text.slice(at, at + word.length), text.slice(at + word.length)]
}
