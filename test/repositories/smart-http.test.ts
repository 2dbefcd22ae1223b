import { randomBytes } from 'node:crypto'
import { access, chmod, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { filesAt } from '../../control-plane/repositories/tree.ts'
import { commitFiles, git, gitServer, must, scratchFolder, workingCopy } from './git-server.ts'

describe('clone, fetch and push', () => {
  it('takes a push, says where to watch, tells the platform, and gives the same commit to a clone', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const pushed = await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    expect(pushed).toContain('remote:   Watch it build: http://plaza.example/spaces/alice/demo')
    expect(server.pushes).toEqual([{ spaceId: 'space-demo', viewer: 'alice' }])

    await must(scratch.path, ['clone', '--quiet', server.url('spaces/alice/demo'), 'copy'])
    expect(await must(join(scratch.path, 'copy'), ['rev-parse', 'HEAD'])).toBe(await must(work, ['rev-parse', 'HEAD']))
    expect(await server.repositories.head('space-demo')).toBe(await must(work, ['rev-parse', 'HEAD']))
  })

  it('takes the address with .git at its end', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await must(work, ['push', server.url('spaces/alice/demo.git', 'alice-write'), 'main'])
    await must(scratch.path, ['clone', '--quiet', server.url('spaces/alice/demo.git'), 'copy'])
  })

  it.each([['0'], ['1'], ['2']])('lets protocol version %s clone and fetch what came later', async (version) => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const from = server.url('spaces/alice/demo')
    await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    const speak = ['-c', `protocol.version=${version}`]
    await must(scratch.path, [...speak, 'clone', '--quiet', from, 'copy'])
    const later = await commitFiles(work, { 'later.txt': 'later' }, 'Later')
    await must(work, [...speak, 'push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    const said = await must(join(scratch.path, 'copy'), [...speak, 'fetch', '--verbose'], { GIT_TRACE_PACKET: '1' })
    expect(said.includes('version 2')).toBe(version === '2')
    expect(await must(join(scratch.path, 'copy'), ['rev-parse', 'origin/main'])).toBe(later)
  })

  it('clones an empty repository', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    expect((await git(scratch.path, ['clone', server.url('spaces/alice/demo'), 'copy'])).code).toBe(0)
    expect(await server.repositories.head('space-demo')).toBeUndefined()
  })

  it('reads a gzipped fetch of a client that has much', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    await must(scratch.path, ['clone', '--quiet', server.url('spaces/alice/demo'), 'copy'])
    const copy = join(scratch.path, 'copy')
    // Newer commits that the server has never seen make the list of haves, and so the request, large.
    for (let count = 0; count < 60; count++) {
      const date = { GIT_COMMITTER_DATE: `2030-01-01T00:00:${String(count).padStart(2, '0')}Z` }
      await must(copy, ['commit', '--quiet', '--allow-empty', '--message', `${count}`], date)
    }
    const later = await commitFiles(work, { 'later.txt': 'later' }, 'Later')
    await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    const said = await must(copy, ['fetch'], { GIT_CURL_VERBOSE: '1' })
    expect(said).toMatch(/content-encoding: gzip/i)
    expect(await must(copy, ['rev-parse', 'origin/main'])).toBe(later)
  })

  it('takes a push of 60 MiB in chunks and gives it back unchanged', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const large = randomBytes(60 * 1024 * 1024)
    await writeFile(join(work, 'large.bin'), large)
    await commitFiles(work, {}, 'Large')
    const pushed = await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'], {
      GIT_CURL_VERBOSE: '1',
    })
    expect(pushed).toMatch(/transfer-encoding: chunked/i)
    expect(server.pushes).toHaveLength(1)
    await must(scratch.path, ['clone', '--quiet', server.url('spaces/alice/demo'), 'copy'])
    expect((await readFile(join(scratch.path, 'copy', 'large.bin'))).equals(large)).toBe(true)
  })

  it('takes a forced push, and keeps the commit that was there before', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = server.url('spaces/alice/demo', 'alice-write')
    const first = await commitFiles(work, { 'a.txt': 'a' }, 'A')
    await must(work, ['push', to, 'main'])
    await must(work, ['reset', '--quiet', '--hard', 'HEAD~1'])
    const second = await commitFiles(work, { 'b.txt': 'b' }, 'B')
    expect((await git(work, ['push', to, 'main'])).code).not.toBe(0)
    await must(work, ['push', '--force', to, 'main'])
    expect(await server.repositories.head('space-demo')).toBe(second)
    await server.repositories.run('space-demo', ['gc', '--quiet', '--prune=now'])
    expect((await filesAt(server.repositories, 'space-demo', first)).paths.has('a.txt')).toBe(true)
  })

  it('keeps another branch and says how to publish it', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const said = await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main:master'])
    expect(said).toContain('git push http://plaza.example/spaces/alice/demo master:main')
    expect(await server.repositories.head('space-demo')).toBeUndefined()
  })

  it('takes two pushes to different branches at once', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = server.url('spaces/alice/demo', 'alice-write')
    await Promise.all([must(work, ['push', to, 'main']), must(work, ['push', to, 'main:other'])])
    expect(server.pushes).toHaveLength(2)
  })

  it('lets one of two pushes at once win main, and tells the other', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const to = server.url('spaces/alice/demo', 'alice-write')
    const copies = await Promise.all([workingCopy(scratch.path, 'one'), workingCopy(scratch.path, 'two')])
    const outcomes = await Promise.all(copies.map((copy) => git(copy, ['push', to, 'main'])))
    expect(outcomes.filter((outcome) => outcome.code === 0)).toHaveLength(1)
    const winner = copies[outcomes.findIndex((outcome) => outcome.code === 0)] ?? ''
    expect(await server.repositories.head('space-demo')).toBe(await must(winner, ['rev-parse', 'HEAD']))
  })
})

