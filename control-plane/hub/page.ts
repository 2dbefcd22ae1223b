/** The built page: its files under their hashed names for ever, and for every other address its one HTML file, never kept. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import compression from 'compression'
import express, { type Request, type Response, Router } from 'express'
import { type Words, wordsFor } from '../words.ts'
import { escaped, type Reading } from './reading.ts'

/**
 * @param folder `web/dist`; the page says how to build it where that is missing.
 * @param read what a page says without JavaScript; where it cannot be told the page comes without.
 */
export function pageRouter(folder: string, read: (request: Request) => Promise<Reading | undefined>): Router {
  const router = Router()
  router.use(
    '/assets',
    (request, response, next) => {
      preferCompressed(path.join(folder, 'assets'), request, response)
      next()
    },
    express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '365d', index: false, fallthrough: false }),
  )
  router.use(express.static(folder, { index: false, maxAge: '1h' }))
  router.get('/{*path}', compression(), async (request, response, next) => {
    if (!request.accepts('html')) return next()
    let page: string
    try {
      page = readFileSync(path.join(folder, 'index.html'), 'utf8')
    } catch {
      response.status(503).type('text/plain').send('The page has not been built. Run: npm run web\n')
      return
    }
    const reading = await read(request).catch(() => undefined)
    response.setHeader('Cache-Control', 'no-store')
    response.vary('Accept-Language')
    const said = withWords(page, wordsFor(request.headers['accept-language']))
    const asked = request.originalUrl === '/' ? withFirstAnswers(said) : said
    response.type('html').send(reading ? withReading(asked, reading) : asked)
  })
  return router
}

/** Leads to the file that the build compressed, for whoever takes it so. */
function preferCompressed(assets: string, request: Request, response: Response): void {
  const [, name = '', kind = ''] = /^\/([\w.-]+\.(m?js|css))$/.exec(request.path) ?? []
  if (!name) return
  response.vary('Accept-Encoding')
  if (!request.acceptsEncodings('gzip') || !existsSync(path.join(assets, `${name}.gz`))) return
  request.url = `/${name}.gz`
  response.setHeader('Content-Encoding', 'gzip')
  response.type(kind)
}

/** What the gallery's scripts ask for first is fetched while they come. The addresses are those of web/api/queries.ts. */
function withFirstAnswers(page: string): string {
  const links = ['/api/plaza/me', '/api/plaza/spaces?'].map(
    (address) => `<link rel="preload" as="fetch" href="${address}" crossorigin />`,
  )
  return page.replace('</head>', () => `${links.join('')}</head>`)
}

/** What is said where no script runs: whoever chose another language than their browser's has scripts, which say the rest. */
export function withWords(page: string, { lang, reading }: Words): string {
  return page
    .replace(/<html lang="[^"]*">/, () => `<html lang="${lang}">`)
    .replace(
      /<noscript\s*>[^]*?<\/noscript\s*>/,
      () => `<noscript><p class="page">${escaped(reading.withoutScripts)}</p></noscript>`,
    )
}

/** Functions as replacements: a stranger's `$&` is no pattern. */
export function withReading(page: string, reading: Reading): string {
  const { title, description, url, body, image } = reading
  const meta = (property: string, content: string) => `<meta property="${property}" content="${escaped(content)}" />`
  const head = [
    `<title>${escaped(title)} · Plaza</title>`,
    meta('og:type', 'website'),
    meta('og:site_name', 'Plaza'),
    meta('og:title', title),
    meta('og:description', description),
    meta('og:url', url),
    // The one name that is not Open Graph's; what else it wants it takes from there.
    `<meta name="twitter:card" content="${image ? 'summary_large_image' : 'summary'}" />`,
    ...(image
      ? [
          meta('og:image', image.url),
          meta('og:image:type', image.type),
          meta('og:image:width', String(image.width)),
          meta('og:image:height', String(image.height)),
          meta('og:image:alt', image.alt),
        ]
      : []),
    `<link rel="canonical" href="${escaped(url)}" />`,
  ].join('\n    ')
  return page
    .replace(/<title>[^<]*<\/title>/, () => head)
    .replace(
      /<meta\s+name="description"\s+content="[^"]*"\s*\/?>/,
      () => `<meta name="description" content="${escaped(description)}" />`,
    )
    .replace(
      '<div id="root"></div>',
      () => `<div id="root"><noscript><main class="page reading">${body}</main></noscript></div>`,
    )
}
