import { expect, test } from 'vitest'
import { cutOf as cutOnThePage } from '../../web/parts/drawn.tsx'
import { cutOf, previewKey, previewPage, type PreviewSubject } from './preview-page.ts'

const subject: PreviewSubject = {
  id: 'ana/bread-clock',
  owner: 'ana',
  title: 'Bread clock',
  about: 'Flour and time',
  emoji: '🍞',
  colorFrom: 'yellow',
  colorTo: 'red',
  host: 'spaces.example.org',
  picture: undefined,
}

test('all that it shows makes its name, and nothing else', () => {
  const changes: Partial<PreviewSubject>[] = [
    { title: 'Other' },
    { about: undefined },
    { emoji: '🥖' },
    { colorTo: 'blue' },
    { picture: 'a'.repeat(64) },
    { host: 'example.org' },
    { id: 'bob/bread-clock', owner: 'bob' },
  ]
  const keys = changes.map((change) => previewKey({ ...subject, ...change }))
  expect(new Set([...keys, previewKey(subject)]).size).toBe(changes.length + 1)
  expect(previewKey({ ...subject })).toBe(previewKey(subject))
})

test('a stranger’s words stay words, and a stranger’s colour is none', () => {
  const hostile = '"><script>alert(1)</script><style>*{display:none}</style>'
  const page = previewPage(
    {
      ...subject,
      id: hostile,
      owner: hostile,
      title: hostile,
      about: hostile,
      emoji: hostile,
      colorFrom: 'red;}*{visibility:hidden',
      host: hostile,
    },
    true,
  )
  expect(page).not.toContain('<script')
  expect(page).not.toContain('visibility:hidden')
  expect(page.match(/<style/g)).toHaveLength(1)
})

test('a Space is drawn as on its card', () => {
  for (const id of ['ana/bread-clock', 'bob/x', 'li/面包', 'a/1', 'b/2', 'c/3', 'd/4']) {
    expect(cutOf(id) + 1).toBe(cutOnThePage(id))
  }
})