describe('who may', () => {
  const refusals = [
    {
      what: 'a push without credentials',
      path: 'spaces/alice/demo',
      token: undefined,
      says: /could not read Username|Authentication failed/,
    },
    {
      what: 'a push with a wrong token',
      path: 'spaces/alice/demo',
      token: 'wrong',
      says: /remote: Invalid user token/,
    },
    {
      what: 'a push with a revoked token',
      path: 'spaces/alice/demo',
      token: 'revoked',
      says: /remote: Invalid user token/,
    },
    {
      what: 'a push with a read token',
      path: 'spaces/alice/demo',
      token: 'alice-read',
      says: /remote: This token may only read/,
    },
    {
      what: "a push to somebody else's Space",
      path: 'spaces/alice/demo',
      token: 'bob-write',
      says: /remote: alice\/demo is not yours/,
    },
    {
      what: "a push to somebody else's private Space",
      path: 'spaces/alice/hidden',
      token: 'bob-write',
      says: /remote: There is no Space/,
    },
    {
      what: 'a push to a name that is not there',
      path: 'spaces/alice/none',
      token: 'alice-write',
      says: /remote: .*create the Space first/,
    },
    { what: 'a push to a model', path: 'alice/demo', token: 'alice-write', says: /remote: Only Spaces are kept here/ },
  ]
  it.each(refusals)('refuses $what, with words', async ({ path, token, says }) => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const { code, said } = await git(work, ['push', server.url(path, token), 'main'])
    expect(code).not.toBe(0)
    expect(said).toMatch(says)
    expect(server.pushes).toEqual([])
    expect(await server.repositories.list()).toEqual([])
  })

  it('answers the same for a private Space and for none, signed in or not', async () => {
    await using server = await gitServer()
    const answers = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(server.url(`${path}/info/refs?service=git-upload-pack`), { headers })
      return { status: response.status, asks: response.headers.get('www-authenticate'), text: await response.text() }
    }
    const bob = { authorization: `Basic ${Buffer.from('bob:bob-write').toString('base64')}` }
    expect(await answers('spaces/alice/hidden', {})).toEqual(await answers('spaces/alice/none', {}))
    expect(await answers('spaces/alice/hidden', {})).toMatchObject({
      status: 401,
      asks: expect.stringContaining('Basic'),
    })
    expect(await answers('spaces/alice/hidden', bob)).toEqual(await answers('spaces/alice/none', bob))
    expect(await answers('spaces/alice/hidden', bob)).toMatchObject({ status: 404 })
  })

  it('lets the owner of a private Space clone it, with a read token too', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await must(work, ['push', server.url('spaces/alice/hidden', 'alice-write'), 'main'])
    await must(scratch.path, ['clone', '--quiet', server.url('spaces/alice/hidden', 'alice-read'), 'copy'])
    expect((await git(scratch.path, ['clone', server.url('spaces/alice/hidden'), 'other'])).code).not.toBe(0)
  })
})

