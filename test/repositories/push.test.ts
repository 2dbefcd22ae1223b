import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { PlazaError } from '../../control-plane/errors.ts'
import { type FileChange, makeCommit } from '../../control-plane/repositories/commit.ts'
import { type PushParts, commitAndRecord, recordAll, recordPush } from '../../control-plane/repositories/push.ts'
import { openRepositories } from '../../control-plane/repositories/repository.ts'
import { commitInfo, filesAt, history, readContent, resolveRevision } from '../../control-plane/repositories/tree.ts'
import type { Store } from '../../control-plane/store/database.ts'
import { testDatabase } from '../store/database.ts'
import { commitFiles, git, gitServer, must, scratchFolder, spaces, workingCopy } from './git-server.ts'

const alice = { accountId: 'alice', name: 'alice', role: 'member', via: 'session' } as const

/** The people and Spaces of git-server.ts as rows. */
async function populate(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    for (const name of ['alice', 'bob']) {
      await tx.db
        .insertInto('accounts')
        .values({ id: name, name, name_key: name, fullname: name, email: null, avatar: null })
        .execute()
    }
    for (const { id, ownerId, name, visibility } of spaces) {
      const row = { id, owner_id: ownerId, name, name_key: name, slug: `${ownerId}-${name}`, visibility }
      await tx.db
        .insertInto('spaces')
        .values({ ...row, address: null, sdk: null, target_commit: null, head_commit: null, card: null })
        .execute()
    }
  })
}

/** What a card would be made of here: the paths of the commit. A file `broken` stands for a card that cannot be read. */
const describeFiles: PushParts['describe'] = async (files) => {
  if (files.paths.has('broken'))
    return { card: undefined, problem: { stage: 'CONFIG_ERROR', message: 'It is broken.' } }
  const readme = await files.text('README.md')
  return {
    card: { readme: readme ?? null, paths: [...files.paths.keys()] },
    plan: { kind: 'static', appFile: 'index.html', warnings: [] },
  }
}

const space = (store: Store, id = 'space-demo') =>
  store.read.selectFrom('spaces').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const commits = (store: Store) => store.read.selectFrom('commits').selectAll().orderBy('pushed_at').execute()
const changes = (store: Store) => store.read.selectFrom('changes').select(['type', 'space_id']).execute()

