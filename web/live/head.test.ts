import { expect, test } from 'vitest'
import type { SpaceList, SpaceSummary } from '../api/types.ts'
import { withHead } from './head.ts'

const space = (id: string): SpaceSummary => ({
  id,
  owner: 'ana',
  name: id,
  slug: id,
  url: '',
  origin: '',
  host: '',
  title: id,
  hardware: 'cpu-basic',
  visibility: 'public',
  stage: 'RUNNING',
  createdAt: '',
  updatedAt: '',
  tags: [],
  likes: 0,
  liked: false,
})
const page = (ids: string, next?: string): SpaceList => ({
  spaces: ids.split(' ').filter(Boolean).map(space),
  featured: [],
  ...(next === undefined ? {} : { next }),
})
const idsOf = (pages: readonly SpaceList[]) => pages.map((one) => one.spaces.map(({ id }) => id).join(' '))

test('a newcomer stands first and pushes nothing out', () => {
  const pages = withHead([page('a b c', 'c'), page('d e f', 'f')], page('new a b', 'b'))
  expect(idsOf(pages)).toEqual(['new a b c', 'd e f'])
  expect(pages[0]?.next).toBe('c')
})

test('what has moved up from further down stands once', () => {
  expect(idsOf(withHead([page('a b c', 'c'), page('d e f')], page('e a b', 'b')))).toEqual(['e a b c', 'd f'])
})
