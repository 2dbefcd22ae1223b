/** What people get wrong, through the whole platform: the stage, and a sentence that names the fault and the remedy. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { git, type RepositoryFiles, TestPlaza } from '../plaza.ts'

let plaza: TestPlaza
beforeAll(async () => {
  plaza = await TestPlaza.start()
})
afterAll(async () => await plaza[Symbol.asyncDispose]())

const card = (...lines: string[]) => ['---', 'title: Fault', ...lines, '---', ''].join('\n')
const gradio = card('sdk: gradio')
/** Time enough to start, and little enough to wait for. */
const impatient = card('sdk: gradio', 'startup_duration_timeout: 5s')
const asked = 'int(os.environ["GRADIO_SERVER_PORT"])'
const serve = (host: string, port: number | string = asked, answer = 'served') => `
import http.server, os, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"${answer}")
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in "${host}" else socket.AF_INET
Server(("${host}", ${port}), Handler).serve_forever()
`
const fine = { 'README.md': gradio, 'app.py': serve('0.0.0.0') }

type Fault = { what: string; files: RepositoryFiles; message: RegExp }

let count = 0
async function settled(files: RepositoryFiles): Promise<{ id: string; stage: string; errorMessage: string }> {
  const name = `fault-${++count}`
  await plaza.publish('alice', name, files)
  const id = `alice/${name}`
  const { stage, errorMessage = '' } = await plaza.waitFor(
    id,
    (runtime) => runtime.errorMessage !== undefined || runtime.stage === 'RUNNING',
  )
  return { id, stage, errorMessage }
}

/** What a reader takes in at a glance: no stack trace, no second language, an end. */
function expectReadable(message: string): void {
  expect(message).not.toMatch(/[\n\t]|undefined|\[object|we can conclude/)
  expect(message).toMatch(/[.)]$/)
  expect(message.length).toBeLessThan(500)
}

