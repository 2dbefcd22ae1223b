/**
 * Nothing that a user sends reaches a shell, becomes an option, or leads out of its folder: cards, requirements,
 * variables, file names, links, names and requests, each through the whole platform. Every payload would leave a file.
 */
import { randomBytes } from 'node:crypto'
import { access, readdir, readFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'

const canary = `canary-${randomBytes(6).toString('hex')}`
const planted = path.join(tmpdir(), canary)
/** As parts of a longer text; none holds a slash, so that a file may be called so. */
const payloads = [
  `$(touch ${canary})`,
  `\`touch ${canary}\``,
  `; touch ${canary};`,
  `&& touch ${canary}`,
  `| touch ${canary}`,
  `' touch ${canary} '`,
  `" touch ${canary} "`,
  `--upload-pack=touch ${canary}`,
  `-c`,
  `\${IFS}$(touch\${IFS}${canary})`,
]

let plaza: TestPlaza
beforeAll(async () => {
  plaza = await TestPlaza.start({ people: ['-dash', '.dot', '_under'] })
})
afterAll(async () => {
  await plaza[Symbol.asyncDispose]()
})

const quoted = (text: string) => JSON.stringify(text)
const card = (...lines: string[]) => ['---', 'title: Hostile', ...lines, '---', ''].join('\n')
/** Answers with what the app was given: arguments, variables, files. */
const mirror = `
import http.server, json, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({
            "argv": sys.argv,
            "env": dict(os.environ),
            "files": {name: os.readlink(name) if os.path.islink(name) else None for name in os.listdir(".")},
        }).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["GRADIO_SERVER_PORT"])), Handler).serve_forever()
`
type Mirror = { argv: string[]; env: Record<string, string>; files: Record<string, string | null> }
const look = async (id: string) => (await (await plaza.visit(id)).json()) as Mirror

let count = 0
async function settled(owner: string, files: Parameters<TestPlaza['publish']>[2], more = {}) {
  const name = `hostile-${++count}`
  await plaza.publish(owner, name, files, more)
  const id = `${owner}/${name}`
  const { stage, errorMessage = '' } = await plaza.waitFor(
    id,
    (runtime) => runtime.errorMessage !== undefined || runtime.stage === 'RUNNING',
  )
  return { id, stage, errorMessage }
}

describe('a card', () => {
  test('of payloads is shown as it was written', async () => {
    const lines = [
      `tags: [${payloads.map(quoted).join(', ')}]`,
      `license: ${quoted(payloads[0] ?? '')}`,
      `short_description: ${quoted(payloads.join(' '))}`,
      `suggested_hardware: ${quoted('--help')}`,
      `base_path: ${quoted(`//elsewhere/$(touch ${canary})`)}`,
      'sdk: static',
    ]
    const { id, stage } = await settled('alice', { 'README.md': card(...lines), 'index.html': 'x' })
    expect(stage).toBe('RUNNING')
    const info = await plaza.json<{ tags: string[]; cardData: Record<string, unknown> }>('GET', `/api/spaces/${id}`)
    expect(info.tags).toEqual(['static', ...payloads])
    expect(info.cardData).toMatchObject({ short_description: payloads.join(' '), suggested_hardware: '--help' })
  })

  const versions = [
    ...payloads,
    `6.31.0 --index-url http://localhost/${canary}`,
    `6.31.0; touch ${planted}`,
    '6.31.0\n--find-links=..',
    '../../..',
    '-r /etc/passwd',
    '6.31.0 @ file:///etc',
  ]
  test.concurrent.each([
    ...versions.map((value) => ['sdk_version', value]),
    ...[...payloads, '../../usr/bin', '/usr/bin/python3', '3.11 -c', '3.11\n'].map((value) => [
      'python_version',
      value,
    ]),
    ...[...payloads, '-1', '1e9', 'Infinity', '1m; touch x'].map((value) => ['startup_duration_timeout', value]),
    ...[...payloads, '../x', '/etc/passwd', 'a\nb', '', '.', '{port}', '{host}.py'].map((value) => ['app_file', value]),
    ['sdk', `$(touch ${canary})`],
    ['base_path', `$(touch ${canary})`],
    ['custom_headers', `x: $(touch ${canary})`],
  ] as [string, string][])('whose %s is %j cannot be used, and says so', async (key, value) => {
    const sdk = key === 'sdk' ? [] : ['sdk: gradio']
    const readme = card(...sdk, `${key}: ${quoted(value)}`)
    const { stage, errorMessage } = await settled('alice', { 'README.md': readme, 'app.py': mirror })
    expect(stage).toMatch(/^(CONFIG_ERROR|NO_APP_FILE)$/)
    expect(errorMessage).toMatch(/^README\.md line \d+: /)
    expect(errorMessage).not.toMatch(/\n/)
    expect(errorMessage.length).toBeLessThan(600)
  })

  test.concurrent.each([
    `$(touch ${canary}).py`,
    `\`touch ${canary}\`;.py`,
    '-c',
    '--help',
    `a "b' && touch ${canary} #.py`,
    'naïve – 名.py',
  ])('whose app_file is %j runs that very file', async (appFile) => {
    const readme = card('sdk: gradio', `app_file: ${quoted(appFile)}`)
    const { id, stage, errorMessage } = await settled('alice', { 'README.md': readme, [appFile]: mirror })
    expect([stage, errorMessage]).toEqual(['RUNNING', ''])
    expect((await look(id)).argv.map((argument) => path.basename(argument))).toEqual([appFile])
  })
})

describe('requirements', () => {
  test.concurrent.each([
    '-r /etc/passwd',
    '--requirement=../../../key',
    '-c /etc/shadow',
    '-r ../../../../etc/passwd',
    '-r link.txt',
    '-e ..',
    '--find-links ../..',
    '--find-links=/etc',
    'file:///etc',
    'six @ file:///etc/passwd',
    'git+file:///etc',
    '-r ${HOME}/x',
    '/etc/passwd',
  ])('%j names what is not in the repository', async (line) => {
    const { stage, errorMessage } = await settled('bob', {
      'README.md': card('sdk: gradio'),
      'app.py': '',
      'requirements.txt': `# first\n${line}\n`,
      'link.txt': { link: '/etc/passwd' },
    })
    expect(stage).toBe('CONFIG_ERROR')
    expect(errorMessage).toMatch(
      /^requirements\.txt, line 2: .+ (names a place outside the repository|which is a link)\./,
    )
    expect(errorMessage).not.toContain('root:')
  })

  test.concurrent.each([
    `six; touch ${planted}`,
    `six $(touch ${planted})`,
    `\`touch ${planted}\``,
    `--index-url $(touch ${planted})`,
    `--index-url --help`,
    `--no-such-option`,
    `--config-file=/etc/passwd`,
    `--python=/bin/sh`,
    `--target=/tmp`,
    `six @ git+ext::sh -c 'touch ${planted}'`,
    `six @ git+ssh://-oProxyCommand=touch%20${encodeURIComponent(planted)}/x`,
    `six @ git+https://localhost:1/--upload-pack=touch`,
    `-`,
    `--`,
    `six==1.16\0--help`,
  ])('%j ends the build with words', async (line) => {
    const { id, stage, errorMessage } = await settled('bob', {
      'README.md': card('sdk: gradio'),
      'app.py': '',
      'requirements.txt': `${line}\n`,
    })
    expect(stage).toMatch(/^(CONFIG|BUILD)_ERROR$/)
    expect(errorMessage).toMatch(/[.)]$/)
    expect(errorMessage).not.toMatch(/fault of the platform|\n/)
    expect(await plaza.log(id, 'build')).toContain(errorMessage)
  })

  test('that are a link are not read', async () => {
    const seen = await settled('bob', {
      'README.md': card('sdk: gradio'),
      'app.py': '',
      'requirements.txt': { link: '/etc/passwd' },
    })
    expect(seen).toMatchObject({
      stage: 'CONFIG_ERROR',
      errorMessage: 'requirements.txt is not a plain file. Push requirements.txt as a text file.',
    })
  })
})

