import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CommitEntry, CommitFiles } from './commit-files.ts'
import { planBuild, type PlanCard, type PlanSettings } from './plan.ts'
import { PlanError } from './plan-error.ts'
import { pythonFor } from './python-version.ts'

const settings = { pythons: ['3.12.4', '3.11.9', '3.11.2'], containers: false }

/** A commit with these texts; `null` stands for a link, `undefined` for a submodule. */
function commit(texts: Record<string, string | null | undefined>): CommitFiles {
  const files = new Map<string, CommitEntry>([['', entry('folder', 'tree', '')]])
  for (const [path, text] of Object.entries(texts)) {
    for (const folder of foldersAbove(path)) files.set(folder, entry('folder', `tree:${folder}`, ''))
    const kind = text === null ? 'symlink' : text === undefined ? 'submodule' : 'file'
    files.set(path, entry(kind, `blob:${path}`, text ?? ''))
  }
  return files
}

function entry(kind: CommitEntry['kind'], object: string, text: string): CommitEntry {
  return { kind, object, text: () => Promise.resolve(text) }
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

async function python(card: Partial<PlanCard>, texts: Record<string, string | null | undefined>) {
  const plan = await planBuild({ sdk: 'gradio', ...card }, commit({ 'app.py': '', ...texts }), settings)
  if (plan.kind !== 'python') throw new Error('not a python plan')
  return plan
}

/** Where the builder makes container images. */
const withEngine = { ...settings, containers: true }

async function problem(
  card: Partial<PlanCard>,
  texts: Record<string, string | null | undefined>,
  where: PlanSettings = settings,
) {
  const error: unknown = await planBuild({ sdk: 'gradio', ...card }, commit(texts), where).catch(
    (error: unknown) => error,
  )
  if (!(error instanceof PlanError)) throw new Error(`expected a PlanError, got ${String(error)}`)
  expect(error.remedy).not.toBe('')
  return `${error.stage}: ${error.message}`
}

describe('what runs', () => {
  test('a static page is its index.html', async () => {
    const plan = await planBuild({ sdk: 'static' }, commit({ 'index.html': '' }), settings)
    expect(plan).toEqual({ kind: 'static', appFile: 'index.html', warnings: [] })
  })

  test('a Python web server without sdk_version gets no Gradio', async () => {
    expect(await python({}, {})).toMatchObject({ sdkRequirements: [], command: ['python', 'app.py'], port: 7860 })
  })

  test('sdk_version asks for that Gradio', async () => {
    expect(await python({ sdkVersion: '6.31.0' }, {})).toMatchObject({ sdkRequirements: ['gradio==6.31.0'] })
  })

  test('Streamlit comes in its latest version unless the card pins one', async () => {
    expect(await python({ sdk: 'streamlit' }, {})).toMatchObject({ sdkRequirements: ['streamlit'] })
    expect(await python({ sdk: 'streamlit', sdkVersion: '1.40.0' }, {})).toMatchObject({
      sdkRequirements: ['streamlit==1.40.0'],
    })
  })

  test('Streamlit is started for a frame behind a proxy', async () => {
    const { command } = await python({ sdk: 'streamlit', appFile: 'src/main.py' }, { 'src/main.py': '' })
    expect(command.slice(0, 2)).toEqual(['streamlit', 'run'])
    expect(command).toContain('--server.enableXsrfProtection=false')
    expect(command).toEqual(expect.arrayContaining(['--server.address={host}', '--server.port={port}']))
    expect(command.at(-1)).toBe('src/main.py')
  })

  test('without a container engine, docker is refused with what to use instead', async () => {
    expect(await problem({ sdk: 'docker' }, { Dockerfile: '' })).toMatch(/^CONFIG_ERROR: sdk: docker/)
  })

  test('Debian packages are named as left out', async () => {
    const plan = await python({}, { 'packages.txt': 'ffmpeg; a line that would be refused' })
    expect(plan).toMatchObject({ systemPackages: [], warnings: [expect.stringContaining('packages.txt')] })
  })

  test('keys of another sdk are named as idle', async () => {
    const { warnings, port } = await python({ appPort: 8000, appBuildCommand: 'make' }, {})
    expect(port).toBe(7860)
    expect(warnings).toEqual([
      'app_port 8000 counts for sdk: docker alone: the app listens on port 7860.',
      'app_build_command counts for sdk: static alone: it is not run.',
    ])
    const site = await planBuild({ sdk: 'static', appPort: 8000 }, commit({ 'index.html': '' }), settings)
    expect(site.warnings).toEqual([expect.stringContaining('a static Space has no port')])
  })
})

describe('with a container engine', () => {
  const planned = async (card: PlanCard, texts: Record<string, string | null | undefined>) =>
    await planBuild(card, commit(texts), withEngine)

  test('a Dockerfile is built, and its app listens where the card says', async () => {
    const expected = { kind: 'dockerfile', dockerfile: 'Dockerfile', port: 7860, warnings: [] }
    expect(await planned({ sdk: 'docker' }, { Dockerfile: 'FROM x\nEXPOSE 80' })).toEqual(expected)
    expect(await planned({ sdk: 'docker', appPort: 3000 }, { Dockerfile: '' })).toEqual({ ...expected, port: 3000 })
  })

  test('a Dockerfile that is not there, or a link, is named', async () => {
    expect(await problem({ sdk: 'docker' }, { 'app.py': '' }, withEngine)).toBe(
      'NO_APP_FILE: There is no Dockerfile in the repository.',
    )
    expect(await problem({ sdk: 'docker' }, { Dockerfile: null }, withEngine)).toBe(
      'NO_APP_FILE: Dockerfile is a symlink, not a file.',
    )
  })

  test('packages.txt is installed, each package once', async () => {
    const texts = { 'app.py': '', 'packages.txt': 'libgl1\r\nffmpeg # sound\n\nffmpeg' }
    expect(await planned({ sdk: 'gradio' }, texts)).toMatchObject({
      systemPackages: ['ffmpeg', 'libgl1'],
      warnings: [],
    })
  })

  test('a line of packages.txt that is no package is named', async () => {
    const of = async (text: string | null) => await problem({}, { 'app.py': '', 'packages.txt': text }, withEngine)
    expect(await of('git\n-o APT::x=y')).toBe(
      'CONFIG_ERROR: packages.txt, line 2: -o is not the name of a Debian package.',
    )
    expect(await of('$(id)')).toBe('CONFIG_ERROR: packages.txt, line 1: "$(id)" is not the name of a Debian package.')
    expect(await of(null)).toBe('CONFIG_ERROR: packages.txt is not a plain file.')
    expect(await of(Array.from({ length: 501 }, (_, n) => `p${n}x`).join('\n'))).toMatch(/names 501 packages/)
  })

  test('a site with a build command needs no page in the commit', async () => {
    const built = await planned({ sdk: 'static', appBuildCommand: ' npm run build\n' }, { 'package.json': '' })
    expect(built).toEqual({
      kind: 'static',
      appFile: 'dist/index.html',
      build: { command: 'npm run build' },
      warnings: [],
    })
    const elsewhere = { sdk: 'static', appBuildCommand: 'make', appFile: './out//site/a.html' } as const
    expect(await planned(elsewhere, { 'out/old.html': '' })).toMatchObject({ appFile: 'out/site/a.html' })
  })

  test.each(['', ' ', 'a\nb', 'a\u0000', 'a\u2028b', 'x'.repeat(1001)])('%j is no build command', async (command) => {
    expect(await problem({ sdk: 'static', appBuildCommand: command }, {}, withEngine)).toMatch(
      /^CONFIG_ERROR: app_build_command is not/,
    )
  })

  test.each(['index.html', '.', 'dist/..', 'dist/../index.html', '../dist/x.html', '/dist/x.html', 'link/x', 'file/x'])(
    'a build does not write %s',
    async (appFile) => {
      const texts = { 'index.html': '', link: null, file: '', 'dist/a': '' }
      expect(await problem({ sdk: 'static', appBuildCommand: 'make', appFile }, texts, withEngine)).toMatch(
        /^CONFIG_ERROR: app_file /,
      )
    },
  )
})

test('without a container engine a site is not built, and the key that asks for it is named', async () => {
  const planning = planBuild({ sdk: 'static', appBuildCommand: 'make' }, commit({}), settings)
  await expect(planning).rejects.toMatchObject({ stage: 'CONFIG_ERROR', field: 'app_build_command' })
})

describe('app_file', () => {
  test.each([
    ['-x.py', './-x.py'],
    ['./a//b.py', 'a/b.py'],
    ['a/../b.py', 'b.py'],
    ['$(id).py', '$(id).py'],
    ['`id`;x.py', '`id`;x.py'],
  ])('%s is passed as %s', async (appFile, argument) => {
    const path = argument.replace(/^\.\//, '')
    expect((await python({ appFile }, { [path]: '' })).command).toEqual(['python', argument])
  })

  test.each(['../x.py', '/etc/passwd', 'a/../../x', 'x\ny.py', 'x\0', '', '.', 'a{port}.py'])(
    '%j is refused',
    async (appFile) => {
      expect(await problem({ appFile }, { [appFile]: '', 'app.py': '' })).toMatch(/^CONFIG_ERROR: app_file/)
    },
  )

  test.each([
    ['gradio', 'app.py'],
    ['static', 'index.html'],
  ] as const)('a %s Space without its file says which: %s', async (sdk, file) => {
    expect(await problem({ sdk }, { 'README.md': '' })).toBe(`NO_APP_FILE: There is no file ${file} in the repository.`)
  })

  test('a folder and a submodule are not files', async () => {
    expect(await problem({ appFile: 'src' }, { 'src/app.py': '' })).toBe('NO_APP_FILE: src is a folder, not a file.')
    expect(await problem({ appFile: 'sub' }, { sub: undefined })).toBe('NO_APP_FILE: sub is a submodule, not a file.')
  })

  test.each([
    [{ appFile: '../x' }, 'app_file'],
    [{ appFile: 'missing.py' }, 'app_file'],
    [{ pythonVersion: '3.4' }, 'python_version'],
    [{ pythonVersion: 'three' }, 'python_version'],
    [{ sdkVersion: 'six' }, 'sdk_version'],
    [{ sdk: 'docker' as const }, 'sdk'],
  ])('a fault of %j says which key of the card it is', async (card, field) => {
    const planning = planBuild({ sdk: 'gradio', ...card }, commit({ 'app.py': '' }), settings)
    await expect(planning).rejects.toMatchObject({ field })
  })

  test('an empty repository has no app file', async () => {
    expect(await problem({}, {})).toMatch(/^NO_APP_FILE/)
  })

  test('whatever is written, an accepted one is in the commit and is no option', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '-c', '--', '/', 'app.py', '$(id)', '\n'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 5 }), async (parts) => {
        const appFile = parts.join('/')
        const files = commit({ 'app.py': '', [appFile]: '', [appFile.replace(/^\/+/, '')]: '' })
        const plan = await planBuild({ sdk: 'gradio', appFile }, files, settings).catch((error: unknown) => error)
        if (plan instanceof PlanError) return
        const argument = (plan as { command: string[] }).command[1] ?? ''
        expect(argument).not.toMatch(/^[-/]|(^|\/)\.\.(\/|$)/)
        expect(files.get(argument.replace(/^\.\//, ''))?.kind).toBe('file')
      }),
    )
  })
})

