/** `.dockerignore`: what of the repository an author's Dockerfile does not see. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

type Rule = { pattern: RegExp; keeps: boolean }

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
      return path === '' ? [] : [{ pattern: patternOf(path), keeps }]
    })
}

/** Whether a path is left out, by itself or with a folder that it lies in (pure). */
export function isIgnored(rules: readonly Rule[], path: string): boolean {
  const parts = path.split('/')
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  let ignored = false
  for (const { pattern, keeps } of rules) {
    if (ignored === keeps && prefixes.some((prefix) => pattern.test(prefix))) ignored = !keeps
  }
  return ignored
}

/** Removes what is left out from a folder of the build's own, but for `kept` (paths). Links are not followed. */
export async function removeIgnored(folder: string, rules: readonly Rule[], kept: readonly string[]): Promise<void> {
  const exceptions = rules.some(({ keeps }) => keeps)
  const visit = async (inside: string): Promise<void> => {
    for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
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

/** Go's filepath.Match and `**`. */
function patternOf(path: string): RegExp {
  let source = ''
  for (let at = 0; at < path.length; at += 1) {
    const rest = path.slice(at)
    const folders = /^\*\*\//.exec(rest)
    const set = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(rest)
    if (folders !== null) {
      source += '(?:.*/)?'
      at += 2
    } else if (rest.startsWith('**')) {
      source += '.*'
      at += 1
    } else if (rest.startsWith('*')) source += '[^/]*'
    else if (rest.startsWith('?')) source += '[^/]'
    else if (set !== null) {
      source += `[${set[1] ?? ''}${(set[2] ?? '').replaceAll('[', String.raw`\[`)}]`
      at += set[0].length - 1
    } else if (rest.startsWith('\\') && rest.length > 1) {
      source += RegExp.escape(rest[1] ?? '')
      at += 1
    } else source += RegExp.escape(rest[0] ?? '')
  }
  try {
    return new RegExp(`^${source}$`, 's')
  } catch {
    // Such as a set whose range runs backwards: matches nothing.
    return /^(?!)/
  }
}
