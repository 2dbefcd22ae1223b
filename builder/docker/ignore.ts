/** `.dockerignore`: what of the repository an author's Dockerfile does not see. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

export type Rule = {
  /** Whether a path, or a folder that it lies in, is meant. */
  matches: (path: string) => boolean
  keeps: boolean
}

/** https://docs.docker.com/build/concepts/context/#dockerignore-files (pure). The last rule that matches decides. */
export function ignoreRules(text: string): readonly Rule[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const keeps = line.startsWith('!')
      const path = cleaned(keeps ? line.slice(1).trim() : line)
      return path === '' ? [] : [{ matches: matcherOf(path), keeps }]
    })
}

/** Whether a path is left out, by itself or with a folder that it lies in (pure). */
export function isIgnored(rules: readonly Rule[], path: string): boolean {
  return rules.findLast(({ matches }) => matches(path))?.keeps === false
}

/** Removes what is left out from a folder of the build's own, but for `kept` (paths). Links are not followed. */
export async function removeIgnored(folder: string, rules: readonly Rule[], kept: readonly string[]): Promise<void> {
  const exceptions = rules.some(({ keeps }) => keeps)
  const visit = async (inside: string): Promise<void> => {
    for (const [index, entry] of (await readdir(join(folder, inside), { withFileTypes: true })).entries()) {
      // A folder may have very many files, and the platform has other things to do.
      if (index % 100 === 99) await setImmediate()
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`
      const ignored = isIgnored(rules, path)
      const holdsKept = kept.some((name) => name === path || name.startsWith(`${path}/`))
      if (entry.isDirectory() && (!ignored || exceptions || holdsKept)) {
        await visit(path)
        if (ignored && (await readdir(join(folder, path))).length === 0)
          await rm(join(folder, path), { recursive: true })
      } else if (ignored && !holdsKept) await rm(join(folder, path), { recursive: true, force: true })
    }
  }
  await visit('')
}

function cleaned(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}

type Part =
  | { kind: 'one'; is: (character: string) => boolean }
  /** `*`, `**` and the folders of `**\/`. */
  | { kind: 'star' | 'anything' | 'folders' }

/**
 * Go's filepath.Match and `**`. Not by a RegExp: a stranger writes the pattern, and this takes no more time than the
 * pattern's length for each character.
 */
function matcherOf(pattern: string): (path: string) => boolean {
  if (!/[*?[\\]/.test(pattern)) return (path) => path === pattern || path.startsWith(`${pattern}/`)
  const parts = partsOf(pattern)
  return (path) => {
    let places = withSkipped(new Set([0]), parts)
    for (const character of path) {
      if (character === '/' && places.has(parts.length)) return true
      places = withSkipped(stepped(places, parts, character), parts)
      if (places.size === 0) return false
    }
    return places.has(parts.length)
  }
}

function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const rest = pattern.slice(at, at + 300)
    const set = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(rest)
    const [character = '', next = ''] = rest
    if (rest.startsWith('**/')) {
      parts.push({ kind: 'folders' })
      at += 2
    } else if (rest.startsWith('**')) {
      parts.push({ kind: 'anything' })
      at += 1
    } else if (character === '*') parts.push({ kind: 'star' })
    else if (character === '?') parts.push({ kind: 'one', is: (found) => found !== '/' })
    else if (set !== null) {
      parts.push({ kind: 'one', is: oneOf(set[2] ?? '', set[1] === '^') })
      at += set[0].length - 1
    } else if (character === '\\' && next !== '') {
      parts.push({ kind: 'one', is: (found) => found === next })
      at += 1
    } else parts.push({ kind: 'one', is: (found) => found === character })
  }
  return parts
}

function oneOf(set: string, isNegated: boolean): (character: string) => boolean {
  const ranges = [...set.matchAll(/(\\.|[^\\])(?:-(\\.|[^\\]))?/g)].map(([, from = '', to = from]) => ({
    from: from.slice(-1),
    to: to.slice(-1),
  }))
  return (found) => found !== '/' && ranges.some(({ from, to }) => from <= found && found <= to) !== isNegated
}

/** What stands for nothing at all, too, may be passed over. A place within `**\/` is a half. */
function withSkipped(places: Set<number>, parts: readonly Part[]): Set<number> {
  for (const place of places) {
    const part = parts[place]
    if (part !== undefined && part.kind !== 'one') places.add(place + 1)
  }
  return places
}

function stepped(places: ReadonlySet<number>, parts: readonly Part[], character: string): Set<number> {
  const next = new Set<number>()
  for (const place of places) {
    const part = parts[Math.floor(place)]
    if (part?.kind === 'one' && part.is(character)) next.add(place + 1)
    if (part?.kind === 'anything' || (part?.kind === 'star' && character !== '/')) next.add(place)
    if (part?.kind === 'folders') {
      next.add(Math.floor(place) + 0.5)
      if (character === '/') next.add(Math.floor(place) + 1)
    }
  }
  return next
}