describe('versions', () => {
  test.each(['6.31', '6.31.0', '6.0.0b1', '6.0.0.dev3'])('sdk_version %s is one', async (sdkVersion) => {
    expect((await python({ sdkVersion }, {})).sdkRequirements).toEqual([`gradio==${sdkVersion}`])
  })

  test.each(['', 'latest', '1 --index-url=x', '1\n-r /etc/passwd', '>=1', '1; x', '1.*', '-1'])(
    'sdk_version %j is refused',
    async (sdkVersion) => {
      expect(await problem({ sdkVersion }, { 'app.py': '' })).toMatch(/^CONFIG_ERROR: sdk_version/)
    },
  )

  test('python_version may leave the patch open', async () => {
    expect(await python({ pythonVersion: '3.11' }, {})).toMatchObject({ python: '3.11' })
    expect(pythonFor('3.11', settings.pythons)).toBe('3.11.9')
    expect(pythonFor('3.1', settings.pythons)).toBeUndefined()
    expect(pythonFor(undefined, settings.pythons)).toBe('3.12.4')
  })

  test('a Python without a patch stands for each of them', () => {
    expect(pythonFor('3.12.4', ['3.13', '3.12'])).toBe('3.12')
    expect(pythonFor('3.12', ['3.13', '3.12'])).toBe('3.12')
    expect(pythonFor('3.1', ['3.13', '3.12'])).toBeUndefined()
    expect(pythonFor('3.12.4', ['3.12', '3.12.4'])).toBe('3.12.4')
    expect(pythonFor('3.12.4', ['3.1', '3.12.5'])).toBeUndefined()
  })

  test('a Python that is not there names those that are', async () => {
    expect(await problem({ pythonVersion: '3.7' }, { 'app.py': '' })).toBe(
      'CONFIG_ERROR: Python 3.7 is not on this machine.',
    )
  })

  test.each(['3', '2.7', '3.11.x', '../../bin/python', '/usr/bin/python3', '3.11\n', '-c'])(
    'python_version %j is refused',
    async (pythonVersion) => {
      expect(await problem({ pythonVersion }, { 'app.py': '' })).toMatch(/^CONFIG_ERROR: python_version/)
    },
  )
})

