/**
 * The gallery and a Space's page for whoever runs no JavaScript: text browsers, previews of links, search engines.
 * The page's scripts take its place as soon as they run. Every word of it is a stranger's and is escaped.
 */
import type { Request } from 'express'
import { may } from '../accounts/permissions.ts'
import { discover, noFilter } from '../community/discover.ts'
import { observeSpaces } from '../spaces/observe.ts'
import { findSpace } from '../spaces/space.ts'
import { previewSize } from '../pictures/preview-page.ts'
import type { Store } from '../store/database.ts'
import { stageWord } from '../../web/parts/stage-word.ts'
import { type Words, wordsFor } from '../words.ts'
import { type Access, guarded } from './access.ts'
import type { Addresses } from './addresses.ts'
import { presentSummary, type SpaceSummary } from './gallery.ts'
import { picturesOf, previewLink, previewSubject } from './pictures.ts'

/** What stands in a page before its scripts run. `body` is HTML, the rest is text. */
export type Reading = {
  title: string
  description: string
  url: string
  body: string
  /** What stands beside a link to it elsewhere. */
  image?: { url: string; type: string; width: number; height: number; alt: string }
}

const pageSize = 60

/** Undefined for pages that only make sense with scripts, and for Spaces that the viewer may not see. */
export function readings(parts: {
  store: Store
  access: Access
  addresses: Addresses
  /** Whether there is a browser that draws previews. */
  withPreviews: boolean
}): (request: Request) => Promise<Reading | undefined> {
  const { store, access, addresses, withPreviews } = parts
  return async (request) => {
    const at = new URL(request.originalUrl, addresses.platform)
    if (at.pathname === '/') return await gallery(at, request)
    const [, spaces, owner = '', name = '', ...rest] = at.pathname.split('/').map(decoded)
    return spaces === 'spaces' && rest.join('') === '' ? await space(owner, name, request) : undefined
  }

  async function gallery(at: URL, request: Request): Promise<Reading> {
    const viewer = await access.viewer(request)
    const words = wordsFor(request.headers['accept-language'])
    const { reading: say } = words
    const part = (key: string) => at.searchParams.get(key)?.trim() ?? ''
    const filter = {
      ...noFilter,
      search: part('search'),
      author: part('author'),
      sdk: part('sdk'),
      tags: at.searchParams.getAll('tag').filter(Boolean),
    }
    const page = await discover(store.read, viewer, filter, {
      sort: 'trending',
      cursor: at.searchParams.get('cursor'),
      limit: pageSize,
    })
    const states = new Map((await observeSpaces(store.read, page.ids)).map((state) => [state.space.id, state]))
    const found = page.ids.flatMap((id) => {
      const state = states.get(id)
      return state ? [presentSummary(state, addresses, { liked: false, featuredBy: undefined })] : []
    })
    const next = new URL(at)
    if (page.next) next.searchParams.set('cursor', page.next)
    const title = filter.author ? say.spacesBy(filter.author) : say.spaces
    return {
      title,
      description: say.about,
      url: `${addresses.platform.origin}/`,
      body: [
        `<h1>${escaped(title)}</h1>`,
        `<form action="/"><label>${escaped(say.search)} <input type="search" name="search" value="`,
        `${escaped(filter.search)}"></label> <button>${escaped(say.find)}</button></form>`,
        found.length === 0
          ? `<p>${escaped(say.none)}</p>`
          : `<ul>${found.map((one) => item(one, words)).join('')}</ul>`,
        page.next ? `<p><a href="${escaped(next.pathname + next.search)}">${escaped(say.more)}</a></p>` : '',
      ].join(''),
    }
  }

  async function space(owner: string, name: string, request: Request): Promise<Reading | undefined> {
    const viewer = await access.viewer(request)
    const row = await findSpace(store.read, owner, name)
    if (!row || !may(viewer, 'space.see', guarded(row))) return undefined
    const [state] = await observeSpaces(store.read, [row.id])
    if (!state) return undefined
    const one = presentSummary(state, addresses, { liked: false, featuredBy: undefined })
    const words = wordsFor(request.headers['accept-language'])
    const { reading: say } = words
    const title = say.byOwner(one.title, one.owner)
    const taken = (await picturesOf(store.read, [row.id])).get(row.id)
    const preview = previewLink(row, previewSubject(row, taken, addresses.platform.host))
    const image = {
      url: new URL(preview, addresses.platform).href,
      type: 'image/jpeg',
      ...previewSize,
      alt: title,
    }
    return {
      ...(withPreviews ? { image } : {}),
      title,
      description: one.shortDescription ?? say.aSpaceBy(one.title, one.owner),
      url: one.url,
      body: [
        `<h1>${escaped(one.title)}</h1>`,
        `<p>${escaped(one.shortDescription ?? '')}</p>`,
        `<p>${escaped(say.by)} <a href="/?author=${escaped(encodeURIComponent(one.owner))}">${escaped(one.owner)}</a> · `,
        `${escaped(say.on(words.stage[stageWord(one.stage)], one.hardware))} · ${escaped(say.likes(one.likes))}</p>`,
        `<p><a href="${escaped(one.origin)}">${escaped(say.open)}</a></p>`,
        one.tags.length > 0 ? `<p>${escaped(say.tags)} ${one.tags.map(tagLink).join(escaped(say.comma))}</p>` : '',
        `<p>${escaped(say.files)} <code>git clone ${escaped(one.url)}</code></p>`,
        `<p><a href="/">${escaped(say.all)}</a></p>`,
      ].join(''),
    }
  }
}

function item(space: SpaceSummary, { reading: say }: Words): string {
  const about = space.shortDescription ? ` ${escaped(space.shortDescription)}` : ''
  const title = `<a href="/spaces/${escaped(space.id)}">${escaped(space.title)}</a>`
  return `<li>${say.byOwner(title, escaped(space.owner))}${escaped(say.stop)}${about}</li>`
}

function tagLink(tag: string): string {
  return `<a href="/?tag=${escaped(encodeURIComponent(tag))}">${escaped(tag)}</a>`
}

/** For text and for attributes in double quotes. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