describe('hostile pushes are harmless, and told why', () => {
  const hostileRefs = [
    'refs/heads/-x',
    'refs/heads/--upload-pack=touch',
    'refs/heads/a$(touch${IFS}planted)b',
    'refs/heads/a`touch`b',
    'refs/heads/a;b',
    'refs/heads/a|b',
    "refs/heads/a'b",
    'refs/heads/a"b',
    'refs/heads/ümlaut',
    'refs/heads/HEAD',
    'refs/heads/0123456789012345678901234567890123456789',
    `refs/heads/${'n'.repeat(201)}`,
    'refs/tags/-t',
    'refs/tags/v1;id',
    'refs/pr/1',
    'refs/plaza/x',
    'refs/hooks/pre-receive',
    'refs/notes/commits',
  ]
  it('refuses every bad name, and takes good ones', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = server.url('spaces/alice/demo', 'alice-write')
    for (const ref of hostileRefs) {
      const { code, said } = await git(work, ['push', to, `HEAD:${ref}`])
      expect(code, ref).not.toBe(0)
      expect(said, ref).toMatch(/remote: Refused|deny updating a hidden ref/)
    }
    const refs = await server.repositories.run('space-demo', ['for-each-ref'])
    expect(refs.toString()).toBe('')
    expect(await readdir(server.repositories.path('space-demo'))).not.toContain('planted')
    await must(work, [
      'push',
      to,
      'HEAD:refs/heads/dependabot/npm_and_yarn/@types/node-24.1',
      'HEAD:refs/tags/v1.0+b#2',
    ])
  })

  it('refuses names that only a forged client sends', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = server.url('spaces/alice/demo', 'alice-write')
    await must(work, ['push', to, 'main'])
    const head = await must(work, ['rev-parse', 'HEAD'])
    for (const ref of [
      'refs/heads/..',
      'refs/heads/../../hooks/x',
      'refs/heads/a..b',
      'refs/heads/a@{1}',
      'refs/heads/a\nb',
      'refs/heads/a b',
      'refs/heads/x.lock',
      'refs/heads/a\u0007',
      'HEAD',
      '../../x',
      '-x',
      'refs/heads/',
    ]) {
      const command = `${'0'.repeat(40)} ${head} ${ref}\0report-status side-band-64k object-format=sha1`
      const body = Buffer.concat([packet(command), Buffer.from('0000'), emptyPack])
      const response = await fetch(server.url('spaces/alice/demo/git-receive-pack'), {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from('alice:alice-write').toString('base64')}`,
          'content-type': 'application/x-git-receive-pack-request',
        },
        body,
      })
      const text = await response.text()
      expect(text.includes(`ok ${ref}`), JSON.stringify({ ref, text })).toBe(false)
    }
    const refs = await server.repositories.run('space-demo', ['for-each-ref', '--format=%(refname)'])
    expect(refs.toString()).toBe('refs/heads/main\n')
  })

  it('does not let main be deleted', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = server.url('spaces/alice/demo', 'alice-write')
    await must(work, ['push', to, 'main', 'main:other'])
    const { code, said } = await git(work, ['push', to, ':main'])
    expect(code).not.toBe(0)
    expect(said).toContain('main is what the Space shows')
    await must(work, ['push', to, ':other'])
  })

  it.each([
    'spaces/alice/-x',
    'spaces/alice/$(id)',
    'spaces/alice/%60id%60',
    'spaces/alice/a;b',
    'spaces/alice/%00',
    'spaces/alice/..%2f..%2fx',
    'spaces/alice/%0a',
    'spaces/--upload-pack=x/demo',
    'spaces/__proto__/constructor',
    'spaces/alice/%E0%A4%A',
    'spaces/../alice/demo',
  ])('finds no repository called %s', async (path) => {
    await using server = await gitServer()
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Basic ${Buffer.from('alice:alice-write').toString('base64')}` }
      const asked = request({
        port: server.port,
        host: '127.0.0.1',
        path: `/${path}/info/refs?service=git-upload-pack`,
        headers,
      })
      asked.on('response', (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      asked.on('error', reject)
      asked.end()
    })
    expect([400, 404]).toContain(status)
    expect(await server.repositories.list()).toEqual([])
  })

  it('stores odd file names, symlinks, submodules and hooks as mere content', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await symlink('/etc/passwd', join(work, 'README.link'))
    await symlink('../../..', join(work, 'up'))
    const planted = join(scratch.path, 'planted')
    const hook = `#!/bin/sh\ntouch '${planted}'\n`
    await commitFiles(
      work,
      {
        'hooks/post-receive': hook,
        '.githooks/pre-receive': hook,
        '$(touch planted)': 'a',
        '`touch planted`': 'b',
        '-rf': 'c',
        'a;b\nc': 'd',
        '.gitattributes': '* filter=evil diff=evil export-subst\n',
        '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = https://example.org/x.git\n',
      },
      'Odd',
    )
    await chmod(join(work, 'hooks/post-receive'), 0o755)
    await must(work, ['update-index', '--add', '--cacheinfo', `160000,${await must(work, ['rev-parse', 'HEAD'])},x`])
    await must(work, ['commit', '--quiet', '--message', 'Submodule'])
    await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    await expect(access(planted)).rejects.toThrow('ENOENT')

    const head = await must(work, ['rev-parse', 'HEAD'])
    const files = await filesAt(server.repositories, 'space-demo', head)
    expect(files.paths.get('README.link')?.kind).toBe('symlink')
    expect(await files.text('README.link')).toBeUndefined()
    expect(files.paths.get('x')?.kind).toBe('submodule')
    expect(await files.text('x')).toBeUndefined()
    expect(await files.text('a;b\nc')).toBe('d')
    expect(await files.text('$(touch planted)')).toBe('a')
    expect(await files.text('-rf')).toBe('c')
  })

  const malformed: { what: string; entries: (blob: string, tree: string) => string; says: RegExp }[] = [
    { what: 'a .git folder in the tree', entries: (_, tree) => `040000 tree ${tree}\t.git\n`, says: /hasDotgit/ },
    { what: 'a folder named ..', entries: (_, tree) => `040000 tree ${tree}\t..\n`, says: /hasDotdot/ },
    {
      what: '.gitmodules as a symlink',
      entries: (blob) => `120000 blob ${blob}\t.gitmodules\n`,
      says: /gitmodulesSymlink/,
    },
  ]
  it.each(malformed)('refuses $what', async ({ entries, says }) => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const blob = await must(work, ['rev-parse', 'HEAD:index.html'])
    const inner = await must(work, ['rev-parse', 'HEAD^{tree}'])
    // `mktree` would refuse the first two: the tree is written as bytes.
    const [mode = '', , rest = ''] = entries(blob, inner).split(' ')
    const [object = '', name = ''] = rest.trimEnd().split('\t')
    await writeFile(
      join(work, 'tree'),
      Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(object, 'hex')]),
    )
    const tree = await must(work, ['hash-object', '-w', '-t', 'tree', '--literally', 'tree'])
    const commit = await must(work, ['commit-tree', '-m', 'Malformed', tree])
    const { code, said } = await git(work, [
      'push',
      server.url('spaces/alice/demo', 'alice-write'),
      `${commit}:refs/heads/main`,
    ])
    expect(code).not.toBe(0)
    expect(said).toMatch(says)
    expect(await server.repositories.head('space-demo')).toBeUndefined()
  })

  it('refuses a submodule address that is an option', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await commitFiles(work, { '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch\n' }, 'Option')
    const { code, said } = await git(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    expect(code).not.toBe(0)
    expect(said).toContain('gitmodulesUrl')
  })
})

