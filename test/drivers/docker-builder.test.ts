/** The builder of images, with the engine's own BuildKit. */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { BuildError, type BuildRequest, type Image } from '../../builder/builder.ts'
import { installedOf } from '../../builder/docker/bytecode.ts'
import { openDockerBuilder, type DockerBuilder, type DockerBuilderOptions } from '../../builder/docker/build.ts'
import type { BuildPlan, PythonPlan } from '../../builder/plan.ts'
import { keptLog, scratchFolder } from './build-fixture.ts'
import { builtImages } from './built-images.ts'
import { testEngine } from './test-engine.ts'

const found = await testEngine()
const missing = 'missing' in found ? found.missing : undefined
const engine = 'missing' in found ? new Docker() : found.engine
const images = 'missing' in found ? { python: {}, node: '' } : found.images
const [pythonBase = ''] = Object.values(images.python)
const path = process.env['PATH'] ?? ''
const registryProgram = 'docker-registry'

type Files = Record<string, string | { link: string }>

describe.skipIf(missing !== undefined)(
  `the builder of images${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let scratch: Awaited<ReturnType<typeof scratchFolder>>
    let builder: DockerBuilder
    const made: DockerBuilder[] = []
    /** Whatever this file makes is told from another run's by it. */
    const salt = randomBytes(6).toString('hex')

    function open(options: Partial<DockerBuilderOptions> = {}): DockerBuilder {
      const opened = openDockerBuilder({
        engine,
        folder: join(scratch.folder, 'plaza'),
        env: process.env,
        path,
        images,
        log: { info: () => undefined, warn: (message) => console.warn(message) },
        ...options,
      })
      made.push(opened)
      return opened
    }

    beforeAll(async () => {
      scratch = await scratchFolder()
      builder = open()
      await builder.prepare()
    }, 120_000)

    afterAll(async () => {
      await Promise.all(made.map((builder) => builder[Symbol.asyncDispose]()))
      // Only what this file built: other builders may use this engine.
      for (const { Id } of await engine.listImages({ filters: { label: [`test=${salt}`] } })) {
        await engine
          .getImage(Id)
          .remove({ force: true })
          .catch(() => undefined)
      }
      for (const reference of references)
        await engine
          .getImage(reference)
          .remove({ force: true })
          .catch(() => undefined)
      await scratch[Symbol.asyncDispose]()
    }, 60_000)

    const references = new Set<string>()
    let count = 0

    async function request(plan: BuildPlan, files: Files, wanted: Partial<BuildRequest> = {}): Promise<BuildRequest> {
      const work = join(scratch.folder, `work-${randomBytes(4).toString('hex')}`)
      const git = (...args: string[]) =>
        execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
          cwd: work,
          encoding: 'utf8',
        }).trim()
      await mkdir(work)
      git('init', '-q')
      for (const [file, content] of Object.entries(files)) {
        await mkdir(dirname(join(work, file)), { recursive: true })
        if (typeof content === 'string') await writeFile(join(work, file), content)
        else await symlink(content.link, join(work, file))
      }
      git('add', '-A', '--force')
      git('commit', '-q', '--allow-empty', '-m', 'first')
      count += 1
      return {
        id: `b${count}`,
        spaceId: `space-${count}`,
        cacheScope: `ann-${salt}`,
        repository: join(work, '.git'),
        commit: git('rev-parse', 'HEAD'),
        plan,
        variables: {},
        secrets: {},
        fresh: false,
        ...wanted,
      }
    }

    async function build(request: BuildRequest, by = builder) {
      const log = keptLog()
      const image = await by.build(request, log, AbortSignal.timeout(120_000))
      if (image.kind === 'oci') {
        references.add(image.reference)
        references.add(image.reference.replace(/:[0-9a-f]{16}$/, ':latest'))
      }
      return { image, log }
    }

    async function failure(request: BuildRequest, by = builder): Promise<{ error: BuildError; log: string }> {
      const log = keptLog()
      const error: unknown = await by.build(request, log, AbortSignal.timeout(120_000)).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (error instanceof BuildError) return { error, log: log.text }
      throw new Error(`expected a BuildError, got ${String(error)}`)
    }

    /** What a command prints in an image. */
    async function run(image: Image, ...command: string[]): Promise<string> {
      const { reference } = oci(image)
      const container = await engine.createContainer({
        Image: reference,
        Cmd: command,
        Tty: true,
        NetworkDisabled: true,
      })
      try {
        const output = await container.attach({ stream: true, stdout: true, stderr: true })
        await container.start()
        return (await text(output)).replaceAll('\r', '').trim()
      } finally {
        await container.remove({ force: true })
      }
    }

    const about = (image: Image) => engine.getImage(oci(image).reference).inspect()

    /** The image that has come under another's name, once its bytecode is compiled. */
    async function compiled(image: Image, by: DockerBuilder) {
      by.settled(image)
      await expect.poll(async () => (await about(image)).Id, { timeout: 30_000 }).not.toBe(oci(image).digest)
      return about(image)
    }

    /** `n/of name state` of a build's last ones. */
    const stepsOf = (log: ReturnType<typeof keptLog>) =>
      log.lastSteps.filter(({ n }) => n !== undefined).map(({ n, of, name, state }) => `${n}/${of} ${name} ${state}`)

    /** A builder with images of its own, and what it warned of. */
    async function compiler(name: string, options: Partial<DockerBuilderOptions> = {}) {
      const folder = join(scratch.folder, name)
      const warnings: string[] = []
      const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) }
      const by = open({ folder, log, ...options })
      await by.prepare()
      onTestFinished(await builtImages(engine, folder))
      return { by, folder, warnings }
    }

    const ownDockerfile: BuildPlan = { kind: 'dockerfile', dockerfile: 'Dockerfile', port: 7860, warnings: [] }
    const dockerfile = (...lines: string[]) => [`FROM ${pythonBase}`, `LABEL test=${salt}`, ...lines, ''].join('\n')

    describe('Python', () => {
      test('requirements and Debian packages are there, for an unprivileged user, and told in the log', async () => {
        const plan = python({ requirements: 'six==1.17.0\n', systemPackages: ['cowsay'] })
        const files = { 'app.py': `# ${salt}`, 'requirements.txt': 'six==1.17.0\n', 'packages.txt': 'cowsay\n' }
        const { image, log } = await build(await request(plan, files))
        const code = 'import os, six; print(os.getuid(), os.getcwd(), os.environ["HOME"], six.__version__)'
        expect(await run(image, 'python', '-c', code)).toBe('1000 /home/user/app /home/user 1.17.0')
        expect(await run(image, '/usr/games/cowsay', 'hello')).toContain('< hello >')
        expect(await run(image, 'sh', '-c', 'touch app.py && stat -c %u:%g app.py . ..')).toBe(
          '1000:1000\n1000:1000\n1000:1000',
        )
        expect(log.phases).toEqual(['cloning', 'resolving', 'installing'])
        expect(log.text).toMatch(/^\[5\/6\] RUN uv pip install -r requirements\.txt$/m)
        expect(log.text).toMatch(/^Resolved 1 package for Python 3\.11 in /m)
        expect(log.text).toMatch(/^\+ six 1\.17\.0$/m)
        expect(oci(image).writable).toEqual(['/home/user', '/tmp'])
      })

      test('no address, certificate or tool of the build is left in the image', async () => {
        const plan = python({ requirements: 'six==1.17.0\n' })
        const by = open({ env: { ...process.env, UV_DEFAULT_INDEX: 'https://ann:hush@pypi.org/simple' } })
        const { image } = await build(await request(plan, { 'app.py': `#index ${salt}` }), by)
        const { reference } = oci(image)
        const about = JSON.stringify([
          await engine.getImage(reference).history(),
          await engine.getImage(reference).inspect(),
        ])
        expect(about).not.toMatch(/hush|pypi\.org/)
        const search = 'find / -xdev \\( -name "*plaza*" -o -name uv \\) -not -path "/proc/*"; env; cat /dev/shm/* 2>&1'
        expect(await run(image, 'sh', '-c', search)).not.toMatch(/plaza\/|\/uv$|CERT|hush/m)
      })

      test('the same files are built once, by whomever', async () => {
        const plan = python({ requirements: 'six==1.17.0\n' })
        const files = { 'app.py': `# same ${salt}`, 'requirements.txt': 'six==1.17.0\n' }
        const first = await build(await request(plan, files))
        const again = await build(await request(plan, files, { cacheScope: 'bob' }))
        expect(again.image).toEqual(first.image)
        expect(again.log.text).toMatch(/nothing to build/)
        expect(again.log.lastSteps).toEqual([])
      })

      test('a change of the app makes the last layer only', async () => {
        const plan = python({ requirements: 'six==1.17.0\n' })
        await build(await request(plan, { 'app.py': `# one ${salt}`, 'requirements.txt': 'six==1.17.0\n' }))
        const { image, log } = await build(
          await request(plan, { 'app.py': `# two ${salt}`, 'requirements.txt': 'six==1.17.0\n' }),
        )
        expect(await run(image, 'cat', 'app.py')).toBe(`# two ${salt}`)
        const states = log.lastSteps.filter(({ n }) => n !== undefined).map(({ n, of, state }) => `${n}/${of} ${state}`)
        expect(states.slice(1)).toEqual(['2/5 cached', '3/5 cached', '4/5 cached', '5/5 done'])
        expect(log.text).toMatch(/^\[4\/5\] RUN uv pip install -r requirements\.txt\ncached$/m)
      })

      test('what is built from source stays with its owner, and a wheel is tried first', async () => {
        const plan = python({ requirements: 'docopt==0.6.2\n' })
        const files = { 'app.py': `# source ${salt}`, 'requirements.txt': 'docopt==0.6.2\n' }
        const { image, log } = await build(await request(plan, files))
        expect(await run(image, 'python', '-c', 'import docopt; print(docopt.__version__)')).toBe('0.6.2')
        expect(log.text).toMatch(/building the rest from source/)
        expect(log.text).not.toMatch(/^error:/m)
        const other = await build(await request(plan, files, { cacheScope: `bob-${salt}` }))
        expect(oci(other.image).digest).not.toBe(oci(image).digest)
        expect(other.log.lastSteps.find(({ n }) => n === 4)?.state).toBe('done')
      })

      test('a package of the repository is installed out of a copy', async () => {
        const setup = 'from setuptools import setup\nsetup(name="local-part", version="3.1", py_modules=["part"])\n'
        const files = {
          'app.py': `# local ${salt}`,
          'requirements.txt': './lib\n',
          'lib/setup.py': setup,
          'lib/part.py': 'x = 41\n',
        }
        const plan = python({
          requirements: './lib\n',
          includes: [{ path: 'lib', kind: 'folder', object: salt.padEnd(40, '0') }],
          indexOnly: false,
        })
        const { image } = await build(await request(plan, files))
        expect(await run(image, 'python', '-c', 'import part; print(part.x)')).toBe('41')
        expect(await run(image, 'ls', '/home/user/app/lib')).toBe('part.py  setup.py')
      })

      test('a requirement and a Debian package that do not exist are told with their lines', async () => {
        const wrong = await failure(
          await request(python({ requirements: 'six\nplaza-nosuch-package\n' }), { 'app.py': '' }),
        )
        expect(wrong.error).toMatchObject({
          phase: 'installing',
          message: 'requirements.txt, line 2: There is no package named plaza-nosuch-package in the package index.',
        })
        expect(wrong.log).toMatch(/^error: No solution found/m)
        const debian = await failure(
          await request(python({ systemPackages: ['plaza-nosuch'] }), {
            'app.py': '',
            'packages.txt': '# sound\nplaza-nosuch\n',
          }),
        )
        expect(debian.error.message).toBe('packages.txt, line 2: there is no Debian package named plaza-nosuch.')
      })

      test('a fresh build takes nothing from before, and the old image stays', async () => {
        const plan = python({ requirements: 'six==1.17.0\n' })
        const files = { 'app.py': `# fresh ${salt}`, 'requirements.txt': 'six==1.17.0\n' }
        const first = await build(await request(plan, files))
        const fresh = await build(await request(plan, files, { fresh: true }))
        expect(fresh.log.lastSteps.filter(({ n, state }) => n !== 1 && state === 'cached')).toEqual([])
        expect(oci(fresh.image).reference).not.toBe(oci(first.image).reference)
        expect(await run(first.image, 'true')).toBe('')
        expect((await build(await request(plan, files))).image).toEqual(fresh.image)
      })

      test('of two builds of the same at once one builds', async () => {
        const plan = python({ requirements: 'six==1.17.0\n' })
        const files = { 'app.py': `# twice ${salt}` }
        const [one, two] = await Promise.all([build(await request(plan, files)), build(await request(plan, files))])
        expect(one.image).toEqual(two.image)
        expect([one, two].filter(({ log }) => /waiting for it|nothing to build/.test(log.text))).toHaveLength(1)
      })

      describe('bytecode', () => {
        const plan = python({ requirements: 'six==1.17.0\n' })
        const app = (words: string) => ({ 'app.py': `# ${words} ${salt}`, 'requirements.txt': 'six==1.17.0\n' })
        const look = 'ls /opt/venv/lib/python3.11/site-packages/__pycache__/ 2>&1'
        const compile = 'RUN compile bytecode'

        test('comes once an image has started, under the name that it has, and stays with its packages', async () => {
          let now = Date.now()
          const { by, warnings } = await compiler('compiled', { now: () => now })
          const first = (await build(await request(plan, app('one')), by)).image
          expect(await run(first, 'sh', '-c', look)).toMatch(/No such file/)
          const { Id, RootFS } = await compiled(first, by)
          expect(await run(first, 'sh', '-c', look)).toMatch(/^six\.cpython-311\.pyc$/m)
          expect(RootFS.Layers?.slice(0, -2)).toEqual(
            (await engine.getImage(oci(first).digest).inspect()).RootFS.Layers?.slice(0, -1),
          )
          // The same files have it from the start.
          expect(oci((await build(await request(plan, app('one')), by)).image).digest).toBe(Id)

          const changed = await build(await request(plan, app('two')), by)
          expect(stepsOf(changed.log).slice(-3)).toEqual([
            '4/6 RUN uv pip install -r requirements.txt cached',
            `5/6 ${compile} cached`,
            '6/6 COPY . /home/user/app done',
          ])
          expect(await run(changed.image, 'sh', '-c', `${look}; cat app.py`)).toMatch(/six\.c[^]*# two/)
          expect(
            await run(changed.image, 'python', '-c', 'import six, os; print(os.path.exists(six.__cached__))'),
          ).toBe('True')
          // It has what there is to have.
          by.settled(changed.image)
          by.settled(first)

          now += 3_600_000
          await by.collect([first])
          expect((await about(first)).Id).toBe(Id)
          await expect(engine.getImage(oci(first).digest).inspect()).rejects.toThrow(/No such image/)
          await by[Symbol.asyncDispose]()
          expect(warnings).toEqual([])
        })

        test('is not that of other packages: a fresh build has none, and what follows it has its own', async () => {
          const { by } = await compiler('refreshed')
          const first = (await build(await request(plan, app('one')), by)).image
          await compiled(first, by)
          const fresh = await build(await request(plan, app('one'), { fresh: true }), by)
          expect(stepsOf(fresh.log).at(-1)).toBe('5/5 COPY . /home/user/app done')
          const installed = (await about(fresh.image)).RootFS.Layers?.slice(0, -1)
          const unsettled = await build(await request(plan, app('two')), by)
          expect(stepsOf(unsettled.log).slice(-2)).toEqual([
            '4/5 RUN uv pip install -r requirements.txt cached',
            '5/5 COPY . /home/user/app done',
          ])
          expect((await about(unsettled.image)).RootFS.Layers?.slice(0, -1)).toEqual(installed)
          expect((await compiled(fresh.image, by)).RootFS.Layers?.slice(0, -2)).toEqual(installed)
          const settled = await build(await request(plan, app('three')), by)
          expect(stepsOf(settled.log).at(-2)).toBe(`5/6 ${compile} cached`)
          expect((await about(settled.image)).RootFS.Layers?.slice(0, -2)).toEqual(installed)
        })

        test('of a file that does not compile is none, of the others it is', async () => {
          const { by, warnings } = await compiler('broken')
          const setup = 'from setuptools import setup\nsetup(name="part", version="1", py_modules=["part", "broken"])\n'
          const files = {
            'requirements.txt': './lib\n',
            'lib/setup.py': setup,
            'lib/part.py': '',
            'lib/broken.py': 'def',
          }
          const includes = [{ path: 'lib', kind: 'folder' as const, object: salt.padEnd(40, '1') }]
          const local = python({ requirements: './lib\n', includes, indexOnly: false })
          const { image } = await build(await request(local, { 'app.py': salt, ...files }), by)
          await compiled(image, by)
          expect(await run(image, 'sh', '-c', look)).toMatch(/^part\.cpython-311\.pyc$/m)
          expect(await run(image, 'sh', '-c', look)).not.toMatch(/broken/)
          expect(warnings).toEqual([])
        })

        test('is the standard library’s too, where the base image comes without', async () => {
          const bare = dockerfile('RUN find /usr/lib/python3.11 -name __pycache__ -prune -exec rm -r {} +')
          const base = oci((await build(await request(ownDockerfile, { Dockerfile: bare }))).image).reference
          const { by } = await compiler('bare', { images: { ...images, python: { '3.11': base } } })
          const { image } = await build(await request(plan, app('one')), by)
          const library = 'ls /usr/lib/python3.11/__pycache__/os.cpython-311.pyc 2>&1'
          expect(await run(image, 'sh', '-c', library)).toMatch(/No such file/)
          await compiled(image, by)
          expect(await run(image, 'sh', '-c', library)).not.toMatch(/No such file/)
          expect(await run(image, 'sh', '-c', look)).toMatch(/^six\./m)
        })

        test('that the engine has forgotten is waited for by nobody', async () => {
          const { by } = await compiler('forgotten')
          const first = await build(await request(plan, app('one')), by)
          const container = await engine.createContainer({ Image: oci(first.image).reference, Cmd: ['true'] })
          const label = `LABEL plaza.bytecode=${installedOf((await about(first.image)).RootFS.Layers ?? [])}`
          await container.commit({ changes: label }).finally(() => container.remove({ force: true }))
          const { image, log } = await build(await request(plan, app('two')), by)
          expect(log.text).toMatch(/^The engine has forgotten the bytecode: it is compiled again after the start\.$/m)
          expect(log.text).not.toMatch(/error/i)
          expect(stepsOf(log).at(-1)).toBe('5/5 COPY . /home/user/app done')
          expect(await run(image, 'cat', 'app.py')).toBe(`# two ${salt}`)
          await compiled(image, by)
        })

        test('that cannot be compiled is told to the operator alone', async () => {
          const { by, folder, warnings } = await compiler('gone')
          const wanted = await request(plan, app('one'))
          const { image, log } = await build(wanted, by)
          const said = log.text
          await rm(wanted.repository, { recursive: true })
          by.settled(image)
          await expect.poll(() => warnings, { timeout: 30_000 }).toHaveLength(1)
          expect(warnings[0]).toMatch(/^Bytecode of plaza\/[0-9a-f]+:[0-9a-f]+ was not compiled: /)
          expect(log.text).toBe(said)
          expect((await about(image)).Id).toBe(oci(image).digest)
          expect(await readdir(join(folder, 'builds'))).toEqual([])
        })

        test('that is being compiled when the platform stops is left', async () => {
          const { by, folder, warnings } = await compiler('stopped')
          const { image } = await build(await request(plan, app('one')), by)
          by.settled(image)
          await by[Symbol.asyncDispose]()
          expect((await about(image)).Id).toBe(oci(image).digest)
          expect(await readdir(join(folder, 'builds'))).toEqual([])
          expect(warnings).toEqual([])
        })
      })

      test('a base image that is not there is the operator’s to mend', async () => {
        const by = open({ images: { python: 'localhost:1/plaza-nosuch:{version}', node: '' } })
        const { error } = await failure(await request(python({}), { 'app.py': '' }), by)
        expect(error.phase).toBe('resolving')
        expect(error.message).toMatch(/^The base image localhost:1\/plaza-nosuch:3\.12 could not be fetched: /)
        expect(error.remedy).toMatch(/images in plaza\.yaml/)
      })
    })

    describe('an own Dockerfile', () => {
      test('has its variables as arguments and its secrets while it builds, and keeps no secret', async () => {
        const files = {
          Dockerfile: dockerfile(
            'ARG GREETING',
            'RUN --mount=type=secret,id=TOKEN test "$(cat /run/secrets/TOKEN)" = hush-$(echo 7) && echo "$GREETING" > /said',
            'COPY . /app',
          ),
          'a.txt': 'a',
        }
        const wanted = { variables: { GREETING: 'good day', OTHER: 'x' }, secrets: { TOKEN: 'hush-7' } }
        const { image, log } = await build(await request(ownDockerfile, files, wanted))
        expect(await run(image, 'cat', '/said', '/app/a.txt')).toBe('good day\na')
        const { reference, writable } = oci(image)
        expect(writable).toBeUndefined()
        const about = JSON.stringify([
          await engine.getImage(reference).history(),
          await engine.getImage(reference).inspect(),
        ])
        expect(about).toContain('good day')
        expect(about).not.toContain('hush-7')
        expect(log.text).not.toContain('hush-7')
        expect(await run(image, 'sh', '-c', 'cat /run/secrets/* /dev/shm/* 2>/dev/null; true')).toBe('')
      })

      test('a variable that it does not declare builds nothing anew', async () => {
        const files = { Dockerfile: dockerfile('RUN echo once'), 'a.txt': salt }
        const first = await build(await request(ownDockerfile, files, { variables: { A: '1' } }))
        const again = await build(
          await request(ownDockerfile, files, { variables: { A: '2', BUILDKIT_SYNTAX: 'evil/x' } }),
        )
        expect(again.image).toEqual(first.image)
      })

      test('its steps and their output are the log', async () => {
        const files = { Dockerfile: dockerfile('RUN echo this is "step two"', 'WORKDIR /x'), salt }
        const { log } = await build(await request(ownDockerfile, files, { cacheScope: `steps-${salt}` }))
        expect(log.text).toMatch(/^\[2\/3\] RUN echo this is "step two"\nthis is step two\ndone in \d+\.\d s$/m)
        expect(log.lastSteps.map(({ n, of, name, state }) => [n, of, name, state])).toEqual([
          [1, 3, `FROM docker.io/${pythonBase}`, expect.stringMatching(/^(done|cached)$/)],
          [2, 3, 'RUN echo this is "step two"', 'done'],
          [3, 3, 'WORKDIR /x', 'done'],
          [undefined, undefined, 'exporting to image', 'done'],
        ])
      })

      test('.dockerignore hides files from it', async () => {
        const files = {
          Dockerfile: dockerfile('COPY . /app'),
          '.dockerignore': '*\n!kept\nkept/*.tmp\n',
          'kept/a.txt': '',
          'kept/b.tmp': '',
          'dropped/c.txt': '',
        }
        const { image } = await build(await request(ownDockerfile, files))
        expect(await run(image, 'sh', '-c', 'cd /app && find . -type f | sort')).toBe(
          './.dockerignore\n./Dockerfile\n./kept/a.txt',
        )
      })

      test('layers that secrets had part in are found by nobody else', async () => {
        const files = {
          Dockerfile: dockerfile('RUN --mount=type=secret,id=TOKEN cat /run/secrets/TOKEN > /kept'),
          'a.txt': `own ${salt}`,
        }
        const ann = await build(await request(ownDockerfile, files, { secrets: { TOKEN: 'of-ann' } }))
        const bob = await build(
          await request(ownDockerfile, files, { secrets: { TOKEN: 'of-bob' }, cacheScope: `bob-${salt}` }),
        )
        expect(await run(ann.image, 'cat', '/kept')).toBe('of-ann')
        expect(await run(bob.image, 'cat', '/kept')).toBe('of-bob')
      })

      test('cache mounts are their owner’s, by whatever id', async () => {
        const mount = 'RUN --mount=type=cache,id=../shared,target=/c'
        const files = (n: number) => ({ Dockerfile: dockerfile(`${mount} echo ${n} >> /c/f && cat /c/f > /seen`) })
        await build(await request(ownDockerfile, files(1)))
        const again = await build(await request(ownDockerfile, files(2)))
        expect(await run(again.image, 'cat', '/seen')).toBe('1\n2')
        const mine = 'RUN --mount=type=cache,target=/c'
        const own = (n: number) => ({ Dockerfile: dockerfile(`${mine} echo ${n} >> /c/f && cat /c/f > /seen`) })
        await build(await request(ownDockerfile, own(1)))
        const stranger = await build(await request(ownDockerfile, own(2), { cacheScope: `bob-${salt}` }))
        expect(await run(stranger.image, 'cat', '/seen')).toBe('2')
      })

      test('a step that fails is told in words', async () => {
        const files = { Dockerfile: dockerfile('WORKDIR /x', 'RUN echo fine; echo "error: no such thing" >&2; exit 3') }
        const { error, log } = await failure(await request(ownDockerfile, files))
        expect(error).toMatchObject({
          phase: 'installing',
          message:
            'Step 3 of 3 (RUN echo fine; echo "error: no such thing" >&2; exit 3) ended with exit code 3: error: no such thing',
        })
        expect(log).toMatch(/^fine$/m)
        expect(log).toMatch(/^error: no such thing$/m)
      })

      test('a line that is none, a file that is not there, an image that nobody has', async () => {
        const typo = await failure(await request(ownDockerfile, { Dockerfile: dockerfile('RUM echo') }))
        expect(typo.error.message).toMatch(/^Dockerfile, line 3: unknown instruction: RUM/)
        const file = await failure(await request(ownDockerfile, { Dockerfile: dockerfile('COPY nosuch.txt /') }))
        expect(file.error.message).toMatch(/there is no nosuch\.txt in the repository/)
        const base = await failure(await request(ownDockerfile, { Dockerfile: 'FROM localhost:1/nosuch:2\nRUN true' }))
        expect(base.error).toMatchObject({ phase: 'resolving' })
        expect(base.error.message).toMatch(/^The base image localhost:1\/nosuch:2 could not be fetched: /)
        expect(base.error.remedy).toMatch(/after FROM/)
      })

      test('hostile files lead nowhere', async () => {
        const outside = await failure(await request(ownDockerfile, { Dockerfile: { link: '/etc/passwd' } }))
        expect(outside.error.message).toBe('Dockerfile is not a plain file.')
        const files = {
          Dockerfile: dockerfile('COPY . /app'),
          '.dockerignore': { link: '/etc/passwd' },
          '--checkpoint-action=exec=touch pwned': '',
          '-rf': '',
          'line\nbreak $(touch pwned)': '',
          leak: { link: '/etc/hostname' },
        }
        const { image } = await build(await request(ownDockerfile, files))
        expect(
          (await run(image, 'sh', '-c', 'find /app -mindepth 1 -printf . | wc -c; readlink /app/leak')).split('\n'),
        ).toEqual(['6', '/etc/hostname'])
        const bad = request(ownDockerfile, { Dockerfile: dockerfile() }, { id: '../../x' })
        await expect(build(await bad)).rejects.toThrow('Not usable as a folder')
        const commit = request(ownDockerfile, { Dockerfile: dockerfile() }, { commit: '--help' })
        await expect(build(await commit)).rejects.toThrow('Not a full commit hash')
      })
    })

    test('a build that is cancelled ends at once, in the engine too', async () => {
      const mark = `sleep 6${Math.floor(1000 + Math.random() * 9000)}`
      const wanted = await request(ownDockerfile, { Dockerfile: dockerfile(`RUN echo begun && ${mark}`) })
      const begun = Promise.withResolvers<void>()
      const cancel = new AbortController()
      const log = keptLog((said) => (said === 'begun\n' ? begun.resolve() : undefined))
      const building = builder.build(wanted, log, AbortSignal.any([cancel.signal, AbortSignal.timeout(60_000)]))
      building.catch(() => undefined)
      await Promise.race([begun.promise, building])
      const reason = new Error('Nobody wants it any more.')
      cancel.abort(reason)
      await expect(building).rejects.toBe(reason)
      await expect
        .poll(() => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(mark), {
          timeout: 10_000,
        })
        .toBe(false)
      expect(await readdir(join(scratch.folder, 'plaza', 'builds'))).toEqual([])
    })

    test('a build that takes too long is told so', async () => {
      const by = open({ limits: { building: 1 } })
      const { error } = await failure(await request(ownDockerfile, { Dockerfile: dockerfile('RUN sleep 30') }), by)
      expect(error.message).toBe('The build took longer than 1 s.')
    })

    test('a build that prints without end is kept in bounds', async () => {
      const by = open({ limits: { output: 10_000 } })
      const files = { Dockerfile: dockerfile(`RUN seq 1 20000 # ${salt}`) }
      const { log } = await build(await request(ownDockerfile, files), by)
      expect(log.text.length).toBeLessThan(100_000)
      expect(log.text).toMatch(/the rest is left out/)
    })

    describe('a static site', () => {
      const site = (command: string, appFile = 'dist/index.html'): BuildPlan => ({
        kind: 'static',
        appFile,
        build: { command },
        warnings: [],
      })

      test('without a command is its files', async () => {
        const plan: BuildPlan = { kind: 'static', appFile: 'index.html', warnings: ['Mind the gap.'] }
        const { image, log } = await build(await request(plan, { 'index.html': '<p>hi' }))
        expect(await readFile(join(root(image), 'index.html'), 'utf8')).toBe('<p>hi')
        expect(log.phases).toEqual(['cloning'])
        expect(log.text).toMatch(/^Mind the gap\.\n/)
      })

      test('is made by its command, with its packages, as nobody special', async () => {
        const files = {
          'package.json': JSON.stringify({ name: 'site', version: '1.0.0', scripts: { build: 'node make.mjs' } }),
          'make.mjs': `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('dist/assets', { recursive: true })
writeFileSync('dist/index.html', '<p>user ' + process.getuid())
writeFileSync('dist/assets/a.js', '${salt}')`,
        }
        const { image, log } = await build(await request(site("npm run build && echo 'it''s done'"), files))
        expect(await readFile(join(root(image), 'index.html'), 'utf8')).toBe('<p>user 1000')
        expect(await readFile(join(root(image), 'assets/a.js'), 'utf8')).toBe(salt)
        // By the name that the card has, too.
        expect(await readFile(join(root(image), 'dist/index.html'), 'utf8')).toBe('<p>user 1000')
        expect(log.text).toMatch(/^\[5\/6\] RUN npm install$/m)
        const again = await build(await request(site("npm run build && echo 'it''s done'"), files))
        expect(again.image).toEqual(image)
        expect(again.log.text).toMatch(/nothing to build/)
      })

      test('has no links that lead out, no devices, and is not written by others', async () => {
        const command =
          'mkdir -p dist/sub && cd dist && echo x > index.html && ln -s /etc/passwd out && ln -s ../../../../etc sub/up && ln -s index.html in && mkfifo pipe && chmod 4777 index.html'
        const { image } = await build(await request(site(command), { salt }))
        expect((await readdir(root(image))).sort()).toEqual(['dist', 'in', 'index.html', 'sub'])
        expect(await readdir(join(root(image), 'sub'))).toEqual([])
        expect((await lstat(join(root(image), 'index.html'))).mode & 0o7777).toBe(0o644)
      })

      test('that its command does not make, or fails to, is told', async () => {
        const nothing = await failure(await request(site('true'), { salt: `${salt}1` }))
        expect(nothing.error.message).toBe('The build command has ended, but there is no dist.')
        const failed = await failure(await request(site('echo "Error: broken" >&2; exit 2'), { salt: `${salt}2` }))
        expect(failed.error.message).toMatch(/ended with exit code 2: Error: broken$/)
      })
    })

    test('cleaning up leaves what is wanted, running or being built, and what is another’s', async () => {
      let now = Date.now()
      const by = open({ folder: join(scratch.folder, 'cleaned'), now: () => now })
      const label = (n: number) => ({ Dockerfile: dockerfile(`RUN echo ${n} ${salt} > /n`) })
      const [wanted, running, unwanted] = [
        await build(await request(ownDockerfile, label(1)), by),
        await build(await request(ownDockerfile, label(2)), by),
        await build(await request(ownDockerfile, label(3)), by),
      ].map(({ image }) => oci(image))
      if (wanted === undefined || running === undefined || unwanted === undefined) throw new Error('three were built')
      const container = await engine.createContainer({ Image: running.reference, Cmd: ['true'] })
      onTestFinished(() => container.remove({ force: true }))
      const there = async (image: { reference: string }) =>
        engine
          .getImage(image.reference)
          .inspect()
          .then(
            () => true,
            () => false,
          )
      const other = oci((await build(await request(ownDockerfile, label(4)))).image)
      expect(await by.collect([wanted])).toBeGreaterThanOrEqual(0)
      expect(await there(unwanted), 'just built').toBe(true)
      now += 3_600_000
      await by.collect([wanted])
      expect(await Promise.all([wanted, running, unwanted, other].map(there))).toEqual([true, true, false, true])
      expect(await there({ reference: pythonBase })).toBe(true)
    })

    const registryMissing = isInstalled(registryProgram) ? undefined : `${registryProgram} is not installed`
    test.skipIf(registryMissing !== undefined)(
      `a registry has the image, and gives it back${registryMissing === undefined ? '' : ` (skipped: ${registryMissing})`}`,
      async () => {
        await using registry = await startRegistry(scratch.folder)
        const by = open({ folder: join(scratch.folder, 'pushed'), registry: `localhost:${registry.port}/plaza` })
        const wanted = await request(ownDockerfile, { Dockerfile: dockerfile(`RUN echo ${salt} > /pushed`) })
        const { image } = await build(wanted, by)
        const { reference } = oci(image)
        expect(reference).toMatch(new RegExp(`^localhost:${registry.port}/plaza@sha256:[0-9a-f]{64}$`))
        await engine.getImage(oci(image).digest).remove({ force: true })
        const again = await build(wanted, by)
        expect(oci(again.image).reference).toBe(reference)
        expect(again.log.text).toMatch(/nothing to build/)
        expect(await run(again.image, 'cat', '/pushed')).toBe(salt)
      },
    )

    test.skipIf(registryMissing !== undefined)(
      `what runs by a registry's digest stays as it is, and what follows has its bytecode${registryMissing === undefined ? '' : ` (skipped: ${registryMissing})`}`,
      async () => {
        await using registry = await startRegistry(scratch.folder)
        let now = Date.now()
        const { by } = await compiler('pushed-python', {
          registry: `localhost:${registry.port}/plaza`,
          now: () => now,
        })
        const plan = python({ requirements: 'six==1.17.0\n' })
        const { image } = await build(await request(plan, { 'app.py': `# one ${salt}` }), by)
        const { Labels } = (await about(image)).Config
        const beside = `plaza/${Labels['plaza.image']}:bytecode`
        by.settled(image)
        const isThere = async () =>
          engine
            .getImage(beside)
            .inspect()
            .then(
              () => true,
              () => false,
            )
        await expect.poll(isThere, { timeout: 60_000 }).toBe(true)
        expect((await about(image)).Id).toBe(oci(image).digest)
        now += 3_600_000
        await by.collect([image])
        expect(await isThere()).toBe(true)
        const changed = await build(await request(plan, { 'app.py': `# two ${salt}` }), by)
        expect(stepsOf(changed.log).at(-2)).toBe('5/6 RUN compile bytecode cached')
        expect(oci(changed.image).reference).toContain('@sha256:')
        await by.collect([changed.image])
        now += 3_600_000
        await by.collect([changed.image])
        expect(await isThere()).toBe(false)
      },
    )
  },
)