describe('a commit that cannot be built is a CONFIG_ERROR or NO_APP_FILE at once', () => {
  const configErrors: Fault[] = [
    {
      what: 'no README',
      files: { 'app.py': '' },
      message: /^There is no README\.md\. Add one that begins with a card/,
    },
    { what: 'no card', files: { 'README.md': '# Hello', 'app.py': '' }, message: /^README\.md has no card\. Begin it/ },
    {
      what: 'a card without end',
      files: { 'README.md': '---\nsdk: gradio\n', 'app.py': '' },
      message: /^README\.md: the card that begins on line 1 has no end\. Put a line ---/,
    },
    {
      what: 'malformed YAML',
      files: { 'README.md': card('sdk: [gradio'), 'app.py': '' },
      message: /^README\.md line 3: the card is not valid YAML \(.+\)\. Correct that line\.$/,
    },
    {
      what: 'a colon in a value',
      files: { 'README.md': card('short_description: a: b', 'sdk: gradio'), 'app.py': '' },
      message: /^README\.md line 3: .+ Put the value into quotes, since it holds a colon\.$/,
    },
    { what: 'no sdk', files: { 'README.md': card(), 'app.py': '' }, message: /^README\.md: the card has no sdk\. Add/ },
    {
      what: 'an unknown sdk',
      files: { 'README.md': card('sdk: shiny'), 'app.py': '' },
      message: /^README\.md line 3: sdk is “shiny”\. Use gradio, streamlit/,
    },
    {
      what: 'an sdk that this machine cannot run',
      files: { 'README.md': card('sdk: docker'), Dockerfile: 'FROM scratch' },
      message: /^README\.md line 3: sdk: docker needs a container engine.+ Use sdk: gradio .+ or ask the operator/,
    },
    {
      what: 'a python_version that is not there',
      files: { 'README.md': card('sdk: gradio', 'python_version: 3.4'), 'app.py': '' },
      message: /^README\.md line 4: Python 3\.4 is not on this machine\. .+ choose one that is there: 3\.\d+\.\d+/,
    },
    {
      what: 'a python_version that is none',
      files: { 'README.md': card('python_version: newest', 'sdk: gradio'), 'app.py': '' },
      message: /^README\.md line 3: python_version newest is not a Python version\. Write it as "3\.11"/,
    },
    {
      what: 'an sdk_version that is none',
      files: { 'README.md': card('sdk: gradio', 'sdk_version: 4,0'), 'app.py': '' },
      message: /^README\.md line 4: sdk_version "4,0" is not a version\. Write a full version/,
    },
    {
      what: 'app_file with ..',
      files: { 'README.md': card('sdk: gradio', 'app_file: ../../../etc/passwd'), 'app.py': '' },
      message: /^README\.md line 4: app_file \.\.\/.+ is not a path inside the repository\. Write the path/,
    },
    {
      what: 'a requirement with ..',
      files: { 'README.md': gradio, 'app.py': '', 'requirements.txt': 'six\n-r ../../others.txt\n' },
      message: /^requirements\.txt, line 2: "-r \.\.\/.+" names a place outside the repository\. Name a path inside/,
    },
    {
      what: 'a requirement file that is not there',
      files: { 'README.md': gradio, 'app.py': '', 'requirements.txt': '-r more.txt\n' },
      message:
        /^requirements\.txt, line 1: "-r more\.txt" names more\.txt, which is not in the repository\. Push more\.txt/,
    },
    {
      what: 'a requirement that is prose',
      files: { 'README.md': gradio, 'app.py': '', 'requirements.txt': 'please install six\n' },
      message: /^requirements\.txt, line 1: "please install six" is neither a package nor a file .+ one package a line/,
    },
  ]
  const noAppFile: Fault[] = [
    { what: 'an empty commit', files: {}, message: /^The commit is empty\. Push a README\.md/ },
    {
      what: 'no app.py',
      files: { 'README.md': gradio },
      message: /^There is no file app\.py in the repository\. Push app\.py, or name another file as app_file/,
    },
    {
      what: 'app_file missing',
      files: { 'README.md': card('sdk: gradio', 'app_file: main.py'), 'app.py': '' },
      message: /^README\.md line 4: There is no file main\.py in the repository\. Push main\.py, or/,
    },
    {
      what: 'app_file is a folder',
      files: { 'README.md': card('app_file: src', 'sdk: gradio'), 'src/app.py': '' },
      message: /^README\.md line 3: src is a folder, not a file\. Name another file/,
    },
    {
      what: 'a static Space without index.html',
      files: { 'README.md': card('sdk: static') },
      message: /^There is no file index\.html in the repository\. Push index\.html/,
    },
  ]
  test.concurrent.each([
    ...configErrors.map((fault) => ({ ...fault, stage: 'CONFIG_ERROR' })),
    ...noAppFile.map((fault) => ({ ...fault, stage: 'NO_APP_FILE' })),
  ])('$what is a $stage, and the build log says why', async ({ files, message, stage }) => {
    const seen = await settled(files)
    expect(seen).toMatchObject({ stage, errorMessage: expect.stringMatching(message) })
    expectReadable(seen.errorMessage)
    expect(await plaza.log(seen.id, 'build')).toBe(`${seen.errorMessage}\n`)
  })

  test('an empty repository says what to push', async () => {
    await plaza.createSpace('alice', 'empty')
    expect(await plaza.runtime('alice/empty')).toMatchObject({
      stage: 'NO_APP_FILE',
      errorMessage: 'Nothing has been pushed yet. Push a README.md with a card and the app’s files to main.',
    })
    expect(await plaza.log('alice/empty', 'build')).toBe('')
  })
})