describe('requests that git does not send', () => {
  const receive = 'spaces/alice/demo/git-receive-pack'
  const alice = { authorization: `Basic ${Buffer.from('alice:alice-write').toString('base64')}` }

  it('refuses the dumb protocol, another content type, an unknown encoding and gzip that is none', async () => {
    await using server = await gitServer()
    const post = (headers: Record<string, string>, body: Uint8Array<ArrayBuffer> = new Uint8Array(4)) =>
      fetch(server.url(receive), { method: 'POST', headers: { ...alice, ...headers }, body })
    const type = { 'content-type': 'application/x-git-receive-pack-request' }
    expect((await fetch(server.url('spaces/alice/demo/info/refs'))).status).toBe(400)
    expect((await post({ 'content-type': 'text/plain' })).status).toBe(400)
    expect((await post({ ...type, 'content-encoding': 'br' })).status).toBe(400)
    expect((await post({ ...type, 'content-encoding': 'gzip' }, new Uint8Array(randomBytes(100)))).status).toBe(400)
    expect((await post(type, new Uint8Array(Buffer.from('garbage that is no packet')))).status).toBe(400)
  })

  it('answers the four-byte probe without telling anyone of a push', async () => {
    await using server = await gitServer()
    await server.repositories.create('space-demo')
    const type = { 'content-type': 'application/x-git-receive-pack-request' }
    const plain = await fetch(server.url(receive), { method: 'POST', headers: { ...alice, ...type }, body: '0000' })
    expect(plain.status).toBe(200)
    const zipped = new Uint8Array(gzipSync('0000'))
    const gzip = { ...alice, ...type, 'content-encoding': 'gzip' }
    expect((await fetch(server.url(receive), { method: 'POST', headers: gzip, body: zipped })).status).toBe(200)
    expect(server.pushes.length).toBeLessThanOrEqual(1)
  })

  it('ends git when the client goes away in the middle, and keeps nothing of it', async () => {
    await using server = await gitServer()
    await server.repositories.create('space-demo')
    const headers = { ...alice, 'content-type': 'application/x-git-receive-pack-request' }
    const asked = request({ port: server.port, host: '127.0.0.1', path: `/${receive}`, method: 'POST', headers })
    asked.on('error', () => {})
    const command = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main\0report-status`
    asked.write(Buffer.concat([packet(command), Buffer.from('0000PACK'), Buffer.from([0, 0, 0, 2, 0, 0, 0, 9])]))
    const objects = join(server.repositories.path('space-demo'), 'objects')
    const quarantined = async () => (await readdir(objects)).some((name) => name.startsWith('tmp_objdir'))
    await expect.poll(quarantined, { timeout: 10_000 }).toBe(true)
    asked.destroy()
    await expect.poll(quarantined, { timeout: 10_000 }).toBe(false)
    await expect.poll(() => server.pushes.length, { timeout: 10_000 }).toBe(1)
    expect(await server.repositories.head('space-demo')).toBeUndefined()
  })

  it('ends a git whose client says nothing more', async () => {
    await using server = await gitServer({ idleLimit: 300 })
    const headers = { 'content-type': 'application/x-git-upload-pack-request' }
    const asked = request({
      port: server.port,
      host: '127.0.0.1',
      path: '/spaces/alice/demo/git-upload-pack',
      method: 'POST',
      headers,
    })
    await server.repositories.create('space-demo')
    asked.write('00')
    const outcome = await new Promise((resolve) => {
      asked.on('response', () => resolve('response'))
      asked.on('error', () => resolve('closed'))
    })
    expect(outcome).toBe('closed')
  })

  it('asks to come back when too many are served', async () => {
    await using server = await gitServer({ serviceLimit: 0 })
    const headers = { 'content-type': 'application/x-git-upload-pack-request' }
    const response = await fetch(server.url('spaces/alice/demo/git-upload-pack'), {
      method: 'POST',
      headers,
      body: '0000',
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
  })
})

const largeFiles = (await git('/', ['lfs', 'version'])).code === 0
it.skipIf(!largeFiles)('tells git-lfs how to push without it (needs: the package git-lfs)', async () => {
  await using server = await gitServer()
  await using scratch = await scratchFolder()
  const work = await workingCopy(scratch.path)
  await must(work, ['lfs', 'install', '--local'])
  await must(work, ['lfs', 'track', '*.bin'])
  await commitFiles(work, { 'a.bin': 'large' }, 'Large')
  const to = server.url('spaces/alice/demo', 'alice-write')
  const { code, said } = await git(work, ['push', to, 'main'])
  expect(code).not.toBe(0)
  expect(said).toContain('git lfs migrate export')
  await must(work, ['lfs', 'migrate', 'export', '--everything', '--include=*'])
  await must(work, ['push', '--force', to, 'main'])
})

describe('a push that cannot be recorded', () => {
  it('is tried again before the pusher is answered', async () => {
    let calls = 0
    await using server = await gitServer({
      pushed: async () => {
        calls++
        if (calls < 3) throw new Error('the store is away')
      },
    })
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    expect(calls).toBe(3)
    expect(server.reports.filter((report) => report.includes('could not record'))).toHaveLength(2)
  })
})

describe('what lies outside our repositories', () => {
  it('does not reach git: neither a setting of the machine nor a variable of the platform', async () => {
    await using server = await gitServer()
    await using scratch = await scratchFolder()
    const planted = join(scratch.path, 'planted')
    await writeFile(join(scratch.path, 'hook'), `#!/bin/sh\ntouch '${planted}'\n`, { mode: 0o755 })
    const before = { ...process.env }
    process.env['GIT_DIR'] = scratch.path
    process.env['GIT_CONFIG_COUNT'] = '1'
    process.env['GIT_CONFIG_KEY_0'] = 'core.hooksPath'
    process.env['GIT_CONFIG_VALUE_0'] = scratch.path
    try {
      const work = await workingCopy(scratch.path)
      await must(work, ['push', server.url('spaces/alice/demo', 'alice-write'), 'main'])
    } finally {
      process.env = before
    }
    await expect(access(planted)).rejects.toThrow('ENOENT')
    expect(server.pushes).toHaveLength(1)
  })
})

function packet(text: string): Buffer {
  return Buffer.from((Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text)
}

/** A pack of no objects: header, version 2, count 0, and its SHA-1. */
const emptyPack = Buffer.from('5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e', 'hex')
