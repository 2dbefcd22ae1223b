import { randomInt } from 'node:crypto'
import { lstat, mkdir, readFile, readdir, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuildError, type BuildRequest, type Image } from '../../builder/builder.ts'
import { openSandbox, privateRanges, type Sandbox } from '../../runtime/local/sandbox.ts'
import { buildUser, keptLog, scratchFolder, Workshop } from './build-fixture.ts'

const sandboxFolder = await scratchFolder()
const plain = await openSandbox({ folder: join(sandboxFolder.folder, 'plain'), forbidden: [], plain: true })
const tried = await openSandbox({ folder: join(sandboxFolder.folder, 'isolated'), forbidden: privateRanges })
const isolated = tried.isolated ? tried : undefined
const missing = tried.findings.filter(({ ok }) => !ok).map(({ what, detail }) => `${what}: ${detail}`)
const unless = isolated === undefined ? ` (skipped: no isolation here, ${missing.join('; ')})` : ''
afterAll(() => sandboxFolder[Symbol.asyncDispose]())

const sandboxes: { name: string; sandbox: Sandbox }[] = [{ name: 'without isolation', sandbox: plain }]
if (isolated !== undefined) sandboxes.push({ name: 'in the sandbox', sandbox: isolated })

/** What root's platform takes from everyone, an ordinary user's takes from others: it must be able to delete its folder. */
const closed = buildUser === undefined ? 0o022 : 0o222

const gradio = { sdk: 'gradio' } as const

function environment(image: Image) {
  if (image.kind !== 'environment') throw new Error(`not an environment: ${image.kind}`)
  return image
}

async function failure(work: Promise<unknown>): Promise<BuildError> {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof BuildError) return error
  throw new Error(`expected a BuildError, got ${String(error)}`)
}

