/** The built page: its files under their hashed names for ever, and for every other address its one HTML file, never kept. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import express, { Router } from 'express'

/** @param folder `web/dist`; the page says how to build it where that is missing. */
export function pageRouter(folder: string): Router {
  const router = Router()
  router.use(
    '/assets',
    express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '365d', index: false, fallthrough: false }),
  )
  router.use(express.static(folder, { index: false, maxAge: '1h' }))
  router.get('/{*path}', (request, response, next) => {
    if (!request.accepts('html')) return next()
    try {
      response.setHeader('Cache-Control', 'no-store')
      response.type('html').send(readFileSync(path.join(folder, 'index.html')))
    } catch {
      response.status(503).type('text/plain').send('The page has not been built. Run: npm run web\n')
    }
  })
  return router
}