describe('variables and secrets', () => {
  const values: Record<string, string> = {
    LINES: 'first\nsecond\r\n\tthird\n',
    SUBSTITUTED: `$(touch ${planted}) \`touch ${planted}\` \${HOME} $HOME %HOME% {host}:{port}`,
    ENDED: `'; touch ${planted}; "; touch ${planted} #`,
    OPTION: '--setenv X y --bind / /',
    EMPTY: '',
    UNICODE: 'ß – 名 – 🦜',
    LONG: 'x'.repeat(64 * 1024),
    _: 'underscore',
  }
  /** Names that mean something to a loader, a shell or an interpreter on the way. */
  const meaningful: Record<string, string> = {
    LD_PRELOAD: '/app/own.so',
    LD_LIBRARY_PATH: '/app',
    BASH_ENV: '/app/env.sh',
    ENV: '/app/env.sh',
    PS4: `$(touch ${planted})`,
    PYTHONPATH: '/app/own',
    PYTHONSTARTUP: '/app/own.py',
    NODE_OPTIONS: '--require /app/own.js',
    GIT_SSH_COMMAND: `touch ${planted}`,
    PLAZA_DATA: '/elsewhere',
    UV_INDEX_URL: 'http://localhost:1/',
    HOME: '/data',
    PATH: '/app/bin',
  }

  test('reach the app unchanged, whatever they hold, and nobody before it', async () => {
    await plaza.createSpace('bob', 'settings', {
      variables: [{ key: 'AT_CREATION', value: values['ENDED'] }],
      secrets: [{ key: 'SECRET_AT_CREATION', value: values['LINES'] }],
    })
    for (const [key, value] of Object.entries(values)) {
      await plaza.json('POST', '/api/spaces/bob/settings/variables', 'bob', { key, value })
      await plaza.json('POST', '/api/spaces/bob/settings/secrets', 'bob', { key: `SECRET_${key}`, value })
    }
    for (const [key, value] of Object.entries(meaningful)) {
      await plaza.json('POST', '/api/spaces/bob/settings/secrets', 'bob', { key, value })
    }
    for (const key of ['SPACE_ID', 'SYSTEM', 'SPACE_HOST']) {
      await plaza.json('POST', '/api/spaces/bob/settings/variables', 'bob', { key, value: 'forged' })
    }
    const script = `touch ${planted}\n`
    await plaza.push('bob', 'settings', {
      'README.md': card('sdk: gradio'),
      'app.py': mirror,
      'env.sh': script,
      'own.so': 'not a library',
      'bin/python': `#!/bin/sh\n${script}`,
      'own/sitecustomize.py': '',
    })
    await plaza.waitFor('bob/settings', 'RUNNING')
    const { env } = await look('bob/settings')
    expect(env).toMatchObject(values)
    expect(env).toMatchObject(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [`SECRET_${key}`, value])),
    )
    expect(env).toMatchObject({ AT_CREATION: values['ENDED'], SECRET_AT_CREATION: values['LINES'] })
    const { PATH: ownPath, ...others } = meaningful
    expect(env).toMatchObject(others)
    // The environment's own programs stay first.
    expect(env['PATH']).toMatch(new RegExp(`^/.+/bin:${ownPath}$`))
    expect(env).toMatchObject({ SPACE_ID: 'bob/settings', SYSTEM: 'spaces' })
    expect(env['SPACE_HOST']).toContain('bob-settings.')

    const shown = await plaza.json<Record<string, { value: string }>>(
      'GET',
      '/api/spaces/bob/settings/variables',
      'bob',
    )
    expect(shown['LINES']?.value).toBe(values['LINES'])
    expect(JSON.stringify(shown)).not.toContain('SECRET_')
  })

  test.each(['', ' ', 'A=B', 'A B', '-x', '1A', 'A\nB', 'A\0', `$(touch ${canary})`, 'Ä', 'a.b', 'x'.repeat(257)])(
    'cannot be called %j',
    async (key) => {
      await plaza.createSpace('bob', 'unnamed').catch(() => {})
      for (const kind of ['variables', 'secrets']) {
        const answer = await plaza.api('POST', `/api/spaces/bob/unnamed/${kind}`, 'bob', { key, value: 'x' })
        expect(answer.status).toBe(400)
        expect(await answer.text()).toContain('Use letters, digits and _')
      }
      const setting = [{ key, value: 'x' }]
      const created = { type: 'space', name: 'never-made', variables: setting, secrets: setting }
      expect((await plaza.api('POST', '/api/repos/create', 'bob', created)).status).toBe(400)
    },
  )

  test('of the same name at creation: the last one counts', async () => {
    const twice = [
      { key: 'A', value: 'first' },
      { key: 'A', value: 'last' },
    ]
    await plaza.createSpace('bob', 'twice', { variables: twice, secrets: twice })
    const shown = await plaza.json('GET', '/api/spaces/bob/twice/variables', 'bob')
    expect(shown).toMatchObject({ A: { value: 'last' } })
  })

  test('that together are more than a process can be given are refused', async () => {
    const value = 'x'.repeat(64 * 1024)
    const variables = Array.from({ length: 15 }, (_, index) => ({ key: `LARGE_${index}`, value }))
    await plaza.createSpace('bob', 'large', { variables })
    for (const kind of ['variables', 'secrets']) {
      const answer = await plaza.api('POST', `/api/spaces/bob/large/${kind}`, 'bob', { key: 'ONE_MORE', value })
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('together')])
    }
    expect(Object.keys(await plaza.json('GET', '/api/spaces/bob/large/variables', 'bob'))).toHaveLength(15)
    const created = { type: 'space', name: 'larger', variables, secrets: variables }
    expect((await plaza.api('POST', '/api/repos/create', 'bob', created)).status).toBe(400)
    // What fits still starts.
    await plaza.push('bob', 'large', { 'README.md': card('sdk: gradio'), 'app.py': mirror })
    await plaza.waitFor('bob/large', 'RUNNING')
    expect((await look('bob/large')).env).toMatchObject({ LARGE_0: value, LARGE_14: value })
  })
})