async function there(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function sitePackages(path: string): Promise<string> {
  const [python = ''] = await readdir(join(path, 'lib'))
  return join(path, 'lib', python, 'site-packages')
}

describe.each(sandboxes)('the local builder $name', ({ sandbox }) => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>
  let shop: Workshop
  beforeAll(async () => {
    scratch = await scratchFolder()
    shop = new Workshop(scratch.folder, sandbox)
    await shop.builder.prepare()
  }, 240_000)
  afterAll(async () => {
    await shop.builder[Symbol.asyncDispose]()
    await scratch[Symbol.asyncDispose]()
  }, 60_000)

  const run = async (image: Image, code: string) => {
    const { path, python, source } = environment(image)
    const base = join(await realpath(python), '../..')
    let output = ''
    const end = await sandbox.run(
      {
        name: 'try',
        command: [python, '-c', code],
        env: { PATH: '/usr/bin:/bin' },
        cwd: source,
        mounts: [path, source, ...(base.startsWith('/usr') ? [] : [base])].map((place) => ({
          from: place,
          to: place,
          writable: false,
        })),
        network: {},
        user: buildUser,
      },
      (text) => (output += text),
      AbortSignal.timeout(30_000),
    )
    return { code: end.code, output: output.trim() }
  }

  test('a static Space is its files', async () => {
    const { image, log } = await shop.build(await shop.request({ sdk: 'static' }, { 'index.html': '<p>hi' }))
    expect(image.kind).toBe('static')
    expect(await readFile(join(image.kind === 'static' ? image.root : '', 'index.html'), 'utf8')).toBe('<p>hi')
    expect(log.phases).toEqual(['cloning'])
  })

  test('a Python without requirements is ready without an installation', async () => {
    const { image } = await shop.build(await shop.request(gradio, { 'app.py': '' }))
    expect(await run(image, 'import sys; print(sys.prefix != sys.base_prefix)')).toEqual({ code: 0, output: 'True' })
  })

  test('requirements are installed, told in the log, and used again by another commit and another owner', async () => {
    const files = { 'app.py': '', 'requirements.txt': 'six==1.17.0\n' }
    const first = await shop.build(await shop.request(gradio, files))
    expect(first.log.phases).toEqual(['cloning', 'resolving', 'installing'])
    expect(first.log.text).toMatch(/^Resolved 1 package for Python 3\.\d+\.\d+ in /m)
    expect(first.log.text).toMatch(/^\+ six 1\.17\.0$/m)
    expect(await run(first.image, 'import six; print(six.__version__)')).toEqual({ code: 0, output: '1.17.0' })

    const again = await shop.build(
      await shop.request(gradio, { ...files, 'app.py': 'print(2)' }, { cacheScope: 'bob' }),
    )
    expect(environment(again.image).path).toBe(environment(first.image).path)
    expect(environment(again.image).source).not.toBe(environment(first.image).source)
    expect(again.log.text).toContain('Same requirements as before: nothing to install.')
    expect(again.log.phases).toEqual(['cloning'])
  })

  test('ten builds at once install once', async () => {
    const files = { 'app.py': '', 'requirements.txt': 'itsdangerous==2.2.0\n' }
    const requests = await Promise.all(Array.from({ length: 10 }, () => shop.request(gradio, files)))
    const builds = await Promise.all(requests.map((request) => shop.build(request)))
    expect(new Set(builds.map(({ image }) => environment(image).path)).size).toBe(1)
    expect(builds.filter(({ log }) => log.text.includes('+ itsdangerous'))).toHaveLength(1)
  })

  test('when the build that installs is cancelled, one that waits for it takes over', async () => {
    // Its first run never ends; the package cache of the scope remembers that there was one.
    const setup = `
import os, pathlib, time
from setuptools import setup
ran = pathlib.Path(os.environ['UV_CACHE_DIR']) / 'ran'
if not ran.exists():
    ran.touch()
    time.sleep(600)
setup(name='once', py_modules=['once'])
`
    const files = { 'app.py': '', 'requirements.txt': './once\n', 'once/setup.py': setup, 'once/once.py': '' }
    const scope = { cacheScope: 'takes-over' }
    const [first, second] = [await shop.request(gradio, files, scope), await shop.request(gradio, files, scope)]
    const cancel = new AbortController()
    const installing = Promise.withResolvers<void>()
    const firstLog = keptLog((said) => said === 'resolving' && installing.resolve())
    const outcome = shop.builder.build(first, firstLog, cancel.signal).then(
      () => 'built',
      (error: unknown) => String(error),
    )
    await installing.promise
    const ran = join(scratch.folder, 'plaza/caches/takes-over/sources/cache/ran')
    await expect.poll(() => there(ran), { timeout: 30_000 }).toBe(true)
    const secondLog = keptLog((said) => said.includes('waiting for it') && cancel.abort(new Error('cancelled')))
    const image = await shop.builder.build(second, secondLog, AbortSignal.timeout(60_000))
    expect(await outcome).toBe('Error: cancelled')
    expect(secondLog.text).toContain('+ once')
    expect(await run(image, 'import once')).toEqual({ code: 0, output: '' })
  })

  test('a fresh build makes the environment again beside the old one, and the next build gets it', async () => {
    const files = { 'app.py': '', 'requirements.txt': 'six==1.16.0\n' }
    const request = await shop.request(gradio, files)
    const old = environment((await shop.build(request)).image)
    const fresh = environment((await shop.build({ ...request, id: 'fresh', fresh: true })).image)
    expect(fresh.key).toBe(old.key)
    expect(fresh.path).not.toBe(old.path)
    expect(await there(old.path)).toBe(true)
    expect(environment((await shop.build({ ...request, id: 'next' })).image).path).toBe(fresh.path)
  })

  test('an environment that a dying platform left unfinished is not used', async () => {
    const request = await shop.request(gradio, { 'app.py': '', 'requirements.txt': 'itsdangerous==2.0.1\n' })
    const unfinished = environment((await shop.build(request)).image)
    await rm(`${unfinished.path}.json`)
    const { image, log } = await shop.build({ ...request, id: 'later' })
    expect(environment(image).path).not.toBe(unfinished.path)
    expect(log.text).toContain('+ itsdangerous 2.0.1')
  })

  test('pre-requirements are installed before the others', async () => {
    const { log } = await shop.build(
      await shop.request(gradio, {
        'app.py': '',
        'pre-requirements.txt': 'six==1.15.0',
        'requirements.txt': '-r deps/more.txt',
        'deps/more.txt': 'itsdangerous==2.1.2',
      }),
    )
    expect(log.text.indexOf('+ six 1.15.0')).toBeLessThan(log.text.indexOf('+ itsdangerous 2.1.2'))
    expect(log.text).toContain('+ six 1.15.0')
  })

  test('an environment is not to be written by those who use it', async () => {
    const { image } = await shop.build(
      await shop.request(gradio, { 'app.py': '', 'requirements.txt': 'six==1.17.0\n' }),
    )
    const { output } = await run(
      image,
      `
import os, sys
site = next(p for p in sys.path if p.endswith('site-packages'))
for place in (site + '/planted.py', sys.prefix + '/bin/planted', 'planted.py'):
    try: open(place, 'w'); print('wrote', place)
    except OSError as e: print('refused')
`,
    )
    if (buildUser !== undefined || sandbox.isolated)
      expect(output.split('\n')).toEqual(['refused', 'refused', 'refused'])
    expect((await stat(environment(image).path)).mode & closed).toBe(0)
    const module = await stat(join(await sitePackages(environment(image).path), 'six.py'))
    expect(module.mode & closed).toBe(0)
    // Where others could write to the cache, nothing is linked to it.
    if (!sandbox.isolated) expect(module.nlink).toBe(1)
    if (!sandbox.isolated && buildUser !== undefined) expect(module.uid).toBe(0)
  })

  test.skipIf(!sandbox.isolated)(
    'what several environments of an owner have in common is on the disk once (skipped without isolation)',
    async () => {
      const build = async (requirements: string) => {
        const files = { 'app.py': '', 'requirements.txt': requirements }
        const { image } = await shop.build(await shop.request(gradio, files, { cacheScope: 'carl' }))
        return {
          path: environment(image).path,
          file: join(await sitePackages(environment(image).path), 'six.py'),
          image,
        }
      }
      const first = await build('six==1.14.0\n')
      shop.builder.settled(first.image)
      await expect.poll(() => there(`${first.path}.compiled`), { timeout: 60_000 }).toBe(true)
      const second = await build('six==1.14.0\nitsdangerous==2.2.0\n')
      expect((await stat(second.file)).ino).toBe((await stat(first.file)).ino)
      expect((await stat(second.file)).mode & closed).toBe(0)
    },
  )

  test('bytecode is compiled once the first start is over, and the environment stays closed', async () => {
    const { image } = await shop.build(
      await shop.request(gradio, { 'app.py': '', 'requirements.txt': 'six==1.17.0\n' }),
    )
    const { path } = environment(image)
    shop.builder.settled(image)
    shop.builder.settled(image)
    await expect.poll(() => there(`${path}.compiled`), { timeout: 60_000 }).toBe(true)
    const compiled = join(await sitePackages(path), '__pycache__')
    expect((await readdir(compiled)).some((name) => name.startsWith('six.'))).toBe(true)
    expect((await stat(path)).mode & closed).toBe(0)
    expect(await run(image, 'import six, os; print(os.path.exists(six.__cached__))')).toEqual({
      code: 0,
      output: 'True',
    })
  })

  describe('says in words why a build failed', () => {
    test.each([
      [
        'there is no such package',
        'six\nno-such-package-plaza-zz\n',
        'resolving',
        /^requirements\.txt, line 2: There is no package named no-such-package-plaza-zz/,
      ],
      ['there is no such version', '\nsix==99\n', 'resolving', /^requirements\.txt, line 2: .*six==99/],
      [
        'versions contradict each other',
        'six==1.16\nsix==1.15\n',
        'resolving',
        /^The requirements contradict each other\. requirements\.txt, line 1: .*six==1\.16 and six==1\.15/,
      ],
      [
        'a package contradicts another',
        'werkzeug==3.1.3\nmarkupsafe==1.1.1\n',
        'resolving',
        /^The requirements contradict each other\. .*werkzeug==3\.1\.3/,
      ],
      ['no wheel fits this Python', 'tensorflow==2.5.0\n', 'resolving', /^requirements\.txt, line 1: .*no wheels/],
      ['a line is no requirement', 'six\nsix=1\n', 'resolving', /^requirements\.txt, line 2: /],
    ] as const)('when %s', async (_, requirements, phase, message) => {
      const request = await shop.request(gradio, { 'app.py': '', 'requirements.txt': requirements })
      const error = await failure(shop.build(request))
      expect(error.message).toMatch(message)
      expect(error.phase).toBe(phase)
      expect(error.remedy).not.toBe('')
    })

    test('when setup.py fails', async () => {
      const request = await shop.request(gradio, {
        'app.py': '',
        'requirements.txt': './bad',
        'bad/setup.py': "raise RuntimeError('no way')",
      })
      expect((await failure(shop.build(request))).message).toMatch(
        /^requirements\.txt, line 1: Building \.\/bad from its source failed: RuntimeError: no way$/,
      )
    })

    test('when the Python is gone since the plan was made', async () => {
      const request = await shop.request(gradio, { 'app.py': '' })
      const plan = request.plan.kind === 'python' ? { ...request.plan, python: '3.4' } : request.plan
      const error = await failure(shop.build({ ...request, plan }))
      expect(error.message).toBe('Python 3.4 is not on this machine.')
      expect(error.remedy).toMatch(/3\.\d+\.\d+/)
    })

    test('when the commit is not there', async () => {
      const request = await shop.request(gradio, { 'app.py': '' })
      expect((await failure(shop.build({ ...request, commit: '0'.repeat(40) }))).phase).toBe('cloning')
    })

    test.skipIf(sandbox.cgroups === undefined)(
      'when it needs more memory than it may have (skipped without cgroups)',
      async () => {
        await using small = await scratchFolder()
        const resources = { cpu: 1, memory: 256 * 1024 ** 2, processes: 64 }
        const tight = new Workshop(small.folder, sandbox, { resources })
        const hungry = "hold = []\nwhile True: hold.append(bytearray(b'x') * (16 << 20))"
        const request = await tight.request(gradio, {
          'app.py': '',
          'requirements.txt': './hungry',
          'hungry/setup.py': hungry,
        })
        expect((await failure(tight.build(request))).message).toBe('The build used more memory than it may have.')
      },
    )

    test('when it takes too long', async () => {
      await using slow = await scratchFolder()
      const impatient = new Workshop(slow.folder, sandbox, { resolving: 3 })
      const request = await impatient.request(gradio, {
        'app.py': '',
        'requirements.txt': './slow',
        'slow/setup.py': 'import time; time.sleep(600)',
      })
      const error = await failure(impatient.build(request))
      expect([error.phase, error.message]).toEqual(['resolving', 'Choosing the packages took longer than 3 s.'])
    }, 120_000)
  })

  test('a failed and a cancelled build leave nothing behind', async () => {
    const environments = join(scratch.folder, 'plaza/environments')
    const before = await readdir(environments)
    await failure(
      shop.build(await shop.request(gradio, { 'app.py': '', 'requirements.txt': 'no-such-package-plaza-zz\n' })),
    )
    const cancel = new AbortController()
    const request = await shop.request(gradio, {
      'app.py': '',
      'requirements.txt': './slow',
      'slow/setup.py': 'import time; time.sleep(600)',
    })
    const build = shop.builder.build(
      request,
      keptLog((said) => said === 'resolving' && cancel.abort(new Error('stop'))),
      cancel.signal,
    )
    await expect(build).rejects.toThrow('stop')
    expect(await readdir(environments)).toEqual(before)
    expect(await readdir(join(scratch.folder, 'plaza/builds'))).toEqual([])
  })

  test('nothing in a commit runs or leads out while it is written out', async () => {
    const ran = join(scratch.folder, 'ran')
    const { image, log } = await shop.build(
      await shop.request(
        { sdk: 'static' },
        {
          'index.html': '',
          '.gitattributes': '* filter=evil\n*.bin filter=lfs diff=lfs merge=lfs\n',
          '.gitmodules': `[submodule "x"]\n\tpath = sub\n\turl = ext::sh -c "touch ${ran}"\n`,
          '-x.html': 'dash',
          '$(touch ran).html': 'shell',
          'new\nline.html': 'line',
          outside: { link: '/etc/passwd' },
          sub: { submodule: '1'.repeat(40) },
        },
      ),
    )
    const root = image.kind === 'static' ? image.root : ''
    expect(await readFile(join(root, '$(touch ran).html'), 'utf8')).toBe('shell')
    expect(await readFile(join(root, 'new\nline.html'), 'utf8')).toBe('line')
    expect(await readlink(join(root, 'outside'))).toBe('/etc/passwd')
    expect(await there(ran)).toBe(false)
    expect(log.text).toContain('"sub" is a git submodule')
  })

  test('what has no wheel is built from source, for its owner alone', async () => {
    const files = { 'app.py': '', 'requirements.txt': 'antlr4-python3-runtime==4.9.3\n' }
    const first = await shop.build(await shop.request(gradio, files))
    expect(first.log.text).toContain('Not everything comes as a wheel')
    expect(first.log.text).not.toContain('error:')
    expect(await run(first.image, 'import antlr4')).toEqual({ code: 0, output: '' })
    const second = await shop.build(await shop.request(gradio, files))
    expect(environment(second.image).path).toBe(environment(first.image).path)
    const bobs = await shop.build(await shop.request(gradio, files, { cacheScope: 'bob' }))
    expect(environment(bobs.image).path).not.toBe(environment(first.image).path)
  })

  test('a package of the repository is installed without writing into the commit’s files', async () => {
    const { image } = await shop.build(
      await shop.request(gradio, {
        'app.py': '',
        'requirements.txt': '-e ./pkg\n',
        'pkg/setup.py': "from setuptools import setup; setup(name='own', py_modules=['own'])",
        'pkg/own.py': 'print("mine")',
      }),
    )
    expect(await run(image, 'import own')).toEqual({ code: 0, output: 'mine' })
    expect((await readdir(join(environment(image).source, 'pkg'))).sort()).toEqual(['own.py', 'setup.py'])
  })

  test('cleaning up keeps what is wanted and removes the rest', async () => {
    await using other = await scratchFolder()
    let time = 1_000_000_000_000
    const tidy = new Workshop(other.folder, sandbox, {}, () => time)
    const wanted = (await tidy.build(await tidy.request(gradio, { 'app.py': '', 'requirements.txt': 'six==1.17.0' })))
      .image
    const unwanted = (await tidy.build(await tidy.request(gradio, { 'app.py': '', 'requirements.txt': 'six==1.16.0' })))
      .image
    const plaza = join(other.folder, 'plaza')
    const dead = join(plaza, 'environments', `${'a'.repeat(64)}-0123456789ab`)
    await mkdir(dead)
    await mkdir(join(plaza, 'builds', 'dead-0123456789ab'))
    await tidy.builder.collect([])
    expect(await there(environment(unwanted).path), 'what was just built stays').toBe(true)
    expect(await there(dead)).toBe(false)
    time += 3_600_000
    expect(await tidy.builder.collect([wanted])).toBeGreaterThan(0)
    expect(await there(environment(wanted).path)).toBe(true)
    expect(await there(environment(wanted).source)).toBe(true)
    expect(await there(environment(unwanted).path)).toBe(false)
    expect(await there(environment(unwanted).source)).toBe(false)
    expect(await readdir(join(plaza, 'builds'))).toEqual([])
    expect(
      (await readdir(join(plaza, 'environments'))).filter((name) => !name.startsWith(environment(wanted).key)),
    ).toEqual([])
    const again = await tidy.build(await tidy.request(gradio, { 'app.py': '', 'requirements.txt': 'six==1.16.0' }))
    expect(await run(again.image, 'import six')).toMatchObject({ code: 0 })
    await tidy.builder[Symbol.asyncDispose]()
  }, 120_000)
})