/** A store, and a git server whose pushes are recorded in it. */
async function platform() {
  const database = await testDatabase()
  await populate(database.store)
  const server = await gitServer({
    pushed: async (spaceId, viewer) => {
      await recordPush(parts, spaceId, viewer)
    },
  })
  const parts: PushParts = {
    store: database.store,
    repositories: server.repositories,
    describe: describeFiles,
    driver: 'local',
  }
  return {
    server,
    parts,
    store: database.store,
    repositories: server.repositories,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

describe('a push', () => {
  it('becomes a row, the desired commit and one change before the pusher is answered', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main'])
    const head = await must(work, ['rev-parse', 'HEAD'])
    expect(await space(plaza.store)).toMatchObject({
      head_commit: head,
      target_commit: head,
      card: { paths: ['README.md', 'index.html'] },
    })
    expect(await commits(plaza.store)).toMatchObject([
      { sha: head, title: 'First', author: 'Alice A', account_id: 'alice', plan: { kind: 'static' }, problem: null },
    ])
    expect(await changes(plaza.store)).toEqual([{ type: 'commit', space_id: 'space-demo' }])
  })

  it('is recorded once, however often it is told', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main'])
    const again = await Promise.all([1, 2, 3].map(() => recordPush(plaza.parts, 'space-demo', alice)))
    expect(again).toEqual([undefined, undefined, undefined])
    expect(await recordAll(plaza.parts)).toEqual([])
    expect(await changes(plaza.store)).toHaveLength(1)
  })

  it('to another branch or of a tag changes no row', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main:other', 'main:refs/tags/v1'])
    expect(await space(plaza.store)).toMatchObject({ head_commit: null, target_commit: null })
    expect(await changes(plaza.store)).toEqual([])
  })

  it('of a commit that cannot be built keeps the reason beside it', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await commitFiles(work, { broken: '' }, 'Broken')
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main'])
    expect(await commits(plaza.store)).toMatchObject([
      { plan: null, problem: { message: 'It is broken.' }, card: null },
    ])
  })

  it('of a README that is far too long is a problem of its author, not of the platform', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await commitFiles(work, { 'README.md': 'x'.repeat(2 * 1024 * 1024) }, 'Long')
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main'])
    expect(await commits(plaza.store)).toMatchObject([{ plan: null, problem: { stage: 'CONFIG_ERROR' } }])
  })

  it('that goes back to an older commit by force makes that one desired again', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = plaza.server.url('spaces/alice/demo', 'alice-write')
    const first = await must(work, ['rev-parse', 'HEAD'])
    await must(work, ['push', to, 'main'])
    await commitFiles(work, { 'a.txt': 'a' }, 'Second')
    await must(work, ['push', to, 'main'])
    await must(work, ['push', '--force', to, `${first}:main`])
    expect(await space(plaza.store)).toMatchObject({ head_commit: first, target_commit: first })
    expect(await commits(plaza.store)).toHaveLength(2)
  })

  it('is found again after the platform was killed between git and the store', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const folder = join(scratch.path, 'platform')
    const doomed = spawn(process.execPath, [join(import.meta.dirname, 'doomed-server.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: doomed.stdout })[Symbol.asyncIterator]()
    const { value: port } = await lines.next()
    const pushing = git(work, ['push', `http://alice:alice-write@127.0.0.1:${port}/spaces/alice/demo`, 'main'])
    expect(await lines.next()).toMatchObject({ value: 'moved' })
    doomed.kill('SIGKILL')
    await once(doomed, 'close')
    await pushing

    const parts = { ...plaza.parts, repositories: await openRepositories(join(folder, 'repositories')) }
    expect(await recordAll(parts)).toEqual(['space-demo'])
    const head = await must(work, ['rev-parse', 'HEAD'])
    expect(await space(plaza.store)).toMatchObject({ head_commit: head, target_commit: head })
    expect(await recordAll(parts)).toEqual([])
  })

  it('leaves the last commit of main in the rows, when many come at once', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = plaza.server.url('spaces/alice/demo', 'alice-write')
    const shas: string[] = []
    for (let count = 0; count < 6; count++) shas.push(await commitFiles(work, { 'n.txt': `${count}` }, `${count}`))
    await must(work, ['push', to, 'HEAD:refs/heads/other'])
    await Promise.all(
      shas.map(async (sha) => {
        // Whoever loses the ref's lock still records what the winner has made of it.
        await plaza.repositories.run('space-demo', ['update-ref', 'refs/heads/main', sha]).catch(() => {})
        await recordPush(plaza.parts, 'space-demo', alice)
      }),
    )
    const head = await plaza.repositories.head('space-demo')
    expect(shas).toContain(head)
    expect(await space(plaza.store)).toMatchObject({ head_commit: head, target_commit: head })
  })

  it('does not reach a deleted Space, and one damaged repository does not hide the others', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const to = (name: string) => plaza.server.url(`spaces/alice/${name}`, 'alice-write')
    await must(work, ['push', to('demo'), 'main'])
    await must(work, ['push', to('hidden'), 'main'])
    await plaza.store.transaction((tx) => tx.db.updateTable('spaces').set({ head_commit: null }).execute())
    await rm(join(plaza.repositories.path('space-demo'), 'objects'), { recursive: true })
    const complaints: string[] = []
    expect(await recordAll(plaza.parts, (id) => complaints.push(id))).toEqual(['space-hidden'])
    expect(complaints).toEqual(['space-demo'])
    await plaza.store.transaction((tx) =>
      tx.db.updateTable('spaces').set({ head_commit: null, deleted_at: tx.now }).execute(),
    )
    expect(await recordPush(plaza.parts, 'space-hidden', alice)).toBeUndefined()
    expect(await recordAll(plaza.parts)).toEqual([])
  })
})

describe('what the store cannot hold', () => {
  it('is left out of a card and a plan, instead of losing the push', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await commitFiles(work, { 'README.md': 'zero \0 byte, \\u0000 in words' }, 'Zero')
    const describeOdd: PushParts['describe'] = async (files) => ({
      card: { readme: await files.text('README.md'), ['key\0']: ['half a pair \ud800'] },
      plan: { kind: 'static', appFile: 'index\0.html', warnings: [] },
    })
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main:later'])
    await plaza.repositories.run('space-demo', ['update-ref', 'refs/heads/main', 'refs/heads/later'])
    await recordPush({ ...plaza.parts, describe: describeOdd }, 'space-demo', alice)
    expect(await commits(plaza.store)).toMatchObject([
      {
        card: { readme: 'zero  byte, \\u0000 in words', key: ['half a pair \ufffd'] },
        plan: { appFile: 'index.html' },
      },
    ])
  })
})

