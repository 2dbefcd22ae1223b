/** Sentences with gaps, found again in what somebody says. Pure. */

type Known = { pattern: RegExp; words: readonly string[] }

/** Characters: nobody's sentence is longer, and what an app printed can be. */
const longest = 1_000

/**
 * @param pairs a sentence and its translation each, the gaps `{}` in the same order in both.
 * @returns what translates a text sentence by sentence, and leaves alone what is not among them.
 */
export function translator(pairs: readonly (readonly [string, string])[]): (text: string) => string {
  const known = pairs.map(([sentence, words]): Known => ({ pattern: patternOf(sentence), words: words.split('{}') }))
  const one = (text: string): string | undefined => {
    for (const { pattern, words } of known) {
      const found = pattern.exec(text)
      if (found) return words.map((part, place) => part + (found[place + 1] ?? '')).join('')
    }
    return undefined
  }
  return (text) => {
    if (text.length > longest) return text
    const parts = text.split(/(?<=[.!?])\s+(?=["“'A-Z])/)
    return together(parts.map((part) => one(part) ?? part))
  }
}

/** Sentences after each other: a Chinese full stop needs no space behind it. */
export function together(sentences: readonly string[]): string {
  return sentences.join(' ').replaceAll('。 ', '。')
}

function patternOf(sentence: string): RegExp {
  return new RegExp(`^${sentence.split('{}').map(literal).join('(.+?)')}$`)
}

/** As `RegExp.escape`, which browsers have only since 2025. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}