describe('the SDKs that cards name', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>
  let shop: Workshop
  const sandbox = isolated ?? plain
  beforeAll(async () => {
    scratch = await scratchFolder()
    shop = new Workshop(scratch.folder, sandbox)
    await shop.builder.prepare()
  }, 240_000)
  afterAll(async () => {
    await shop.builder[Symbol.asyncDispose]()
    await scratch[Symbol.asyncDispose]()
  }, 60_000)

  /** Starts a built app and works with its address; ends it afterwards. */
  async function started(request: BuildRequest, work: (host: string) => Promise<void>) {
    const { image } = await shop.build(request)
    const { path, source } = environment(image)
    const { plan } = request
    if (plan.kind !== 'python') throw new Error('not a Python plan')
    const outside = await freePort()
    const inside = sandbox.isolated ? plan.port : outside
    const [program = '', ...args] = plan.command
    const stop = new AbortController()
    let output = ''
    const end = sandbox.run(
      {
        name: 'app',
        command: [
          join(path, 'bin', program),
          ...args.map((arg) => arg.replaceAll('{port}', String(inside)).replaceAll('{host}', '127.0.0.1')),
        ],
        env: { PATH: '/usr/bin:/bin', HOME: '/tmp', GRADIO_SERVER_PORT: String(inside) },
        cwd: source,
        mounts: [path, source].map((place) => ({ from: place, to: place, writable: false })),
        network: { forward: { host: '127.0.0.1', outside, inside } },
        user: buildUser,
      },
      (text) => (output += text),
      stop.signal,
    )
    const ended = end.then(
      () => undefined,
      () => undefined,
    )
    try {
      const answers = () =>
        fetch(`http://127.0.0.1:${outside}/`, { signal: AbortSignal.timeout(5000) }).then(
          ({ status }) => status,
          () => 0,
        )
      await expect.poll(answers, { timeout: 60_000, interval: 100, message: output }).toBe(200)
      await work(`127.0.0.1:${outside}`)
    } finally {
      stop.abort(new Error('seen enough'))
      await ended
    }
  }

  test('gradio 6.31.0 is installed for sdk_version and answers', async () => {
    const app = "import gradio as gr\ngr.Interface(lambda name: 'hello ' + name, 'text', 'text').launch()"
    const request = await shop.request({ sdk: 'gradio', sdkVersion: '6.31.0' }, { 'app.py': app })
    await started(request, async (host) => {
      const config: unknown = await (await fetch(`http://${host}/config`)).json()
      expect(config).toMatchObject({ version: '6.31.0' })
    })
  }, 240_000)

  test('streamlit takes websockets and uploads under a name that it does not know, without its cookie', async () => {
    const request = await shop.request(
      { sdk: 'streamlit' },
      { 'app.py': "import streamlit as st\nst.file_uploader('f')\nst.write('hi')" },
    )
    await started(request, async (host) => {
      const headers = { Host: 'ann-demo.spaces.example.org', Origin: 'https://hub.example.com' }
      const socket = new WebSocket(`ws://${host}/_stcore/stream`, ['streamlit'], { headers, handshakeTimeout: 10_000 })
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      socket.terminate()
      const form = new FormData()
      form.set('file', new Blob(['x']), 'x.txt')
      const upload = await fetch(`http://${host}/_stcore/upload_file/no-such-session/1`, {
        method: 'PUT',
        body: form,
        headers: { Origin: headers.Origin },
      })
      expect(await upload.text()).not.toMatch(/xsrf/i)
      expect(upload.status, 'the session is unknown, the request is not refused').not.toBe(403)
    })
  }, 240_000)
})

