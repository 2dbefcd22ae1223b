/**
 * Photographs a page of a Space. Both the page and, once it has taken it over, the browser are hostile: it runs in the
 * sandbox that Spaces run in, as a user of its own, with a profile that ends with it and one port of loopback as its network.
 */
import { existsSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import type { Sandbox } from '../../runtime/local/sandbox.ts'
import type { Finding } from '../../runtime/runtime.ts'
import { DevTools } from './devtools.ts'
import { servePage } from './one-page.ts'
import { print, type Size } from './print.ts'
import { type Shot, visit } from './visit.ts'

export type Camera = {
  /** Why no pictures are taken, in words; undefined: they are. */
  readonly problem: string | undefined
  /**
   * @param url on the host's 127.0.0.1, and all of the network that the browser gets.
   * @throws Error when the browser fails; a page that fails is a verdict.
   */
  take(url: URL, signal: AbortSignal): Promise<Shot>
  /** A page of the platform's own on loopback, as a JPEG. @throws Error when the browser fails. */
  print(url: URL, size: Size, signal: AbortSignal): Promise<Buffer>
  /** Tries it on a page of its own, for `plaza doctor`. */
  findings(): Promise<readonly Finding[]>
}

/** Real programs, not the wrappers that read what is not in the sandbox, nor Ubuntu's, which is a snap. */
const programs = [
  '/usr/lib/chromium/chromium',
  '/usr/lib64/chromium-browser/chromium-browser',
  '/usr/lib/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome',
]

/** Nobody else is it: builds are 60999, Spaces begin at 61001. */
const browserUser = { uid: 60_998, gid: 60_998 }
/** Chromium counts threads by the dozen; 1 GiB is four times what a page with a large table takes. */
const limits = { cpu: 2, memory: 1024 ** 3, processes: 512, background: true }
/** Milliseconds in all: the start on a busy machine, the page, the pictures. */
const timeLimit = 40_000

/** bwrap is the sandbox here; Chromium's own would need the namespaces that are forbidden inside. */
const options = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--disable-breakpad',
  '--disable-dev-shm-usage',
  '--disable-features=Translate,OptimizationHints,MediaRouter,WebUSB,WebBluetooth',
  '--block-new-web-contents',
  '--mute-audio',
  '--no-pings',
  '--window-size=1280,800',
  '--user-data-dir=/tmp/profile',
  '--remote-debugging-pipe',
]

/** Chromium reads commands from descriptor 3 and answers on 4; what the sandbox hands through is 0 and 1. */
const pipes = 'exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1'

export function openCamera(sandbox: Sandbox): Camera {
  const program = programs.find((path) => existsSync(path))
  const problem =
    program === undefined
      ? 'There is no Chromium here.'
      : sandbox.isolated
        ? undefined
        : 'Without a sandbox no page of a stranger is opened.'

  /** One browser at a time, whoever wants it. */
  let free: Promise<unknown> = Promise.resolve()
  const browse = async <T>(url: URL, signal: AbortSignal, use: (devtools: DevTools) => Promise<T>): Promise<T> => {
    const mine = free.then(async () => {
      signal.throwIfAborted()
      return await open(url, signal, use)
    })
    free = mine.catch(() => {})
    return await mine
  }

  const open = async <T>(url: URL, signal: AbortSignal, use: (devtools: DevTools) => Promise<T>): Promise<T> => {
    if (program === undefined || problem !== undefined) throw new Error(problem)
    const input = new PassThrough()
    const devtools = new DevTools((text) => void input.write(text))
    const over = new AbortController()
    const limit = AbortSignal.any([signal, over.signal, AbortSignal.timeout(timeLimit)])
    const ran = sandbox
      .run(
        {
          name: 'picture',
          command: ['/bin/sh', '-c', pipes, 'picture', ...background(), program, ...options],
          env: { LANG: 'C.UTF-8' },
          cwd: '/tmp',
          mounts: readable(program),
          network: { onlyHostPort: Number(url.port) },
          limits,
          user: browserUser,
        },
        (text) => devtools.receive(text),
        limit,
        input,
      )
      .then(
        ({ code, signal, oom }) =>
          new Error(oom ? 'The browser used more than 1 GiB.' : `The browser ended with ${signal ?? code}.`),
        (error: unknown) =>
          limit.aborted ? new Error(`No picture within ${timeLimit / 1000} s.`) : new Error(String(error)),
      )
      .then((error) => devtools.end(error))
    try {
      return await use(devtools)
    } finally {
      over.abort()
      await ran
      input.destroy()
    }
  }

  const take: Camera['take'] = async (url, signal) =>
    await browse(url, signal, async (devtools) => await visit(devtools, url.href))

  return {
    problem,
    take,
    print: async (url, size, signal) =>
      await browse(url, signal, async (devtools) => await print(devtools, url.href, size)),
    async findings() {
      const what = 'pictures of Spaces'
      if (program === undefined) {
        const remedy = 'Debian: apt-get install chromium. Ubuntu’s is a snap: take Google Chrome’s package there.'
        return [{ what, ok: false, detail: `${problem} Cards are drawn instead.`, remedy }]
      }
      if (problem !== undefined) {
        return [{ what, ok: false, detail: `${problem} Cards are drawn instead.`, remedy: 'See the sandbox’s remedy.' }]
      }
      try {
        await using page = await servePage(
          (_request, response) =>
            void response
              .setHeader('Content-Type', 'text/html')
              .end('<body style="background: linear-gradient(red, blue)">'),
        )
        const began = performance.now()
        const { verdict } = await take(page.url, AbortSignal.timeout(timeLimit))
        if (verdict !== 'good') throw new Error(`A page of its own came out as ${verdict}.`)
        const seconds = ((performance.now() - began) / 1000).toFixed(1)
        return [{ what, ok: true, detail: `${program} took one in its sandbox in ${seconds} s.` }]
      } catch (error) {
        const detail = `${program} took none: ${error instanceof Error ? error.message : String(error)}`
        return [{ what, ok: false, detail, remedy: 'Try it anew with a current Chromium. Cards are drawn meanwhile.' }]
      }
    },
  }
}

/** Everybody else first: for machines whose control groups the platform may not write. */
function background(): string[] {
  const nice = existsSync('/usr/bin/nice') ? ['/usr/bin/nice', '-n', '19'] : []
  return existsSync('/usr/bin/ionice') ? [...nice, '/usr/bin/ionice', '-t', '-c', '3'] : nice
}

function readable(program: string) {
  const folders = ['/var/cache/fontconfig', ...(program.startsWith('/opt/google/') ? ['/opt/google'] : [])]
  return folders.filter((path) => existsSync(path)).map((path) => ({ from: path, to: path, writable: false }))
}
