/** Somebody else's git server: https with a certificate of its own, git's own program behind it, and a few bad manners. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { git } from '../plaza.ts'

const run = promisify(execFile)

export type Elsewhere = AsyncDisposable & {
  /** `https://127.0.0.1:PORT`; repositories are at `/NAME.git`. */
  url: string
  /** Where its repositories lie. */
  folder: string
  /** The certificate, to be trusted. */
  certificate: string
  /** Makes a repository of one commit for each set of files, one upon the other. */
  add(name: string, ...commits: Record<string, string>[]): Promise<void>
  /** Paths that were asked for. */
  asked: string[]
}

/** Answers besides git: `/to?https://…` redirects there, `/private.git` asks who it is, `/slow.git` never answers. */
export async function openElsewhere(): Promise<Elsewhere> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-elsewhere-'))
  const certificate = path.join(folder, 'certificate.pem')
  const key = path.join(folder, 'key.pem')
  const kind = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ')
  const names = ['-subj', '/CN=elsewhere', '-addext', 'subjectAltName=IP:127.0.0.1,IP:127.0.0.2,DNS:localhost']
  await run('openssl', [...kind, ...names, '-keyout', key, '-out', certificate])
  const asked: string[] = []
  const server = https.createServer(
    { key: await readFile(key), cert: await readFile(certificate) },
    (request, response) => {
      const url = new URL(request.url ?? '/', 'https://localhost')
      asked.push(url.pathname)
      if (url.pathname.startsWith('/slow.git')) return
      if (url.pathname.startsWith('/private.git')) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="elsewhere"' }).end()
        return
      }
      if (url.pathname.startsWith('/to/')) {
        const [host = '', ...rest] = url.pathname.slice('/to/'.length).split('/')
        response.writeHead(302, { location: `https://${host}/${rest.join('/')}${url.search}` }).end()
        return
      }
      const backend = spawn('git', ['http-backend'], {
        env: {
          PATH: process.env['PATH'],
          GIT_PROJECT_ROOT: folder,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: url.pathname,
          QUERY_STRING: url.search.slice(1),
          REQUEST_METHOD: request.method,
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
          GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
          HOME: folder,
        },
      })
      request.pipe(backend.stdin)
      const chunks: Buffer[] = []
      backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      backend.on('close', () => {
        const answer = Buffer.concat(chunks)
        const end = answer.indexOf('\r\n\r\n')
        const fields = answer.subarray(0, end).toString('latin1').split('\r\n')
        const headers = Object.fromEntries(fields.map((field) => field.split(': ', 2)))
        response.writeHead(Number.parseInt(headers['Status'] ?? '200', 10), headers).end(answer.subarray(end + 4))
      })
    },
  )
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    folder,
    certificate,
    asked,
    async add(name, ...commits) {
      const work = await mkdtemp(path.join(folder, 'work-'))
      await git(work, 'init', '--quiet', '--initial-branch=main')
      for (const [number, files] of commits.entries()) {
        for (const [file, content] of Object.entries(files)) {
          await mkdir(path.dirname(path.join(work, file)), { recursive: true })
          await writeFile(path.join(work, file), content)
        }
        await git(work, 'add', '--all', '--force')
        await git(work, 'commit', '--quiet', '--message', `Commit ${number + 1}`)
      }
      await git(folder, 'clone', '--quiet', '--bare', '--', work, path.join(folder, `${name}.git`))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
