import type { ReactNode } from 'react'

const status = {
  running: 'Running',
  building: 'Building',
  sleeping: 'Asleep',
  failed: 'Failed',
  paused: 'Paused',
  empty: 'Nothing pushed yet',
}

/** '' is how the gallery opens. */
const sort = { '': 'Trending', likes: 'Most liked', new: 'Newest', changed: 'Last changed' }

export const gallery = {
  title: 'Spaces',
  titleBy: (author: string) => `Spaces by ${author}`,
  /** `total` is '' until it is known, and `10000+` where nobody counts on. */
  heading: (total: string, author: string): ReactNode =>
    [total, total === '1' ? 'Space' : 'Spaces', author && `by ${author}`].filter(Boolean).join(' '),
  /** `mark` stands before the words. */
  headingRunning: (heading: ReactNode, mark: ReactNode, running: number): ReactNode => (
    <>
      {heading},{' '}
      <em>
        {mark}
        {running} running now
      </em>
    </>
  ),
  searchBy: 'Title, author, tag or model',
  noMatch: (filters: readonly string[]) => `No Space matches ${filters.join(', ')}.`,
  without: (filter: string) => `Without ${filter}`,
  trending: 'Trending now',
  featured: 'Featured',
  featuredBy: (name: string) => `Featured by ${name}`,
  arrived: (count: number) => `${count} new`,
  more: 'Show more',
  loading: 'Loading',
  everything: 'That is every Space you can see.',
  all: 'That is all of them.',
  create: 'Create one',
  none: 'No Space yet. Create one, then push a repository to it.',
  createSpace: 'Create a Space',
  startFrom: 'Or start from a template',
  signInToCreate: 'Sign in to create one',
  status,
  sort,
  quoted: (search: string) => `“${search}”`,
  onHardware: (hardware: string) => `on ${hardware}`,
  tagged: (tag: string) => `tagged ${tag}`,
  withModel: (model: string) => `with ${model}`,
  byAuthor: (author: string) => `by ${author}`,
  likedByYou: 'liked by you',
  filters: {
    label: 'Filter and sort',
    filter: 'Filter',
    all: 'All',
    mine: 'Mine',
    liked: 'Liked',
    by: (author: string) => `By ${author}`,
    sortedBy: (sort: string) => `Sort: ${sort}`,
    sort: 'Sort',
    status: 'Status',
    sdk: 'SDK',
    hardware: 'Hardware',
    tag: 'Tag',
    model: 'Model',
    author: 'Author',
    counting: 'Counting',
    noTag: 'No Space here has a tag.',
    noModel: 'No Space here names a model.',
    noAuthor: 'Nobody yet.',
    match: (total: string) => `${total} match.`,
    clear: 'Clear',
    show: (total: string) => `Show ${total} ${total === '1' ? 'Space' : 'Spaces'}`,
  },
  peek: {
    waking: 'Waking',
    onlyOwner: (owner: string) => `Only ${owner} can start it again.`,
    previous: 'Previous Space',
    next: 'Next Space',
    open: 'Open',
  },
}