describe('files', () => {
  const names = [
    ...payloads.map((payload) => `${payload}.txt`),
    '-rf',
    '--help',
    'a\nb.txt',
    '*?[x]',
    'naïve 名.txt',
    'con.txt',
    '%2e%2e%2fkey',
    'back\\slash',
    ' ',
  ]

  test('of a static Space are served by their own names, and links do not lead out', async () => {
    // What lies beside the platform's files must not be seen through a link, wherever it points from.
    const climbs = Array.from({ length: 8 }, (_, depth) => `${'../'.repeat(depth + 1)}key`)
    await plaza.publish(
      'bob',
      'neighbour',
      { 'README.md': card('sdk: static'), 'index.html': 'private', 'own.txt': 'own' },
      { private: true },
    )
    const links: Record<string, { link: string }> = {
      passwd: { link: '/etc/passwd' },
      key: { link: path.join(plaza.data, 'key') },
      config: { link: path.join(plaza.data, 'plaza.yaml') },
      data: { link: plaza.data },
      root: { link: '/' },
      proc: { link: '/proc/self/environ' },
      loop: { link: 'loop' },
      chain: { link: 'root/etc/passwd' },
      'index2.html': { link: '../../index.html' },
      hidden: { link: '.env' },
      ...Object.fromEntries(climbs.map((link, depth) => [`climb-${depth}`, { link }])),
    }
    await plaza.publish('alice', 'static', {
      'README.md': card('sdk: static'),
      'index.html': 'front',
      '.env': 'hidden',
      'inside.txt': 'inside',
      alias: { link: 'inside.txt' },
      '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = https://example.org/x.git\n\tupdate = none\n',
      '.gitattributes': '* filter=evil diff=evil merge=evil text=auto export-subst ident\n',
      'hooks/post-checkout': `#!/bin/sh\ntouch ${planted}\n`,
      '.githooks/post-receive': `#!/bin/sh\ntouch ${planted}\n`,
      ...Object.fromEntries(names.map((name) => [name, `this is ${name}`])),
      ...links,
    })
    await plaza.waitFor('alice/static', 'RUNNING')
    for (const name of names.filter((one) => !one.includes('\\') && !one.includes('%'))) {
      const answer = await plaza.visit('alice/static', `/${encodeURIComponent(name)}`)
      expect([name, answer.status, await answer.text()]).toEqual([name, 200, `this is ${name}`])
    }
    expect(await (await plaza.visit('alice/static', '/alias')).text()).toBe('inside')
    const key = (await readFile(path.join(plaza.data, 'key'), 'utf8')).trim()
    const outside = [
      ...Object.keys(links).map((name) => `/${name}`),
      '/root/etc/passwd',
      '/data/key',
      '/data/plaza.yaml',
      '/.env',
      '/.gitmodules',
      '/%2e%2e/%2e%2e/key',
      '/..%2f..%2fkey',
      '/..\\..\\key',
      '/%252e%252e/key',
      '//etc/passwd',
      '/passwd/',
      '/inside.txt/../../key',
      '/%00',
      '/inside.txt%00',
      '/%',
    ]
    for (const route of outside) {
      for (const answer of [await raw('GET', route, 'alice-static'), await plaza.visitByName('alice-static', route)]) {
        expect([route, [301, 400, 404].includes(answer.status)]).toEqual([route, true])
        for (const secret of [key, 'root:', plaza.person('bob').token, 'private', 'hidden']) {
          expect(answer.text).not.toContain(secret)
        }
      }
    }
  })

  test('of a Python Space arrive by their own names, links as links', async () => {
    const links = {
      passwd: { link: '/etc/shadow' },
      key: { link: path.join(plaza.data, 'key') },
      'up.txt': { link: '../../../key' },
    }
    const { id, stage } = await settled('alice', {
      'README.md': card('sdk: gradio'),
      'app.py': mirror,
      ...Object.fromEntries(names.map((name) => [name, name])),
      ...links,
    })
    expect(stage).toBe('RUNNING')
    const { files } = await look(id)
    expect(Object.keys(files)).toEqual(expect.arrayContaining(names))
    for (const [name, { link }] of Object.entries(links)) expect(files[name]).toBe(link)
  })
})

