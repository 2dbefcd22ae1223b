import { expect, test } from 'vitest'
import { filterOf, galleryLink, narrowing } from './filter.ts'

const filter = filterOf(new URLSearchParams('search=tide&sdk=gradio&status=failed&tag=%E6%BD%AE&peek=a/b&x=1'))

test('an address is a filter, and the filter is the address again', () => {
  const link = galleryLink(filter, {})
  expect(filterOf(new URLSearchParams(link.slice(2)))).toEqual(filter)
  expect(galleryLink(filterOf(new URLSearchParams()), {})).toBe('/')
})

test('each part that narrows is named, with the way to do without it', () => {
  expect(narrowing(filter).map(({ words }) => words)).toEqual(['“tide”', 'Gradio', 'Failed', 'tagged 潮'])
  const [search] = narrowing(filter)
  expect(galleryLink(filter, search?.without ?? {})).not.toContain('search')
})