describe('requirements that cannot be installed are a BUILD_ERROR', () => {
  const faults: Fault[] = [
    {
      what: 'a package that does not exist',
      files: { 'requirements.txt': 'six\nno-such-package-plaza-zz\n' },
      message: /^requirements\.txt, line 2: There is no package named no-such-package-plaza-zz.+\. Correct its name/,
    },
    {
      what: 'a version that does not exist',
      files: { 'requirements.txt': 'six==99\n' },
      message: /^requirements\.txt, line 1: There is no version of six==99\. Choose a version that exists/,
    },
    {
      what: 'two versions of one package',
      files: { 'requirements.txt': 'six==1.16\nsix==1.15\n' },
      message:
        /^The requirements contradict each other\. requirements\.txt, line 1: you require six==1\.1. and six==1\.1.\. Loosen/,
    },
    {
      what: 'packages that cannot be together',
      files: { 'requirements.txt': 'werkzeug==3.1.3\nmarkupsafe==1.1.1\n' },
      message: /^The requirements contradict each other\. .+ depends on markupsafe.+markupsafe==1\.1\.1\. Loosen/,
    },
    {
      what: 'a line that is no requirement',
      files: { 'requirements.txt': 'six\nsix=1\n' },
      message: /^requirements\.txt, line 2: no such comparison operator "=".+===\. Correct the line/,
    },
    {
      what: 'a setup.py that fails',
      files: { 'requirements.txt': './own\n', 'own/setup.py': 'raise RuntimeError("no compiler")' },
      message:
        /^requirements\.txt, line 1: Building \.\/own from its source failed: RuntimeError: no compiler\. Choose/,
    },
  ]
  test.concurrent.each(faults)('$what, and the build log ends with why', async ({ files, message }) => {
    const seen = await settled({ 'README.md': gradio, 'app.py': '', ...files })
    expect(seen).toMatchObject({ stage: 'BUILD_ERROR', errorMessage: expect.stringMatching(message) })
    expectReadable(seen.errorMessage)
    const log = await plaza.log(seen.id, 'build')
    expect(log.trimEnd().endsWith(seen.errorMessage)).toBe(true)
  })
})

describe('an app that does not serve is a RUNTIME_ERROR', () => {
  const faults: (Fault & { log: RegExp })[] = [
    {
      what: 'exits at once',
      files: { 'app.py': '' },
      message: /^app\.py ended by itself with exit code 0\. An app must go on serving\.$/,
      log: /Application startup/,
    },
    {
      what: 'exits with a code',
      files: { 'app.py': 'import sys\nprint("no model here")\nsys.exit(3)' },
      message: /^app\.py ended with exit code 3: no model here\. The run log/,
      log: /no model here/,
    },
    {
      what: 'imports what is not installed',
      files: { 'app.py': 'import no_such_module' },
      message:
        /^app\.py ended with exit code 1: ModuleNotFoundError: No module named 'no_such_module' \(app\.py, line 1\)\. Add the package that has no_such_module to requirements\.txt/,
      log: /Traceback[^]*ModuleNotFoundError/,
    },
    {
      what: 'raises at import',
      files: { 'app.py': 'import own', 'own/__init__.py': '\nraise ValueError("the weights are missing")\n' },
      message: /^app\.py ended with exit code 1: ValueError: the weights are missing \(own\/__init__\.py, line 2\)\. /,
      log: /Traceback[^]*the weights are missing/,
    },
    {
      what: 'is no Python',
      files: { 'app.py': '\ndef f(:\n' },
      message: /^app\.py ended with exit code 1: SyntaxError: .+ \(app\.py, line 2\)\. /,
      log: /SyntaxError/,
    },
    {
      what: 'listens on another port',
      files: { 'app.py': serve('0.0.0.0', 8000) },
      message: /^app\.py was not ready within 5 seconds\. The app listens on port 8000, not on \d+\. Listen on \d+/,
      log: /Application startup/,
    },
    {
      what: 'listens only on ::1',
      files: { 'app.py': serve('::1') },
      message:
        /^app\.py was not ready within 5 seconds\. The app listens on port \d+ only on ::1\. Listen on 0\.0\.0\.0/,
      log: /Application startup/,
    },
    {
      what: 'never listens',
      files: { 'app.py': 'import time\nprint("thinking")\ntime.sleep(600)' },
      message:
        /^app\.py was not ready within 5 seconds\. Nothing answers on port \d+\. Listen on port \d+.+startup_duration_timeout/,
      log: /thinking/,
    },
    {
      what: 'answers 503',
      files: { 'app.py': serve('0.0.0.0').replace('200', '503') },
      message: /^app\.py was not ready within 5 seconds\. It answers 503\. Answer GET \/ with a status below 500\.$/,
      log: /503/,
    },
  ]
  test.concurrent.each(faults)('$what', async ({ files, message, log }) => {
    const seen = await settled({ 'README.md': impatient, ...files })
    expect(seen).toMatchObject({ stage: 'RUNTIME_ERROR', errorMessage: expect.stringMatching(message) })
    expectReadable(seen.errorMessage)
    expect(await plaza.log(seen.id, 'run')).toMatch(log)
  })
})

