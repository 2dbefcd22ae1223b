import { expect, test } from 'vitest'
import { changedFields, shownFields } from './card-fields.ts'

const fields = { title: 'Echo', tags: ['a', 'b'], app_port: 8000, license: 'mit', own: 'kept' }

test('what nobody touched is no change', () => {
  expect(changedFields(fields, shownFields(fields))).toEqual({})
})

test('texts, numbers and lists in their own kinds; what is emptied goes', () => {
  const shown = shownFields(fields)
  expect(shown).toMatchObject({ title: 'Echo', tags: 'a, b', app_port: '8000', emoji: '' })
  expect(
    changedFields(fields, { ...shown, title: ' ', emoji: '🦉', tags: 'a, c,', app_port: '9000', license: 'mit, x' }),
  ).toEqual({ title: null, emoji: '🦉', tags: ['a', 'c'], app_port: 9000, license: ['mit', 'x'] })
  expect(changedFields(fields, { ...shown, license: 'apache-2.0', tags: '' })).toEqual({
    license: 'apache-2.0',
    tags: null,
  })
})
