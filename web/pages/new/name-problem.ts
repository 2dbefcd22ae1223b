import { words } from '../../words/create.ts'

/** What the server does not accept of a Space's name, said while one types. */
export function nameProblem(name: string): string | undefined {
  const say = words().name
  if (name === '') return say.missing
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return say.letters
  if (name.length > 96) return say.long
  if (name.includes('..') || name === '.' || name.toLowerCase().endsWith('.git')) return say.dots
  return undefined
}