describe('where an older version serves', () => {
  const worse: Fault[] = [
    { what: 'without a card', files: { 'README.md': '# Hello', 'app.py': '' }, message: /^README\.md has no card/ },
    { what: 'without its app file', files: { 'README.md': gradio }, message: /^There is no file app\.py/ },
    { what: 'without anything', files: {}, message: /^The commit is empty/ },
    {
      what: 'with a requirement that does not exist',
      files: { 'README.md': gradio, 'app.py': '', 'requirements.txt': 'no-such-package-plaza-zz\n' },
      message: /^requirements\.txt, line 1: There is no package named no-such-package-plaza-zz/,
    },
    {
      what: 'that raises',
      files: { 'README.md': gradio, 'app.py': 'import no_such_module' },
      message: /^app\.py ended with exit code 1: ModuleNotFoundError/,
    },
    {
      what: 'that never listens',
      files: { 'README.md': impatient, 'app.py': 'import time\ntime.sleep(600)' },
      message: /^app\.py was not ready within 5 seconds/,
    },
  ]
  test.concurrent.each(worse)('it goes on when one comes $what, which says why', async ({ files, message }) => {
    const name = `older-${++count}`
    const good = await plaza.publish('alice', name, fine)
    await plaza.waitFor(`alice/${name}`, 'RUNNING')
    await plaza.push('alice', name, files)
    const failed = await plaza.waitFor(`alice/${name}`, ({ errorMessage }) => errorMessage !== undefined)
    expect(failed).toMatchObject({
      stage: 'RUNNING',
      sha: good,
      errorMessage: expect.stringMatching(message),
      commits: { running: good, building: null },
    })
    expect(await (await plaza.visit(`alice/${name}`)).text()).toBe('served')

    const better = await plaza.push('alice', name, { ...fine, 'app.py': serve('0.0.0.0', asked, 'better') })
    const mended = await plaza.waitFor(`alice/${name}`, ({ stage, sha }) => stage === 'RUNNING' && sha === better)
    expect(mended.errorMessage).toBeUndefined()
    expect(await (await plaza.visit(`alice/${name}`)).text()).toBe('better')
  })
})

test('a restart after a failed build builds again, and a restart after a failed start starts again', async () => {
  const versions = async (name: string) =>
    await plaza.json<{ versions: { build?: { number: number; state: string } }[] }>(
      'GET',
      `/api/plaza/spaces/alice/${name}/versions`,
    )
  await Promise.all([
    plaza.publish('alice', 'rebuilt', {
      'README.md': gradio,
      'app.py': '',
      'requirements.txt': './own\n',
      'own/setup.py': 'raise RuntimeError("not now")',
    }),
    plaza.publish('alice', 'restarted', {
      'README.md': gradio,
      'app.py': 'import time\nraise SystemExit(f"start at {time.time_ns()}")',
    }),
  ])
  await plaza.waitFor('alice/rebuilt', 'BUILD_ERROR')
  expect((await versions('rebuilt')).versions[0]?.build).toMatchObject({ number: 1, state: 'failed' })
  expect(await plaza.json('POST', '/api/spaces/alice/rebuilt/restart')).toMatchObject({ stage: 'BUILDING' })
  await plaza.waitFor('alice/rebuilt', 'BUILD_ERROR')
  expect((await versions('rebuilt')).versions[0]?.build).toMatchObject({ number: 2, state: 'failed' })

  const first = await plaza.waitFor('alice/restarted', 'RUNTIME_ERROR')
  expect(first.errorMessage).toMatch(/^app\.py ended with exit code 1: start at \d+\. /)
  await plaza.json('POST', '/api/spaces/alice/restarted/restart')
  const second = await plaza.waitFor(
    'alice/restarted',
    ({ stage, errorMessage }) => stage === 'RUNTIME_ERROR' && errorMessage !== first.errorMessage,
  )
  expect(second.errorMessage).toMatch(/^app\.py ended with exit code 1: start at \d+\. /)
  expect((await versions('restarted')).versions[0]?.build).toMatchObject({ number: 1, state: 'succeeded' })
})

