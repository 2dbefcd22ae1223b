/** Upon which images Spaces are built: the operator's choice (pure). */

export type BaseImages = {
  /** With `{version}` in it, or an image for each version of Python. */
  python: string | Readonly<Record<string, string>>
  node: string
}

/** What is offered where an image's name has `{version}` in it; any patch version will do. */
const offered = ['3.14', '3.13', '3.12', '3.11', '3.10', '3.9']
/** For a card that asks for none: most packages have wheels for it, of the newest many have not. */
const usual = '3.12'

/** Versions that a card may ask for, newest first. */
export function pythonsOf({ python }: BaseImages): readonly string[] {
  return typeof python === 'string' ? offered : Object.keys(python).sort(newestFirst)
}

/** `wanted`: `3.11`, `3.11.2`, or undefined: the usual one of a template, the newest of a list. */
export function pythonImage(
  { python }: BaseImages,
  wanted: string | undefined,
): { version: string; reference: string } | undefined {
  if (typeof python === 'string') {
    const version = wanted ?? usual
    return { version, reference: python.replaceAll('{version}', version) }
  }
  const versions = Object.keys(python).sort(newestFirst)
  const version = versions.find(
    (has) => wanted === undefined || has === wanted || has.startsWith(`${wanted}.`) || wanted.startsWith(`${has}.`),
  )
  const reference = version === undefined ? undefined : python[version]
  return version === undefined || reference === undefined ? undefined : { version, reference }
}

function newestFirst(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let at = 0; at < 3; at += 1) {
    const difference = (right?.[at] ?? 0) - (left?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