describe('a commit by the API or the page', () => {
  const author = { name: 'Alice A.', email: 'alice@example.org' }

  it('makes the first commit, then the next, each recorded like a push', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    await plaza.repositories.create('space-demo')
    const first = await commitAndRecord(plaza.parts, 'space-demo', alice, {
      message: 'First\n\nwith a body',
      author,
      changes: [
        { put: 'README.md', content: '---\nsdk: static\n---\n' },
        { put: 'bin/run', content: Buffer.from([0, 255, 10]), executable: true },
        { put: 'folder/a "quoted" ü.txt', content: 'a' },
        { put: 'folder/-rf', content: 'b' },
      ],
    })
    const second = await commitAndRecord(plaza.parts, 'space-demo', alice, {
      message: 'Second',
      author,
      parent: first,
      changes: [{ delete: 'folder' }, { put: 'bin/run', content: 'changed' }],
    })
    expect(await space(plaza.store)).toMatchObject({ head_commit: second, target_commit: second })
    expect((await commits(plaza.store)).map((commit) => commit.title)).toEqual(['First', 'Second'])

    await must(scratch.path, ['clone', '--quiet', plaza.server.url('spaces/alice/demo'), 'copy'])
    const copy = join(scratch.path, 'copy')
    expect(await must(copy, ['ls-files'])).toBe('README.md\nbin/run')
    expect(await must(copy, ['ls-files', '--stage', 'bin/run'])).toContain('100755')
    expect(await must(copy, ['show', `${first}:folder/a "quoted" ü.txt`])).toBe('a')
    expect(await must(copy, ['log', '--format=%an <%ae> %s', '-1', first])).toBe('Alice A. <alice@example.org> First')
    await must(copy, ['fsck', '--strict'])
    expect((await plaza.repositories.run('space-demo', ['for-each-ref', '--format=%(refname)'])).toString()).toBe(
      'refs/heads/main\n',
    )
  })

  it('keeps a program a program under its new path, and nothing else', async () => {
    await using plaza = await platform()
    await plaza.repositories.create('space-demo')
    const run = async (...words: string[]) => (await plaza.repositories.run('space-demo', words)).toString()
    const make = (changes: FileChange[]) =>
      commitAndRecord(plaza.parts, 'space-demo', alice, { message: 'm', author, changes })
    const listed = async () => (await run('ls-tree', '-r', '--format=%(objectmode) %(path)', 'main')).trim().split('\n')
    await make([
      { put: 'run', content: 'echo tide', executable: true },
      { put: 'note', content: 'echo tide' },
    ])
    const object = (await run('rev-parse', 'main:run')).trim()
    await make([{ delete: 'run' }, { put: 'bin/start', object }])
    expect(await listed()).toEqual(['100755 bin/start', '100644 note'])
    // The same content elsewhere is a copy, and a plain file that moves stays one.
    await make([{ put: 'copy', object }])
    await make([{ delete: 'note' }, { put: 'docs/note', object }])
    expect(await listed()).toEqual(['100755 bin/start', '100644 copy', '100644 docs/note'])
  })

  it('is refused where main has moved, and changes nothing', async () => {
    await using plaza = await platform()
    await plaza.repositories.create('space-demo')
    const make = (parent: string | undefined, content: string) =>
      commitAndRecord(plaza.parts, 'space-demo', alice, {
        message: 'm',
        author,
        parent,
        changes: [{ put: 'a', content }],
      })
    const first = await make(undefined, '1')
    const second = await make(first, '2')
    await expect(make(first, '3')).rejects.toMatchObject({ code: 'precondition_failed' })
    await expect(make('f'.repeat(40), '3')).rejects.toMatchObject({ code: 'precondition_failed' })
    expect(await plaza.repositories.head('space-demo')).toBe(second)
  })

  it('wins alone, when several are made onto the same parent at once', async () => {
    await using plaza = await platform()
    await plaza.repositories.create('space-demo')
    const commit = (content: string, parent?: string) =>
      commitAndRecord(plaza.parts, 'space-demo', alice, {
        message: content,
        author,
        parent,
        changes: [{ put: 'a', content }],
      })
    const parent = await commit('0')
    const outcomes = await Promise.allSettled(['1', '2', '3', '4'].map((content) => commit(content, parent)))
    const made = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(made).toHaveLength(1)
    expect(await space(plaza.store)).toMatchObject({ head_commit: made[0]?.value })
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'precondition_failed' })
    }
    expect((await plaza.repositories.run('space-demo', ['for-each-ref', '--format=%(refname)'])).toString()).toBe(
      'refs/heads/main\n',
    )
  })

  it('that changes nothing leaves main where it is', async () => {
    await using plaza = await platform()
    await plaza.repositories.create('space-demo')
    const commit = () =>
      commitAndRecord(plaza.parts, 'space-demo', alice, {
        message: 'm',
        author,
        changes: [{ put: 'a', content: 'same' }],
      })
    expect(await commit()).toBe(await commit())
    expect(await commits(plaza.store)).toHaveLength(1)
  })

  it.each([
    { what: 'a way out', changes: [{ put: '../x', content: '' }], code: 'bad_request' },
    { what: 'a hook', changes: [{ put: '.git/hooks/post-receive', content: '' }], code: 'bad_request' },
    { what: 'a path with a line end', changes: [{ put: 'a\nM 100644 inline b', content: '' }], code: 'bad_request' },
    { what: 'one file twice', changes: [{ put: 'a', content: '' }, { delete: 'a' }], code: 'bad_request' },
    {
      what: 'a file as a folder',
      changes: [
        { put: 'a', content: '' },
        { put: 'a/b', content: '' },
      ],
      code: 'bad_request',
    },
    { what: 'nothing', changes: [], code: 'bad_request' },
    { what: 'the deletion of what is not there', changes: [{ delete: 'none' }], code: 'entry_not_found' },
  ])('of $what is refused', async ({ changes, code }) => {
    await using plaza = await platform()
    await plaza.repositories.create('space-demo')
    const commit = commitAndRecord(plaza.parts, 'space-demo', alice, { message: 'm', author, changes })
    await expect(commit).rejects.toMatchObject({ code })
    expect(await plaza.repositories.head('space-demo')).toBeUndefined()
  })

  it('takes instructions of fast-import in a message, a name and a file as mere text', async () => {
    await using plaza = await platform()
    await plaza.repositories.create('space-demo')
    const sha = await commitAndRecord(plaza.parts, 'space-demo', alice, {
      message: 'x\ndone\nreset refs/heads/evil\n$(touch planted)',
      author: { name: 'A <b> \n committer x', email: 'a>\nb@example.org' },
      changes: [{ put: 'a', content: '\ndata 3\nM 100644 inline b\n' }],
    })
    expect(await commitInfo(plaza.repositories, 'space-demo', sha)).toMatchObject({
      title: 'x done reset refs/heads/evil $(touch planted)',
      message: 'x\ndone\nreset refs/heads/evil\n$(touch planted)',
      author: 'A b  committer x',
    })
    expect([...(await filesAt(plaza.repositories, 'space-demo', sha)).paths.keys()]).toEqual(['a'])
  })
})