function python(plan: Partial<Omit<PythonPlan, 'requirements'>> & { requirements?: string }): PythonPlan {
  return {
    kind: 'python',
    python: undefined,
    sdkRequirements: [],
    includes: [],
    indexOnly: true,
    systemPackages: [],
    command: ['python', 'app.py'],
    port: 7860,
    warnings: [],
    ...plan,
    requirements: plan.requirements === undefined ? [] : [{ path: 'requirements.txt', text: plan.requirements }],
  }
}

function oci(image: Image): Extract<Image, { kind: 'oci' }> {
  if (image.kind === 'oci') return image
  throw new Error(`not an image of the engine: ${image.kind}`)
}

function root(image: Image): string {
  if (image.kind === 'static') return image.root
  throw new Error(`not a site: ${image.kind}`)
}

function isInstalled(program: string): boolean {
  return path.split(':').some((folder) => {
    try {
      execFileSync('test', ['-x', join(folder, program)])
      return true
    } catch {
      return false
    }
  })
}

/** A real registry on loopback, which engines speak to without TLS. */
async function startRegistry(folder: string) {
  const port = await freePort()
  const config = join(folder, 'registry.yml')
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(folder, 'registry') } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  )
  const child = spawn(registryProgram, ['serve', config], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await expect
    .poll(
      () =>
        fetch(`http://127.0.0.1:${port}/v2/`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 15_000 },
    )
    .toBe(200)
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