describe('requirements', () => {
  test('pre-requirements come first, each with its text', async () => {
    const plan = await python({}, { 'requirements.txt': 'six', 'pre-requirements.txt': 'pip' })
    expect(plan.requirements).toEqual([
      { path: 'pre-requirements.txt', text: 'pip' },
      { path: 'requirements.txt', text: 'six' },
    ])
    expect(plan.indexOnly).toBe(true)
  })

  test('what they include is followed and carries its object', async () => {
    const plan = await python(
      {},
      { 'requirements.txt': '-r deps/a.txt', 'deps/a.txt': '-r b.txt\n-c ../c.txt', 'deps/b.txt': 'six', 'c.txt': '' },
    )
    expect(plan.includes).toEqual([
      { path: 'c.txt', kind: 'file', object: 'blob:c.txt' },
      { path: 'deps/a.txt', kind: 'file', object: 'blob:deps/a.txt' },
      { path: 'deps/b.txt', kind: 'file', object: 'blob:deps/b.txt' },
    ])
    expect(plan.indexOnly).toBe(true)
  })

  test('a file named like a line with two options does not hide the second', async () => {
    const line = '-r a.txt --index-url x'
    const plan = await python({}, { 'requirements.txt': line, 'a.txt': '', 'a.txt --index-url x': '' })
    expect(plan.indexOnly).toBe(false)
  })

  test('files that include each other end', async () => {
    expect(
      (await python({}, { 'requirements.txt': '-r a.txt', 'a.txt': '-r requirements.txt' })).includes,
    ).toHaveLength(2)
  })

  test('the repository itself can be installed', async () => {
    const plan = await python({}, { 'requirements.txt': '-e .', 'setup.py': '' })
    expect(plan).toMatchObject({ includes: [{ path: '', kind: 'folder', object: 'tree' }], indexOnly: false })
  })

  test.each([
    'six @ https://example.org/six.whl',
    '--index-url https://example.org',
    'six --index-url https://example.org',
    'six \\\n--index-url https://example.org',
    '--no-binary six',
    '--only-binary :none:',
    'git+https://example.org/x',
    'six\u2028--index-url https://example.org',
    '# \\\n--extra-index-url https://example.org',
  ])('%j makes an installation its owner’s own', async (text) => {
    expect((await python({}, { 'requirements.txt': text })).indexOnly).toBe(false)
  })

  test.each([
    '-r ../other.txt',
    '-r /etc/passwd',
    '-c ../../x',
    '/srv',
    '../pkg',
    'a/../../b',
    'pkg @ file:///etc',
    'file:///etc',
    '-e ../x',
    '-f /srv/wheels',
    'git+file:///srv/x',
    '-r ${HOME}/x',
    '-r a\u0000b',
  ])('%j leaves the repository', async (line) => {
    const words = await problem({}, { 'app.py': '', 'requirements.txt': `six\n${line}` })
    if (line.includes('\0')) expect(words).toContain('not UTF-8')
    else expect(words).toMatch(/^CONFIG_ERROR: requirements\.txt, line 2: .* outside the repository\.$/)
  })

  test('a link is not followed', async () => {
    expect(await problem({}, { 'app.py': '', 'requirements.txt': '-r link/x.txt', link: null })).toContain(
      'which is a link',
    )
    expect(await problem({}, { 'app.py': '', 'requirements.txt': null })).toBe(
      'CONFIG_ERROR: requirements.txt is not a plain file.',
    )
  })

  test('a file that is not there is named with its line', async () => {
    expect(await problem({}, { 'app.py': '', 'requirements.txt': '\n-r base.txt' })).toBe(
      'CONFIG_ERROR: requirements.txt, line 2: "-r base.txt" names base.txt, which is not in the repository.',
    )
  })

  test('UTF-16 is told from text', async () => {
    expect(await problem({}, { 'app.py': '', 'requirements.txt': '\uFFFDs\0i\0x\0' })).toContain('not UTF-8')
  })

  test('whatever they say, what is included is in the commit', async () => {
    const word = fc.constantFrom(
      '-r ',
      '-c',
      '-e ',
      '../',
      './',
      '/',
      'a.txt',
      'six',
      ' @ ',
      'file:',
      '\n',
      ' ',
      '#',
      '${X}',
      '"',
      '[x]',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(word, fc.string()), { maxLength: 12 }), async (words) => {
        const files = commit({ 'app.py': '', 'a.txt': 'six', 'requirements.txt': words.join('') })
        const plan = await planBuild({ sdk: 'gradio' }, files, settings).catch((error: unknown) => error)
        if (plan instanceof PlanError) return
        for (const { path } of (plan as { includes: { path: string }[] }).includes) expect(files.has(path)).toBe(true)
      }),
    )
  })
})