describe('reading a repository', () => {
  it('resolves branches, tags, HEAD and hashes, and nothing else', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const head = await must(work, ['rev-parse', 'HEAD'])
    await must(work, ['tag', '--annotate', '--message', 'one', 'v1'])
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main', 'main:feature/x', 'v1'])
    for (const revision of ['HEAD', 'main', 'feature/x', 'v1', head, 'refs/heads/main', 'refs/tags/v1']) {
      expect(await resolveRevision(plaza.repositories, 'space-demo', revision), revision).toBe(head)
    }
    for (const revision of ['none', '0'.repeat(40), head.slice(0, 7)]) {
      await expect(resolveRevision(plaza.repositories, 'space-demo', revision)).rejects.toMatchObject({
        code: 'revision_not_found',
      })
    }
    for (const revision of ['main^', 'main:README.md', '--help', 'a\nmain', 'HEAD@{1}', 'refs/plaza/x', '../x', '']) {
      await expect(resolveRevision(plaza.repositories, 'space-demo', revision), revision).rejects.toBeInstanceOf(
        PlazaError,
      )
    }
  })

  it('lists the commits that lead to one, and reads their times even where they are absurd', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    const odd = await commitFiles(work, { 'a.txt': 'a' }, 'Subject\n\nBody\n\nMore')
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main'])
    const list = await history(plaza.repositories, 'space-demo', odd)
    expect(list.map((commit) => commit.title)).toEqual(['Subject', 'First'])
    expect(list[0]).toMatchObject({
      sha: odd,
      parents: [list[1]?.sha],
      message: 'Subject\n\nBody\n\nMore',
      email: 'alice@example.org',
    })
    expect(await history(plaza.repositories, 'space-demo', odd, { skip: 1, limit: 1 })).toEqual([list[1]])
    await expect(commitInfo(plaza.repositories, 'space-demo', 'f'.repeat(40))).rejects.toMatchObject({
      code: 'revision_not_found',
    })

    const tree = await must(work, ['rev-parse', 'HEAD^{tree}'])
    await writeFile(
      join(scratch.path, 'commit'),
      `tree ${tree}\nauthor A <a@b> 9999999999999999 +0000\ncommitter A <a@b> 1 +0000\n\nabsurd\n`,
    )
    const absurd = await must(work, ['hash-object', '-w', '-t', 'commit', '--literally', join(scratch.path, 'commit')])
    await must(work, ['push', '--force', plaza.server.url('spaces/alice/demo', 'alice-write'), `${absurd}:main`])
    expect(await commits(plaza.store)).toMatchObject([{ title: 'Subject' }, { title: 'absurd' }])
  })

  it('reads content up to a limit, and never through a symlink', async () => {
    await using plaza = await platform()
    await using scratch = await scratchFolder()
    const work = await workingCopy(scratch.path)
    await symlink('../../../../etc/passwd', join(work, 'link'))
    const head = await commitFiles(work, { 'a.bin': 'twelve bytes' }, 'Files')
    await must(work, ['push', plaza.server.url('spaces/alice/demo', 'alice-write'), 'main'])
    const files = await filesAt(plaza.repositories, 'space-demo', head)
    const entry = files.paths.get('a.bin')
    const link = files.paths.get('link')
    if (!entry || !link) throw new Error('they were pushed')
    expect((await readContent(plaza.repositories, 'space-demo', entry, 'a.bin')).toString()).toBe('twelve bytes')
    await expect(readContent(plaza.repositories, 'space-demo', entry, 'a.bin', 11)).rejects.toMatchObject({
      code: 'payload_too_large',
    })
    expect((await readContent(plaza.repositories, 'space-demo', link, 'link')).toString()).toBe(
      '../../../../etc/passwd',
    )
    expect(await files.text('link')).toBeUndefined()
  })
})

