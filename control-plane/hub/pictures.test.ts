import { expect, test } from 'vitest'
import { presentPicture } from './pictures.ts'

const space = (thumbnail?: unknown) => ({
  owner: 'ana',
  name: 'bread.clock',
  head_commit: 'abc123',
  card: thumbnail === undefined ? {} : { thumbnail },
})
const taken = { small: 's'.repeat(64), large: 'l'.repeat(64) }

test('a picture that was taken is named by its content', () => {
  expect(presentPicture(space(), taken)).toEqual({
    small: `/api/plaza/spaces/ana/bread.clock/picture/${taken.small}-small.webp`,
    large: `/api/plaza/spaces/ana/bread.clock/picture/${taken.large}-large.webp`,
  })
  expect(presentPicture(space(), undefined)).toBeUndefined()
})

test('the dark one is named beside it, where there is one', () => {
  const dark = { small: 'd'.repeat(64), large: 'e'.repeat(64) }
  expect(presentPicture(space(), { ...taken, dark })?.dark).toEqual({
    small: `/api/plaza/spaces/ana/bread.clock/picture/${dark.small}-small.webp`,
    large: `/api/plaza/spaces/ana/bread.clock/picture/${dark.large}-large.webp`,
  })
  expect(presentPicture(space(), taken)).not.toHaveProperty('dark')
  expect(presentPicture(space('own.png'), { ...taken, dark })).not.toHaveProperty('dark')
})

test.each(['shots/first one.png', './shots/first one.png', '/shots/first one.png'])(
  'the card’s own wins: %s',
  (path) => {
    const link = '/spaces/ana/bread.clock/resolve/abc123/shots/first%20one.png'
    expect(presentPicture(space(path), taken)).toEqual({ small: link, large: link })
  },
)

test.each([
  'https://example.org/a.png',
  '//example.org/a.png',
  '/\u002fexample.org/a.png',
  '../other/secret.png',
  'a/../../b.png',
  'data:image/png;base64,AAAA',
  'app.py',
  'drawing.svg',
  '',
  7,
])('what is no picture in the repository does not count: %s', (path) => {
  expect(presentPicture(space(path), taken)?.small).toContain(taken.small)
})
