/** Files of a static Space, straight from its folder; no way out of it, by whatever name. */
import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import send from 'send'
import { type Refusal, refuse } from './answers.ts'

export type StaticSite = { root: string; appFile: string; headers: Readonly<Record<string, string>> }

const notFound: Refusal = {
  status: 404,
  error: 'There is no such file in this Space.',
  remedy: 'Check the address.',
  code: 'entry_not_found',
}

/** @param target path and query of the request. */
export async function serveStatic(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  site: StaticSite,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    refuse(request, response, {
      status: 405,
      error: 'A static Space only has files to read.',
      remedy: 'Use GET or HEAD.',
      code: 'bad_request',
    })
    return
  }
  const wanted = filePath(target, site.appFile)
  const found = wanted === undefined ? undefined : await locate(site.root, wanted)
  switch (found?.kind) {
    case 'file':
      await sendFile(request, response, found.path, site, 200)
      return
    case 'folder':
      // Relative links inside index.html need the slash.
      redirect(response, target)
      return
    case undefined: {
      const page = await locate(site.root, '404.html')
      if (page?.kind === 'file') await sendFile(request, response, page.path, site, 404)
      else refuse(request, response, notFound)
    }
  }
}

/** The path below the root that a target means; undefined for what can mean none (pure). */
export function filePath(target: string, appFile: string): string | undefined {
  const end = target.search(/[?#]/)
  const encoded = end === -1 ? target : target.slice(0, end)
  if (encoded === '/') return appFile
  let decoded: string
  try {
    decoded = decodeURIComponent(encoded)
  } catch {
    return undefined
  }
  // An encoded slash would let a name hold a path.
  if (/%2f|%5c/i.test(encoded) || /[\0\\]/.test(decoded)) return undefined
  const isFolder = decoded.endsWith('/')
  const segments = decoded.split('/').slice(1, isFolder ? -1 : undefined)
  if (segments.some((segment) => segment === '' || segment.startsWith('.'))) return undefined
  return [...segments, ...(isFolder ? ['index.html'] : [])].join('/')
}

type Found = { kind: 'file'; path: string } | { kind: 'folder' }

async function locate(root: string, wanted: string): Promise<Found | undefined> {
  try {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(path.join(root, wanted))])
    // Links are followed, and must end inside; also behind a link no dotfile is shown.
    const inside = path.relative(realRoot, real)
    if (inside.split(path.sep).some((segment) => segment.startsWith('.')) || path.isAbsolute(inside)) return undefined
    const found = await stat(real)
    if (found.isFile()) return { kind: 'file', path: real }
    return found.isDirectory() && inside !== '' ? { kind: 'folder' } : undefined
  } catch {
    return undefined
  }
}

function redirect(response: ServerResponse, target: string): void {
  const end = target.search(/[?#]/)
  const folder = end === -1 ? target : target.slice(0, end)
  // One slash in front: `//host/` would lead to another host.
  const location = `/${folder.replace(/^\/+/, '')}/${end === -1 ? '' : target.slice(end)}`
  response.writeHead(301, { Location: location, 'Cache-Control': 'no-cache', 'Content-Length': 0 }).end()
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
  site: StaticSite,
  status: 200 | 404,
): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve)
    response.statusCode = status
    send(request, encodeURIComponent(path.basename(file)), {
      root: path.dirname(file),
      dotfiles: 'allow',
      index: false,
      cacheControl: false,
      // A page that stands in for a missing one is always sent whole.
      acceptRanges: status === 200,
      etag: status === 200,
      lastModified: status === 200,
    })
      .on('headers', (response: ServerResponse, _path: string, found: { size: number; mtimeMs: number }) => {
        response.setHeader('Cache-Control', 'no-cache')
        // Each commit has a folder of its own; size and time alone may be the same in two of them.
        if (status === 200) response.setHeader('ETag', `"${entityTag(site.root, file, found)}"`)
        for (const [name, value] of Object.entries(site.headers)) response.setHeader(name, value)
      })
      .on('error', (error: { status?: number }) => {
        if (error.status === 416) {
          response.statusCode = 416
          response.end()
        } else refuse(request, response, error.status === 412 ? { ...notFound, status: 412 } : notFound)
      })
      .pipe(response)
  })
}

function entityTag(root: string, file: string, found: { size: number; mtimeMs: number }): string {
  return createHash('sha256')
    .update(`${root}\0${file}\0${found.size}\0${found.mtimeMs}`)
    .digest('base64url')
    .slice(0, 27)
}
