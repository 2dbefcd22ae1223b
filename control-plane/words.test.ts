import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { languageOf, wordsFor } from './words.ts'

test.each([
  ['', 'en'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['zh', 'zh'],
  ['zh-Hans-CN', 'zh'],
  ['en-GB,zh;q=0.9', 'en'],
  ['fr-FR,fr;q=0.9,zh;q=0.3,en;q=0.2', 'zh'],
  ['fr, de', 'en'],
  ['zh;q=0, en;q=0.1', 'en'],
  ['en;q=0.5, ZH-cn;q=0.7', 'zh'],
  ['*', 'en'],
  ['zh;q=2', 'en'],
  ['constructor, __proto__, zh', 'zh'],
  [`${','.repeat(2_000)}zh`, 'en'],
])('%s is answered in %s', (header, language) => {
  expect(languageOf(header)).toBe(language)
})

/** All texts; functions are asked with names that no language changes. */
function texts(of: unknown): string[] {
  if (typeof of === 'string') return [of]
  if (typeof of === 'function') return texts(of('X7', 'X8'))
  return typeof of === 'object' && of !== null ? Object.values(of).flatMap(texts) : []
}

test('every text is translated: in Chinese nothing is left of English but names', () => {
  const [english, chinese] = [texts(wordsFor('en')), texts(wordsFor('zh'))]
  expect(chinese).toHaveLength(english.length)
  expect(english.filter((text) => /[\u4e00-\u9fff]/.test(text))).toEqual([])
  const names = /Plaza|Spaces?|README|JavaScript|git|X7|X8|^zh$/g
  expect(chinese.filter((text) => /[a-z]/i.test(text.replaceAll(names, '')))).toEqual([])
})

test('what the page says without scripts is what the server says in English', () => {
  const page = readFileSync(new URL('../web/index.html', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ')
  expect(page).toContain(wordsFor('en').reading.withoutScripts)
})
