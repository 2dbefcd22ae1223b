import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CommitEntry, CommitFiles } from './commit-files.ts'
import { planBuild, type PlanCard } from './plan.ts'
import { PlanError } from './plan-error.ts'
import { exposedPort, recognise } from './recognise.ts'

const settings = { pythons: ['3.12', '3.11'], containers: true }

function commit(texts: Readonly<Record<string, string | null>>): CommitFiles {
  const entry = (kind: CommitEntry['kind'], path: string, text: string): [string, CommitEntry] => [
    path,
    { kind, object: path, text: () => Promise.resolve(text) },
  ]
  return new Map([
    entry('folder', '', ''),
    ...Object.entries(texts).map(([path, text]) => entry(text === null ? 'symlink' : 'file', path, text ?? '')),
  ])
}

async function recognised(texts: Readonly<Record<string, string | null>>, said: Partial<PlanCard> = {}) {
  const files = commit(texts)
  const found = await recognise(files, said, settings)
  return found && { ...found, plan: await planBuild(found.card, files, settings, found.asked) }
}

describe('what a repository without a card is', () => {
  test('a Dockerfile makes it an image, whatever else is there', async () => {
    const texts = { Dockerfile: 'FROM x\nEXPOSE 8000\n', 'requirements.txt': '', 'app.py': '', 'index.html': '' }
    expect(await recognised(texts)).toMatchObject({
      file: 'Dockerfile',
      what: 'its image listens on port 8000, which it exposes',
      plan: { kind: 'dockerfile', dockerfile: 'Dockerfile', port: 8000 },
    })
    expect(await recognised({ Dockerfile: 'FROM x' })).toMatchObject({ plan: { port: 7860 } })
    expect(await recognised(texts, { appPort: 3000 })).toMatchObject({ plan: { port: 3000 } })
  })

  test('an environment of conda is a Python with its packages', async () => {
    const texts = {
      'environment.yml': 'dependencies:\n- python=3.11\n- numpy\n- cudatoolkit\n- pip:\n  - streamlit\n',
      'app.py': 'import streamlit',
      'requirements.txt': 'six',
    }
    const found = await recognised(texts)
    expect(found).toMatchObject({
      file: 'environment.yml',
      what: 'Python 3.11 with numpy, streamlit; it runs app.py',
      card: { sdk: 'streamlit', appFile: 'app.py', pythonVersion: '3.11' },
      plan: {
        kind: 'python',
        python: '3.11',
        requirements: [{ path: 'environment.yml', text: '\n\nnumpy\n\n\nstreamlit\n', translated: true }],
        indexOnly: true,
        warnings: [expect.stringContaining('cudatoolkit'), expect.stringContaining('requirements.txt is not read')],
      },
    })
  })

  test('requirement files that the environment names are installed with it', async () => {
    const texts = {
      'environment.yaml': 'dependencies:\n- pip:\n  - -r ./requirements.txt\n',
      'requirements.txt': '-r deps/more.txt',
      'deps/more.txt': 'flask --index-url https://example.org',
      'main.py': '',
    }
    expect(await recognised(texts)).toMatchObject({
      plan: {
        requirements: [{ path: 'environment.yaml' }, { path: 'requirements.txt', text: '-r deps/more.txt' }],
        includes: [{ path: 'deps/more.txt' }],
        indexOnly: false,
        warnings: [],
        command: ['python', 'main.py'],
      },
    })
  })

  test.each(['-r missing.txt', '-r --index-url=x', '-r ../x', '-r @sdk-requirements.txt', '-r link.txt'])(
    'an environment that names %j has a fault',
    async (line) => {
      const texts = {
        'environment.yml': `dependencies:\n- pip:\n  - "${line}"\n`,
        'app.py': '',
        '--index-url=x': '',
        '@sdk-requirements.txt': '',
        'link.txt': null,
      }
      await expect(recognised(texts)).rejects.toThrow(/^environment\.yml names .*no requirement file of the repository/)
    },
  )

  test('a Python that is not there is named with what is', async () => {
    const texts = { 'environment.yml': 'dependencies: [python=3.7]', 'app.py': '' }
    await expect(recognised(texts)).rejects.toMatchObject({
      message: expect.stringMatching(/^environment\.yml asks for Python .*3\.7.*, which is not on this machine\.$/),
      remedy: 'Ask for one that is there: 3.12, 3.11.',
    })
    expect(await recognised(texts, { pythonVersion: '3.12' })).toMatchObject({ plan: { python: '3.12' } })
  })

  test('a Procfile says the command, and requirements.txt what it needs', async () => {
    const line = 'sh setup.sh && gunicorn app:app --bind 0.0.0.0:$PORT'
    const texts = { Procfile: `web: ${line}`, 'requirements.txt': 'gunicorn' }
    expect(await recognised(texts)).toMatchObject({
      file: 'Procfile',
      plan: { command: ['sh', '-c', line], requirements: [{ path: 'requirements.txt' }] },
    })
    expect(await recognised({ Procfile: 'web: node server.js' })).toBeUndefined()
    expect(await recognised({ ...texts, Procfile: 'worker: x', 'app.py': '' })).toMatchObject({
      file: 'requirements.txt',
    })
    await expect(recognised({ ...texts, Procfile: `web: ${'x'.repeat(1001)}` })).rejects.toThrow(PlanError)
  })

  test.each([
    ['streamlit\npandas', { 'streamlit_app.py': '', 'app.py': '' }, 'streamlit', 'streamlit_app.py'],
    ['streamlit', { 'app.py': '' }, 'streamlit', 'app.py'],
    ['gradio', { 'app.py': '', 'main.py': '' }, 'gradio', 'app.py'],
    ['six', { 'main.py': '' }, 'gradio', 'main.py'],
    ['six', { 'demo.py': '', 'setup.py': '', 'lib/other.py': '' }, 'gradio', 'demo.py'],
  ])('requirements.txt with %j and %j', async (requirements, texts, sdk, appFile) => {
    const found = await recognised({ 'requirements.txt': requirements, ...texts })
    expect(found).toMatchObject({ file: 'requirements.txt', card: { sdk, appFile } })
    expect(found?.plan.kind === 'python' && found.plan.command.at(-1)).toBe(appFile)
  })

  test('the server that a web framework needs comes along', async () => {
    const texts = { 'requirements.txt': 'Flask', 'app.py': 'app = Flask(__name__)\n' }
    expect(await recognised(texts)).toMatchObject({
      what: 'Python with flask; it runs app.py by gunicorn',
      plan: { sdkRequirements: ['gunicorn'], command: ['gunicorn', '--bind={host}:{port}', '--threads=8', 'app:app'] },
    })
  })

  test('index.html is a static site, and one to be built says how', async () => {
    expect(await recognised({ 'index.html': '' })).toMatchObject({
      file: 'index.html',
      plan: { kind: 'static', appFile: 'index.html' },
    })
    const built = { 'index.html': '', 'package.json': '{"scripts": {"dev": "vite", "build": "vite build"}}' }
    expect((await recognised(built))?.what).toContain('app_build_command')
    expect(await recognised(built, { appBuildCommand: 'npm run build' })).toMatchObject({
      plan: { kind: 'static', appFile: 'dist/index.html', build: { command: 'npm run build' } },
    })
  })

  test('what a card without sdk says counts first', async () => {
    const texts = { 'requirements.txt': 'gradio', 'app.py': '', 'src/demo.py': '', 'web/index.html': '' }
    expect(await recognised(texts, { appFile: 'src/demo.py', sdkVersion: '6.31.0' })).toMatchObject({
      plan: { command: ['python', 'src/demo.py'], sdkRequirements: ['gradio==6.31.0'] },
    })
    expect(await recognised(texts, { appFile: 'web/index.html' })).toMatchObject({
      plan: { appFile: 'web/index.html' },
    })
  })

  test.each([
    [{}],
    [{ 'app.py': '' }],
    [{ 'package.json': '{"scripts": {"build": "x"}}' }],
    [{ 'requirements.txt': 'six', 'a.py': '', 'b.py': '' }],
    [{ Dockerfile: null, 'requirements.txt': null, 'index.html': null }],
  ])('%j tells nothing', async (texts) => {
    expect(await recognised(texts)).toBeUndefined()
  })

  test('whatever is in the files, the answer is a plan, nothing, or a PlanError', async () => {
    const line = fc.constantFrom(
      'FROM x',
      'EXPOSE 80',
      'web: x',
      'dependencies:',
      '- numpy=1',
      '- pip:',
      '  - -r requirements.txt',
      '-r a.txt',
      'streamlit',
      'app = Flask(',
      '\\',
    )
    const text = fc
      .array(fc.oneof(line, fc.string({ unit: 'binary' })), { maxLength: 8 })
      .map((lines) => lines.join('\n'))
    const name = fc.constantFrom(
      'Dockerfile',
      'environment.yml',
      'Procfile',
      'requirements.txt',
      'packages.txt',
      'package.json',
      'app.py',
      '-x.py',
      'index.html',
    )
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, text, { maxKeys: 6 }), async (texts) => {
        const found = await recognised(texts).catch((error: unknown) => error)
        if (found === undefined || found instanceof PlanError) return
        expect(found).toHaveProperty('plan.kind')
      }),
      { numRuns: 500 },
    )
  })
})

describe('the port that a Dockerfile exposes', () => {
  test.each([
    ['FROM a\nEXPOSE 8000', 8000],
    ['from a\nexpose 8000/tcp\nexpose 53/udp', 8000],
    ['FROM a\nEXPOSE \\\n  3000', 3000],
    ['FROM a\r\nEXPOSE 3000\r\n', 3000],
    ['FROM a AS build\nEXPOSE 9000\nFROM b\nEXPOSE 80', 80],
    ['FROM a AS build\nEXPOSE 9000\nFROM b', undefined],
    ['FROM a\nEXPOSE 80 443', undefined],
    ['FROM a\nEXPOSE $PORT', undefined],
    ['FROM a\nEXPOSE 8000-8010', undefined],
    ['FROM a\nEXPOSE 70000', undefined],
    ['FROM a\n# EXPOSE 80', undefined],
    ['', undefined],
  ])('%j: %j', (text, port) => {
    expect(exposedPort(text)).toBe(port)
  })
})