describe('names', () => {
  test.concurrent.each([
    ['-dash', '-x'],
    ['-dash', '--help'],
    ['.dot', '.hidden'],
    ['_under', '_'],
    ['.dot', '-'],
    ['alice', 'A.b_c-D'],
  ])('%s/%s can be created, pushed to, opened and deleted', async (owner, name) => {
    const sha = await plaza.publish(owner, name, { 'README.md': card('sdk: static'), 'index.html': `${owner}/${name}` })
    const id = `${owner}/${name}`
    expect(await plaza.waitFor(id, 'RUNNING')).toMatchObject({ sha })
    expect(await (await plaza.visit(id)).text()).toBe(id)
    const { subdomain } = await plaza.json<{ subdomain: string }>('GET', `/api/spaces/${id}`)
    expect(subdomain).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
    expect((await plaza.visitByName(subdomain, '/')).text).toBe(id)
    await plaza.json('POST', `/api/spaces/${id}/sleeptime`, owner, { seconds: -1 })
    expect((await plaza.api('DELETE', '/api/repos/delete', owner, { type: 'space', name })).status).toBe(200)
    expect((await plaza.api('GET', `/api/spaces/${id}`, owner)).status).toBe(404)
  })

  test.each([
    ...payloads.filter((payload) => payload !== '-c'),
    '',
    '.',
    '..',
    '../x',
    'a/../b',
    'a..b',
    'a b',
    'a\nb',
    'a\0',
    'x.git',
    'ümlaut',
    '%2e%2e',
    'x'.repeat(97),
  ])('no Space can be called %j', async (name) => {
    const answer = await plaza.api('POST', '/api/repos/create', 'alice', { type: 'space', name })
    expect([400, 403]).toContain(answer.status)
  })
})