describe.skipIf(isolated === undefined)(`a hostile setup.py in the sandbox${unless}`, () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>
  let shop: Workshop
  beforeAll(async () => {
    scratch = await scratchFolder()
    shop = new Workshop(scratch.folder, isolated ?? plain)
    await shop.builder.prepare()
  }, 240_000)
  afterAll(async () => {
    await shop.builder[Symbol.asyncDispose]()
    await scratch[Symbol.asyncDispose]()
  }, 60_000)

  /** Builds a package whose setup.py runs `attack`, which says what it found by `found.append(...)`; returns that. */
  async function attack(code: string, cacheScope: string): Promise<unknown[]> {
    const setup = `
import json, os, socket
from setuptools import setup
found = []
${code}
open('findings.py', 'w').write('found = ' + repr(json.dumps(found)))
setup(name='findings', py_modules=['findings'])
`
    const files = { 'app.py': '', 'requirements.txt': './evil\n', 'evil/setup.py': setup }
    const { image } = await shop.build(await shop.request(gradio, files, { cacheScope }))
    const text = await readFile(join(await sitePackages(environment(image).path), 'findings.py'), 'utf8')
    const found: unknown = JSON.parse(/^found = '(.*)'$/.exec(text)?.[1] ?? 'null')
    if (!Array.isArray(found)) throw new Error(`no findings in ${text}`)
    return found
  }

  test('sees no files of other Spaces, of other owners’ caches or of the platform', async () => {
    const secret = join(scratch.folder, 'plaza', 'secret.txt')
    const victim = await shop.build(
      await shop.request(
        gradio,
        { 'app.py': 'SECRET = 1', 'requirements.txt': 'six==1.17.0' },
        { cacheScope: 'victim' },
      ),
    )
    await writeFile(secret, 'secret', { mode: 0o644 })
    const { path, source } = environment(victim.image)
    const places = [
      secret,
      path,
      source,
      join(scratch.folder, 'plaza/caches/victim'),
      join(scratch.folder, 'plaza/caches/eve/wheels'),
      process.cwd(),
      '/root',
      '/home',
      '/etc/passwd-',
      '/var/lib/postgresql',
    ]
    const found = await attack(
      `
for place in json.loads(${JSON.stringify(JSON.stringify(places))}):
    try: found.append([place, os.listdir(place) if os.path.isdir(place) else open(place).read()])
    except OSError as e: pass
`,
      'eve',
    )
    expect(found).toEqual([])
  })

  test('sees none of the platform’s variables or processes', async () => {
    const found = await attack(
      `
found.append(sorted(os.environ))
found.append([open('/proc/%s/cmdline' % p).read().split(chr(0))[0] for p in os.listdir('/proc') if p.isdigit()])
`,
      'eve',
    )
    const [variables, processes] = found as [string[], string[]]
    expect(variables).toContain('UV_CACHE_DIR')
    expect(variables.filter((name) => /PLAZA|SECRET|VITEST|NODE_|npm_/.test(name))).toEqual([])
    expect(processes.length).toBeGreaterThan(0)
    expect(processes.filter((name) => /node|vitest|postgres/.test(name))).toEqual([])
  })

  test('reaches no loopback port of the machine', async () => {
    let reached = 0
    const server = createServer((socket) => {
      reached += 1
      socket.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const gateways = `[line.split()[2] for line in open('/proc/net/route') if line.split()[2] not in ('Gateway', '00000000')]`
    const found = await attack(
      `
import struct
hosts = ['127.0.0.1', '127.5.6.7', '0.0.0.0', '::1'] + [socket.inet_ntoa(struct.pack('<L', int(g, 16))) for g in ${gateways}]
for host in hosts:
    try: socket.create_connection((host, ${port}), 3); found.append(host)
    except OSError: pass
`,
      'eve',
    )
    server.close()
    expect({ found, reached }).toEqual({ found: [], reached: 0 })
  })

  test('that poisons every package it can write reaches neither shared environments nor another owner', async () => {
    const files = { 'app.py': '', 'requirements.txt': 'itsdangerous==2.1.2\n' }
    await shop.build(await shop.request(gradio, files, { cacheScope: 'mallory', fresh: true }))
    // It spoils what its own build needs too: that one may fail.
    await attack(
      `
poison = 'raise SystemExit("poisoned")'
cache = os.environ['UV_CACHE_DIR']
for base in (cache, cache + '/../../wheels', os.path.dirname(cache), os.path.dirname(os.path.dirname(cache))):
    for folder, _, names in os.walk(base):
        for name in names + ['planted.py']:
            try: open(os.path.join(folder, name), 'w').write(poison)
            except OSError: pass
`,
      'mallory',
    ).catch(() => undefined)
    const caches = join(scratch.folder, 'plaza/caches')
    const poisoned = async (scope: string) => {
      const found = await readdir(join(caches, scope), { recursive: true, withFileTypes: true })
      const texts = found
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'))
      return (await Promise.all(texts)).some((text) => text.startsWith('raise SystemExit("poisoned")'))
    }
    expect(await poisoned('mallory/sources'), 'the attack did something').toBe(true)
    expect(await poisoned('mallory/wheels')).toBe(false)
    for (const cacheScope of ['mallory', 'victim']) {
      const { image } = await shop.build(await shop.request(gradio, files, { cacheScope, fresh: true }))
      const module = await readFile(
        join(await sitePackages(environment(image).path), 'itsdangerous/__init__.py'),
        'utf8',
      )
      expect(module).toContain('__version__')
    }
    const own = {
      'app.py': '',
      'requirements.txt': './own\n',
      'own/setup.py': "from setuptools import setup; setup(name='own', py_modules=['own'])",
      'own/own.py': '',
    }
    expect((await shop.build(await shop.request(gradio, own, { cacheScope: 'victim' }))).log.text).toContain('+ own')
  })

  test('leaves no process, and no file that it could change or that gives it rights', async () => {
    const seconds = String(randomInt(1_000_000, 9_000_000))
    const setup = `
import os, subprocess
from setuptools import setup
silent = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
subprocess.Popen(['/bin/sleep', '${seconds}'], start_new_session=True, **silent)
site = [os.path.join(d, 'site-packages') for d, n, f in os.walk(os.path.realpath('../../../../environments')) if 'site-packages' in n]
for place in site:
    if os.path.lexists(place + '/link.py'): continue
    open(place + '/open.py', 'w').close(); os.chmod(place + '/open.py', 0o6777)
    os.symlink('/etc/shadow', place + '/link.py'); os.symlink('/etc', place + '/__pycache__')
setup(name='leaves', py_modules=['leaves'])
`
    const shadow = await stat('/etc/shadow').catch(() => undefined)
    const { image } = await shop.build(
      await shop.request(
        gradio,
        { 'app.py': '', 'requirements.txt': './evil\n', 'evil/setup.py': setup, 'evil/leaves.py': '' },
        { cacheScope: 'eve' },
      ),
    )
    const commands = (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    expect((await Promise.all(commands)).filter((command) => command.includes(seconds))).toEqual([])
    const site = await sitePackages(environment(image).path)
    expect(await readdir(site)).toContain('open.py')
    expect((await stat(join(site, 'open.py'))).mode & (0o6000 | closed)).toBe(0)
    const before = await readdir('/etc')
    shop.builder.settled(image)
    await expect.poll(() => there(`${environment(image).path}.compiled`), { timeout: 60_000 }).toBe(true)
    expect(await readdir('/etc')).toEqual(before)
    expect((await stat('/etc/shadow').catch(() => undefined))?.mode).toBe(shadow?.mode)
    expect((await stat('/etc/shadow').catch(() => undefined))?.uid).toBe(shadow?.uid)
  })
})