describe('repositories', () => {
  it('are made once, listed, and removed', async () => {
    await using plaza = await platform()
    await Promise.all([1, 2, 3].map(() => plaza.repositories.create('space-demo')))
    expect(await plaza.repositories.list()).toEqual(['space-demo'])
    await plaza.repositories.remove('space-demo')
    await plaza.repositories.remove('space-demo')
    expect(await plaza.repositories.list()).toEqual([])
    expect(() => plaza.repositories.path('../x')).toThrow('not the id')
  })

  it('work again after a git was killed in the middle of moving a ref', async () => {
    await using scratch = await scratchFolder()
    await using server = await gitServer({}, scratch.path)
    const work = await workingCopy(scratch.path)
    const to = server.url('spaces/alice/demo', 'alice-write')
    await must(work, ['push', to, 'main'])
    const lock = join(server.repositories.path('space-demo'), 'refs/heads/main.lock')
    await writeFile(lock, '')
    await utimes(lock, 1, 1)
    const next = await commitFiles(work, { 'a.txt': 'a' }, 'Next')
    expect((await git(work, ['push', to, 'main'])).code).not.toBe(0)
    await openRepositories(join(scratch.path, 'repositories'))
    await must(work, ['push', to, 'main'])
    expect(await server.repositories.head('space-demo')).toBe(next)
  })

  it('are packed when they have become many packs, and lose nothing', async () => {
    await using server = await gitServer()
    await server.repositories.create('space-demo')
    const author = { name: 'a', email: 'a@example.org' }
    for (let count = 0; count < 3; count++) {
      await makeCommit(server.repositories, 'space-demo', {
        message: 'm',
        author,
        changes: [{ put: 'a', content: `${count}` }],
      })
    }
    await Promise.all([server.repositories.tidy('space-demo'), server.repositories.tidy('space-demo')])
    const head = await server.repositories.head('space-demo')
    expect(await history(server.repositories, 'space-demo', head ?? '')).toHaveLength(3)
    await server.repositories.run('space-demo', ['pack-refs', '--all'])
    expect(await server.repositories.head('space-demo')).toBe(head)
  })
})