describe('requests', () => {
  test.each([
    ['sleeptime', [0, 0.5, -2, 1e12, '60', null, {}, [], `$(touch ${canary})`].map((seconds) => ({ seconds }))],
    [
      'hardware',
      ['', '-x', '../x', `$(touch ${canary})`, 'cpu-basic\n', null, 1, {}, '__proto__'].map((flavor) => ({ flavor })),
    ],
    ['variables', [{}, { key: 'A' }, { key: 1, value: 'x' }, { key: 'A', value: {} }, { key: 'A', value: 'a\0b' }]],
    [
      'variables',
      [
        { key: 'A', value: 'x'.repeat(64 * 1024 + 1) },
        { key: 'A', value: '', description: 'x\0' },
      ],
    ],
    [
      'secrets',
      [null, [], 'text', 1, { key: 'A', value: null }, { key: 'A', value: 'x', description: 'x'.repeat(1e4) }],
    ],
  ])('to %s with %j are refused', async (route, bodies) => {
    await plaza.createSpace('alice', 'asked').catch(() => {})
    const before = await plaza.json('GET', '/api/spaces/alice/asked/runtime')
    for (const body of bodies) {
      const answer = await plaza.api('POST', `/api/spaces/alice/asked/${route}`, 'alice', body)
      expect([body, answer.status]).toEqual([body, 400])
      expect(((await answer.json()) as { error: string }).error).not.toBe('')
    }
    expect(await plaza.json('GET', '/api/spaces/alice/asked/runtime')).toEqual(before)
  })

  test('to create one with hardware, a sleep time or an owner that cannot be are refused', async () => {
    for (const [more, status] of [
      [{ hardware: '' }, 400],
      [{ hardware: '--privileged' }, 400],
      [{ sleepTimeSeconds: 0 }, 400],
      [{ sdk: `$(touch ${canary})` }, 400],
      [{ visibility: 'protected' }, 400],
      [{ organization: '\0' }, 400],
      [{ organization: '../alice' }, 403],
      [{ organization: 'bob' }, 403],
      [{ type: 'model' }, 400],
    ] as const) {
      const answer = await plaza.api('POST', '/api/repos/create', 'alice', { type: 'space', name: 'odd', ...more })
      expect([more, answer.status]).toEqual([more, status])
    }
  })

  test('whose body is no JSON, too deep or too large are refused', async () => {
    for (const body of ['{', '', '"', '{"a":'.repeat(50_000), `{"key":"A","value":"${'x'.repeat(5e6)}"}`, '\u0000']) {
      for (const route of [
        '/api/repos/create',
        '/api/spaces/alice/static/variables',
        '/api/plaza/spaces/alice/static/rollback',
      ]) {
        const { status } = await raw('POST', route, undefined, body)
        expect([route, body.slice(0, 9), [400, 413].includes(status)]).toEqual([route, body.slice(0, 9), true])
      }
    }
  })

  const encoded = (cursor: unknown) => Buffer.from(JSON.stringify(cursor)).toString('base64url')
  test.each([
    '/api/spaces?cursor=garbage',
    `/api/spaces?cursor=${encoded(null)}`,
    `/api/spaces?cursor=${encoded(['2026-01-01T00:00:00.000Z', '\0'])}`,
    `/api/spaces?cursor=${encoded(['2026-01-01T00:00:00.000Z', { a: 1 }])}`,
    `/api/spaces?cursor=${encoded(['+275000-01-01T00:00:00.000Z', 'x'])}`,
    `/api/spaces?cursor=${encoded(['0000-01-01T00:00:00.000Z', 'x'])}`,
    `/api/plaza/spaces?cursor=garbage`,
    '/api/spaces?expand=__proto__',
    '/api/spaces?search=%00',
    '/api/spaces?author=%00',
    '/api/spaces?filter=%00',
    '/api/plaza/spaces?sdk=%00&tag=%00',
    '/api/spaces/%00/x',
    '/api/spaces/alice/%00',
    '/api/spaces/alice/%E0%A4%A',
    '/api/spaces/by-subdomain/%00',
    '/spaces/alice/static/info/refs?service=--help',
    '/api/spaces/alice/static/revision/--upload-pack=x',
    `/api/spaces/alice/static/revision/$(touch%20${canary})`,
    '/api/spaces/alice/static/revision/main%0a',
    '/api/spaces/alice/static/revision/%2e%2e%2f%2e%2e',
  ])('for %s are a 400', async (route) => {
    expect((await raw('GET', route)).status).toBe(400)
  })

  test.each([
    '/api/spaces?limit=-1',
    '/api/spaces?limit=1.5',
    '/api/spaces?limit=1e99',
    '/api/spaces?limit=x',
    '/api/spaces?sort=;drop',
    '/api/spaces?search=%25%5C%27;--',
    '/api/spaces/alice/static/logs/build?tail=-1',
    '/api/spaces/alice/static/logs/build?tail=x',
    '/api/spaces/alice/static/logs/build?tail=0',
    '/api/spaces/alice/static/logs/build?tail=1e99',
    '/api/spaces/alice/static/logs/build?tail=99999999999999999999',
    '/api/spaces/alice/static/logs/build?tail=1&tail=2',
  ])('for %s are answered as if it were not there', async (route) => {
    expect((await raw('GET', route)).status).toBe(200)
  })

  test.each(['x', '-1', '0', '1e3', '2147483648', '99999999999999999999', '%00', '..%2f1'])(
    'for the log of build %s find none',
    async (number) => {
      expect((await raw('GET', `/api/plaza/spaces/alice/static/builds/${number}/log`)).status).toBe(404)
    },
  )
})

