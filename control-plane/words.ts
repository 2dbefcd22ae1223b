/** The words of the pages that the server makes itself, in the language that their reader's browser asks for. */
import { server as chinese } from '../web/words/chinese/server.ts'
import { server as english } from '../web/words/english/server.ts'
import { isLanguage, type Language } from '../web/words/language.ts'

/** HTML as `lang` says; everything else is plain text. */
export type Words = typeof english

const words: Record<Language, Words> = { en: english, zh: chinese }

/**
 * By `Accept-Language` (RFC 9110 section 12.5.4): the language that it prefers of those that there are, English where there
 * is none. A region (`zh-CN`) is not looked at.
 */
export function wordsFor(acceptLanguage: string | undefined): Words {
  return words[languageOf(acceptLanguage ?? '')]
}

/** Pure. What cannot be understood does not count. */
export function languageOf(acceptLanguage: string): Language {
  let best: { language: Language; weight: number } | undefined
  for (const range of acceptLanguage.slice(0, longest).split(',')) {
    const [, tag = '', weightText] =
      /^\s*([a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(range) ?? []
    const language = tag.toLowerCase()
    const weight = Number(weightText ?? 1)
    if (isLanguage(language) && weight > (best?.weight ?? 0)) best = { language, weight }
  }
  return best?.language ?? 'en'
}

/** Characters; a browser sends a tenth of it. */
const longest = 1_000