describe('a push that is not allowed is refused with words, and changes nothing', () => {
  const refused = async (owner: string, name: string, token: string) =>
    await plaza.push(owner, name, fine, token).then(
      () => 'taken',
      (error: unknown) => String(error),
    )

  test('to a name that is not yours, by a read token, by a revoked one, by none, and to a Space that is not there', async () => {
    const sha = await plaza.publish('alice', 'mine', { 'README.md': card('sdk: static'), 'index.html': 'mine' })
    await plaza.createSpace('alice', 'hidden', { private: true })
    const { token, readToken } = plaza.person('alice')
    const revoked = await revokedToken('alice')

    expect(await refused('alice', 'mine', plaza.person('bob').token)).toMatch(/403|may not/)
    expect(await refused('alice', 'mine', readToken)).toMatch(/403|may only read/)
    expect(await refused('alice', 'mine', revoked)).toMatch(/Authentication failed|401|could not read/)
    expect(await refused('alice', 'mine', 'hf_none')).toMatch(/Authentication failed|401|could not read/)
    expect(await refused('alice', 'hidden', plaza.person('bob').token)).toMatch(/There is no Space/)
    expect(await refused('alice', 'absent', token)).toMatch(/There is no Space|[Cc]reate the Space first/)
    expect(await plaza.runtime('alice/mine')).toMatchObject({ commits: { repository: sha } })
    await plaza.waitFor('alice/mine', 'RUNNING')
    expect(await (await plaza.visit('alice/mine')).text()).toBe('mine')
  })

  /** A token that worked, and then was taken back by the command line beside the running server. */
  async function revokedToken(name: string): Promise<string> {
    const token = (await plaza.cli('token', 'create', name, '--role', 'write', '--label', 'lost')).trim()
    expect((await plaza.api('GET', '/api/whoami-v2', token)).status).toBe(200)
    const list = await plaza.cli('token', 'list', name)
    const id = list
      .split('\n')
      .find((line) => line.endsWith('\tlost'))
      ?.split('\t')[0]
    await plaza.cli('token', 'revoke', name, id ?? '')
    expect((await plaza.api('GET', '/api/whoami-v2', token)).status).toBe(401)
    return token
  }

  test('a tree with .., made by hand', async () => {
    await plaza.createSpace('alice', 'dotdot')
    const work = await mkdtemp(path.join(tmpdir(), 'plaza-push-'))
    try {
      await git(work, 'init', '--quiet', '--initial-branch=main')
      const blob = (await piped(work, '../../escaped', 'hash-object', '-w', '--stdin')).trim()
      const inner = (await piped(work, `100644 blob ${blob}\tescaped\n`, 'mktree')).trim()
      // mktree takes no such name: the tree is written as bytes.
      const bytes = Buffer.concat([Buffer.from('40000 ..\0'), Buffer.from(inner, 'hex')])
      const tree = (await piped(work, bytes, 'hash-object', '-w', '-t', 'tree', '--literally', '--stdin')).trim()
      const commit = (await git(work, 'commit-tree', '-m', 'Out', tree)).trim()
      const remote = plaza.gitUrl('alice', 'dotdot', plaza.person('alice').token)
      const said = await git(work, 'push', '--', remote, `${commit}:refs/heads/main`).catch(String)
      expect(said).toMatch(/hasDotdot/)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
    expect(await plaza.runtime('alice/dotdot')).toMatchObject({
      stage: 'NO_APP_FILE',
      commits: { repository: null },
    })
  })
})

async function piped(folder: string, input: string | Buffer, ...args: string[]): Promise<string> {
  const running = promisify(execFile)('git', ['-C', folder, ...args], { timeout: 30_000 })
  running.child.stdin?.end(input)
  return (await running).stdout
}
