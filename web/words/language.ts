/** Which language the page speaks: chosen before the first paint, the same until the page is loaded anew. */
import type { Translation } from './translation.ts'

/** By the names that `<html lang>` and `Intl` take, each as its own speakers call it. */
export const languages = { en: 'English', zh: '中文' } as const

export type Language = keyof typeof languages

const key = 'plaza-language'
const loaders: Record<Exclude<Language, 'en'>, () => Promise<Translation>> = {
  zh: async () => (await import('./chinese/translation.ts')).translation,
}

let translation: Translation | undefined
let chosen: Language = 'en'
// Where there is no page (tests of pure files) it is English from the start.
let opened = typeof document === 'undefined'

export function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && Object.hasOwn(languages, text)
}

function wished(): Language {
  let stored: string | null = null
  try {
    stored = localStorage.getItem(key)
  } catch {
    // Without storage the browser's own languages decide.
  }
  if (isLanguage(stored)) return stored
  return navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => isLanguage(tag)) ?? 'en'
}

/** Loads the words of the language that this person chose, or else of the first that their browser asks for and we have. */
export async function openLanguage(): Promise<void> {
  const wish = wished()
  try {
    if (wish !== 'en') translation = await loaders[wish]()
    chosen = wish
  } catch {
    // The words did not come: English is here already.
  }
  document.documentElement.lang = chosen
  opened = true
}

export function language(): Language {
  return chosen
}

/** For `Intl`: the browser's own kind of the language (`en-GB`), so that dates are written as its reader expects. */
export function intlLanguage(): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === chosen) ?? chosen
}

/** Keeps the choice and loads the page anew, so that every word of it changes at once. */
export function chooseLanguage(wish: Language): void {
  try {
    localStorage.setItem(key, wish)
  } catch {
    return
  }
  location.reload()
}

/**
 * The words of one area, in the chosen language: English comes with the page that shows it, a translation as a whole.
 * To be asked where a page is drawn, never while its modules load: the language is not known by then.
 */
export function wordsOf<Area extends keyof Translation>(
  area: Area,
  english: Translation[Area],
): () => Translation[Area] {
  return () => {
    if (!opened) throw new Error(`words of ${area} were read before the language was known`)
    return translation?.[area] ?? english
  }
}

/** `1 Space`, `2 Spaces`: the form of a word that goes with a count, in English. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
