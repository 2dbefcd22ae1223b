import { translator } from './known-sentences.ts'
import { wordsOf } from './language.ts'

const sentences = wordsOf('sentences', [])
let translate: ((text: string) => string) | undefined

/** What the server said, in the language of the page where it is known there; else as it came. */
export function said(text: string): string {
  // The language stays the same until the page is loaded anew.
  translate ??= translator(sentences())
  return translate(text)
}
