import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cardFields, editCard } from './card-edit.ts'
import { parseCard } from './card.ts'

const readme = `---
# What people read first
title: "Bird song"   # quotes stay
emoji: 🐦
sdk: gradio

python_version: 3.10 # not 3.1
tags:
  # the important ones
  - audio # sound
  - birds
models: [a/b,  c/d]
own_key: {kept: yes}
---

# Text

title: not this one
`

test('only the value changes: comments, order, blank lines and the text stay', () => {
  const after = editCard(readme, { title: 'Owls', emoji: '🦉', python_version: '3.12' })
  expect(after).toBe(readme.replace('"Bird song"', 'Owls').replace('🐦', '🦉').replace('3.10', '"3.12"'))
})

test('a key that says it already stays to the letter', () => {
  expect(editCard(readme, { title: 'Bird song', tags: ['audio', 'birds'], python_version: '3.10' })).toBe(readme)
})

test('a list keeps the comments of what stays in it', () => {
  expect(editCard(readme, { tags: ['audio', 'owls'] })).toBe(readme.replace('  - birds\n', '  - owls\n'))
  expect(editCard(readme, { models: ['a/b', 'e/f'] })).toBe(readme.replace('[a/b,  c/d]', '[a/b, e/f]'))
  expect(editCard(readme, { tags: [] })).toContain('\ntags: []\n')
})

test('a new key comes last, and null takes one out', () => {
  expect(editCard(readme, { pinned: true })).toBe(readme.replace('{kept: yes}\n', '{kept: yes}\npinned: true\n'))
  expect(editCard(readme, { emoji: null })).toBe(readme.replace('emoji: 🐦\n', ''))
  expect(editCard(readme, { nothing: null })).toBe(readme)
})

test('a README without a card, and none at all, get one', () => {
  expect(editCard('# Hello\n', { sdk: 'static' })).toBe('---\nsdk: static\n---\n\n# Hello\n')
  expect(editCard(undefined, { sdk: 'static' })).toBe('---\nsdk: static\n---\n')
})

test('line ends of Windows stay', () => {
  const windows = readme.replaceAll('\n', '\r\n')
  expect(editCard(windows, { title: 'Owls', header: 'mini' })).toBe(
    windows.replace('"Bird song"', 'Owls').replace('{kept: yes}\r\n', '{kept: yes}\r\nheader: mini\r\n'),
  )
})

test('an empty value, a flow map and an anchor', () => {
  expect(editCard('---\ntitle:\nsdk: static\n---\n', { title: 'A' })).toBe('---\ntitle: A\nsdk: static\n---\n')
  expect(parseCard(editCard('---\n{sdk: static, title: x}\n---\n', { title: 'A' })).title).toBe('A')
  const anchored = editCard('---\nsdk: static\ntitle: &t x\nshort_description: *t\n---\n', { pinned: true })
  expect(anchored).toContain('title: &t x\n')
})

test('a card that is no YAML is not touched', () => {
  const broken = '---\ntitle: "x\nsdk: static\n---\n'
  expect(() => editCard(broken, { title: 'A' })).toThrow(/README.md line \d+: the card is not valid YAML/)
  expect(cardFields(broken)).toMatchObject({ fields: {}, problem: expect.stringContaining('line') })
})

test('what a form reads', () => {
  expect(cardFields(readme).fields).toMatchObject({
    title: 'Bird song',
    python_version: '3.10',
    tags: ['audio', 'birds'],
    models: ['a/b', 'c/d'],
  })
})

test('any text comes back as it was written, and nothing else changes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (title) => {
      const after = editCard(readme, { title })
      expect(cardFields(after)).toEqual({ fields: { ...cardFields(readme).fields, title } })
      expect(after.endsWith('# Text\n\ntitle: not this one\n')).toBe(true)
      expect(after).toContain('# quotes stay')
    }),
  )
})

test('any list comes back as it was written', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { maxLength: 5 }), (tags) => {
      expect(cardFields(editCard(readme, { tags })).fields['tags']).toEqual(tags)
    }),
  )
})