test('after all of it nothing was planted, nothing was a fault of the platform, and it still answers', async () => {
  await expect(access(planted)).rejects.toThrow('ENOENT')
  await expect(access(path.join(process.cwd(), canary))).rejects.toThrow('ENOENT')
  const everywhere = await namesBelow(plaza.data)
  expect(everywhere).toContain('plaza.yaml')
  expect(everywhere).not.toContain(canary)
  // pino's levels: 50 is an error, 60 the end.
  expect(plaza.output.split('\n').filter((line) => /"level":[56]0/.test(line))).toEqual([])
  expect(await (await plaza.visit('alice/static')).text()).toBe('front')
})

/** Of all files and folders, without following links (`readdir` with `recursive` does). */
async function namesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => namesBelow(path.join(folder, entry.name)))
  return [...entries.map((entry) => entry.name), ...(await Promise.all(below)).flat()]
}

/** A request whose target and body are sent exactly as written. @param slug of a Space, by its host name. */
async function raw(
  method: string,
  route: string,
  slug?: string,
  body?: string,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const request = http.request({
    host: '127.0.0.1',
    port: plaza.url.port,
    method,
    path: route,
    timeout: 10_000,
    headers: {
      Host: slug === undefined ? plaza.url.host : `${slug}.spaces.localhost:${plaza.url.port}`,
      Authorization: `Bearer ${plaza.person('alice').token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    },
  })
  request.on('timeout', () => request.destroy(new Error(`${method} ${route} was not answered.`)))
  request.on('error', reject)
  request.on('response', (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => (text += chunk))
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    response.on('error', reject)
  })
  request.end(body)
  return await promise
}
