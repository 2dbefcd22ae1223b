import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BlameRanges, CommitDiff, CommitPage } from '../../control-plane/hub/files.ts'
import { TestPlaza } from '../plaza.ts'
import { installNodeClients } from './node-clients.ts'
import { installPythonClients } from './python-clients.ts'

const [clients, node] = await Promise.all([installPythonClients(), installNodeClients()])
const neededNode = node.problem === undefined ? '' : ` (left out: no @huggingface/hub, ${node.problem})`
const needed = clients.problem === undefined ? '' : ` (left out: no huggingface_hub, ${clients.problem})`
const withClients = test.skipIf(clients.problem !== undefined)

let plaza: TestPlaza
let alice: string
beforeAll(async () => {
  plaza = await TestPlaza.start()
  alice = plaza.person('alice').token
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

const card = '---\ntitle: Page\nsdk: static\n---\n'
const page = { 'README.md': card, 'index.html': '<h1>first</h1>' }

type Change = { key: string; value: Record<string, unknown> }
const put = (path: string, text: string | Buffer): Change => ({
  key: 'file',
  value: { path, content: Buffer.from(text).toString('base64'), encoding: 'base64' },
})

/** A commit request as a program makes it. */
async function commit(id: string, changes: (Change | string)[], more: { as?: string; rev?: string } = {}) {
  const { as = 'alice', rev = 'main' } = more
  const token = plaza.people.get(as)?.token
  return await fetch(new URL(`/api/spaces/${id}/commit/${rev}`, plaza.url), {
    method: 'POST',
    headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), 'Content-Type': 'application/x-ndjson' },
    body: changes.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n'),
  })
}
const header = (summary: string, more: Record<string, unknown> = {}): Change => ({
  key: 'header',
  value: { summary, ...more },
})
async function head(id: string): Promise<string> {
  const { sha } = await plaza.json<{ sha: string }>('GET', `/api/spaces/${id}`, id.split('/')[0])
  return sha
}
const get = async (route: string, headers: Record<string, string> = {}, as?: string) => {
  const token = as === undefined ? undefined : plaza.person(as).token
  return await fetch(new URL(route, plaza.url), {
    headers: { ...headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) },
  })
}

describe('huggingface_hub', () => {
  withClients(
    `uploads a folder that is built and goes live, changes one file, and both are seen${needed}`,
    async () => {
      const seen = await clients.script<Record<string, unknown>>(
        plaza,
        alice,
        `
import os, tempfile
from huggingface_hub import HfApi
api = HfApi()
id = "alice/live"
api.create_repo(id, repo_type="space", space_sdk="static")
empty = api.list_repo_files(id, repo_type="space")
folder = tempfile.mkdtemp()
os.makedirs(folder + "/assets/deep")
open(folder + "/README.md", "w").write(${JSON.stringify(card)})
open(folder + "/index.html", "w").write("<h1>live</h1>")
open(folder + "/assets/deep/größe 1.txt", "w").write("deep")
open(folder + "/debug.log", "w").write("not this")
open(folder + "/.gitignore", "w").write("*.log\\n")
info = api.upload_folder(repo_id=id, repo_type="space", folder_path=folder, commit_message="All of it", commit_description="And why")
stage = api.wait_for_space(id, timeout=60).stage
again = api.upload_folder(repo_id=id, repo_type="space", folder_path=folder)
second = api.upload_file(repo_id=id, repo_type="space", path_or_fileobj=b"<h1>changed</h1>", path_in_repo="index.html")
commits = api.list_repo_commits(id, repo_type="space", formatted=True)
report({"empty": empty, "oid": info.oid, "url": info.commit_url, "stage": stage, "again": again.oid, "second": second.oid,
    "files": sorted(api.list_repo_files(id, repo_type="space")),
    "commits": [[c.commit_id, c.title, c.message, c.authors] for c in commits], "formatted": commits[0].formatted_title})
`,
      )
      expect(seen).toMatchObject({
        empty: [],
        url: `${plaza.url.origin}/spaces/alice/live/commit/${String(seen['oid'])}`,
        stage: 'RUNNING',
        again: seen['oid'],
        files: ['.gitignore', 'README.md', 'assets/deep/größe 1.txt', 'index.html'],
        formatted: 'Upload index.html with huggingface_hub',
        commits: [
          [seen['second'], 'Upload index.html with huggingface_hub', '', ['alice']],
          [seen['oid'], 'All of it', 'And why', ['alice']],
        ],
      })
      await expect
        .poll(async () => await (await plaza.visit('alice/live')).text(), { timeout: 30_000 })
        .toContain('changed')
    },
  )

  withClients(
    `downloads one file, everything, and an old revision, and is told what is not there${needed}`,
    async () => {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 256))
      const first = await plaza.publish('alice', 'down', { ...page, 'data/a b+c%#?.bin': bytes, 'ünïcode/é.txt': 'é' })
      await plaza.push('alice', 'down', { ...page, 'index.html': '<h1>second</h1>', 'data/a b+c%#?.bin': bytes })
      const seen = await clients.script<Record<string, unknown>>(
        plaza,
        alice,
        `
import hashlib, os
from huggingface_hub import HfApi, hf_hub_download, snapshot_download, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, RevisionNotFoundError, RepositoryNotFoundError
id = "alice/down"
def name(work):
    try: work()
    except Exception as e: return type(e).__name__
    return "nothing raised"
one = hf_hub_download(id, "data/a b+c%#?.bin", repo_type="space")
old = hf_hub_download(id, "index.html", repo_type="space", revision="${first}")
all = snapshot_download(id, repo_type="space")
paths = HfApi().get_paths_info(id, ["data", "index.html", "none.txt"], expand=True, repo_type="space")
tree = list(HfApi().list_repo_tree(id, repo_type="space", recursive=True, expand=True))
refs = HfApi().list_repo_refs(id, repo_type="space", include_pull_requests=True)
meta = get_hf_file_metadata(hf_hub_url(id, "index.html", repo_type="space"))
report({"sha": hashlib.sha256(open(one, "rb").read()).hexdigest(), "old": open(old).read(),
    "all": sorted(os.path.relpath(os.path.join(d, f), all) for d, _, fs in os.walk(all) for f in fs),
    "paths": [[type(p).__name__, p.path, p.last_commit.title] for p in paths],
    "tree": [p.path for p in tree if p.last_commit],
    "refs": [[b.name, b.ref, b.target_commit] for b in refs.branches],
    "meta": [meta.commit_hash, meta.size],
    "entry": name(lambda: hf_hub_download(id, "none.txt", repo_type="space")),
    "revision": name(lambda: hf_hub_download(id, "index.html", repo_type="space", revision="none")),
    "repo": name(lambda: hf_hub_download("alice/none", "index.html", repo_type="space")),
})
`,
      )
      const now = await head('alice/down')
      expect(seen).toMatchObject({
        sha: createHash('sha256').update(bytes).digest('hex'),
        old: '<h1>first</h1>',
        all: ['README.md', 'data/a b+c%#?.bin', 'index.html'],
        paths: [
          ['RepoFolder', 'data', expect.stringContaining('Change')],
          ['RepoFile', 'index.html', expect.stringContaining('Change')],
        ],
        tree: expect.arrayContaining(['data', 'data/a b+c%#?.bin']),
        refs: [['main', 'refs/heads/main', now]],
        meta: [now, Buffer.byteLength('<h1>second</h1>')],
        entry: expect.stringContaining('EntryNotFoundError'),
        revision: 'RevisionNotFoundError',
        repo: 'RepositoryNotFoundError',
      })
    },
  )

  withClients(
    `makes commits of several operations, and is told of a conflict and of what is too large${needed}`,
    async () => {
      await plaza.publish('alice', 'ops', { ...page, 'old/a.txt': 'a', 'old/b.txt': 'b', 'single.txt': 's' })
      const seen = await clients.script<Record<string, unknown>>(
        plaza,
        alice,
        `
from huggingface_hub import HfApi, CommitOperationAdd, CommitOperationDelete, CommitOperationCopy
from huggingface_hub.errors import HfHubHTTPError
api = HfApi()
id = "alice/ops"
def status(work):
    try: work()
    except HfHubHTTPError as e: return [e.response.status_code, e.server_message]
    except ValueError as e: return str(e)
    return "nothing raised"
base = api.repo_info(id, repo_type="space").sha
made = api.create_commit(id, [
    CommitOperationAdd("new/-x.txt", b"dash"),
    CommitOperationCopy("single.txt", "copied.txt"),
    CommitOperationDelete("old/"),
    CommitOperationDelete("single.txt"),
], commit_message="Several", repo_type="space", parent_commit=base)
api.delete_file("copied.txt", id, repo_type="space")
out = {
    "files": sorted(api.list_repo_files(id, repo_type="space")),
    "stale": status(lambda: api.create_commit(id, [CommitOperationAdd("x", b"x")], commit_message="Late", repo_type="space", parent_commit=base)),
    "gone": status(lambda: api.delete_file("copied.txt", id, repo_type="space")),
    "git": status(lambda: api.upload_file(path_or_fileobj=b"x", path_in_repo=".git/config", repo_id=id, repo_type="space")),
    "branch": status(lambda: api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=id, repo_type="space", revision="dev")),
    "large": status(lambda: api.upload_file(path_or_fileobj=bytes(51 * 1024 * 1024), path_in_repo="model.bin", repo_id=id, repo_type="space")),
    "card": status(lambda: api.upload_file(path_or_fileobj=b"---\\nsdk: static\\ncolorFrom: mauve\\n---\\n", path_in_repo="README.md", repo_id=id, repo_type="space")),
    "stranger": status(lambda: HfApi(token="${plaza.person('bob').token}").upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=id, repo_type="space")),
    "reader": status(lambda: HfApi(token="${plaza.person('alice').readToken}").upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=id, repo_type="space")),
}
report(out)
`,
      )
      expect(seen).toMatchObject({
        files: ['README.md', 'index.html', 'new/-x.txt'],
        stale: [412, expect.stringContaining('meanwhile')],
        gone: [404, expect.stringContaining('copied.txt')],
        git: expect.stringContaining('.git'),
        branch: [400, expect.stringContaining('main')],
        large: [413, expect.stringContaining('50 MB')],
        card: expect.stringContaining('line 3'),
        stranger: [403, expect.anything()],
        reader: [403, expect.stringContaining('read')],
      })
    },
  )

  withClients(`hf upload and hf download${needed}`, async () => {
    await plaza.publish('alice', 'cli', page)
    const script = `
import os
os.makedirs("/tmp/plaza-cli-${process.pid}", exist_ok=True)
open("/tmp/plaza-cli-${process.pid}/b.txt", "w").write("by hf")
report(1)`
    await clients.script(plaza, alice, script)
    const folder = `/tmp/plaza-cli-${process.pid}`
    const up = await clients.hf(plaza, alice, 'upload', 'alice/cli', folder, 'sub', '--type', 'space')
    expect(up).toMatchObject({ code: 0 })
    const down = await clients.hf(
      plaza,
      alice,
      'download',
      'alice/cli',
      '--type',
      'space',
      '--local-dir',
      `${folder}/out`,
    )
    expect(down).toMatchObject({ code: 0 })
    const read = `
import shutil
text = open("${folder}/out/sub/b.txt").read()
shutil.rmtree("${folder}")
report(text)`
    expect(await clients.script<string>(plaza, alice, read)).toBe('by hf')
  })
})

test.skipIf(node.problem !== undefined)(
  `@huggingface/hub uploads, lists, downloads and deletes${neededNode}`,
  async () => {
    await plaza.publish('alice', 'node', page)
    const script = `
import * as hub from '@huggingface/hub'
const about = { hubUrl: process.env.URL, accessToken: process.env.TOKEN, repo: { type: 'space', name: 'alice/node' } }
const all = async (list) => { const found = []; for await (const one of list) found.push(one); return found }
await hub.uploadFiles({ ...about, commitTitle: 'By node', files: [
  { path: 'a b/ü.txt', content: new Blob(['from node']) }, { path: 'two.txt', content: new Blob(['2']) } ] })
await hub.deleteFile({ ...about, path: 'two.txt', commitTitle: 'Gone' })
const one = await hub.downloadFile({ ...about, path: 'a b/ü.txt' })
const info = await hub.fileDownloadInfo({ ...about, path: 'a b/ü.txt' })
const files = await all(hub.listFiles({ ...about, recursive: true, expand: true }))
const commits = await all(hub.listCommits({ ...about }))
const paths = await hub.pathsInfo({ ...about, paths: ['index.html', 'none'], expand: true })
report({
  text: await one.text(), size: info.size, files: files.map((file) => file.path), expanded: files.every((file) => file.lastCommit),
  commits: commits.map((commit) => commit.title), count: await hub.countCommits(about), paths: paths.map((entry) => entry.path),
  missing: await hub.fileExists({ ...about, path: 'none' }),
})
`
    const seen = await node.script(script, { URL: plaza.url.origin, TOKEN: alice })
    expect(seen).toEqual({
      text: 'from node',
      size: 9,
      files: expect.arrayContaining(['README.md', 'a b', 'a b/ü.txt', 'index.html']),
      expanded: true,
      commits: ['Gone', 'By node', expect.stringContaining('Change')],
      count: 3,
      paths: ['index.html'],
      missing: false,
    })
  },
)

describe('a commit', () => {
  test('is made whole or not at all, and the last thing said of a path counts', async () => {
    await plaza.publish('alice', 'whole', { ...page, 'keep.txt': 'keep', 'folder/in.txt': 'in' })
    const before = await head('alice/whole')
    const bad = await commit('alice/whole', [
      header('Half'),
      put('new.txt', 'new'),
      { key: 'deletedFile', value: { path: 'none.txt' } },
    ])
    expect([bad.status, bad.headers.get('x-error-code')]).toEqual([404, 'EntryNotFound'])
    const cut = await commit('alice/whole', [header('Half'), put('new.txt', 'new'), '{"key":"file","value":{"path":"a'])
    expect(cut.status).toBe(400)
    expect(await head('alice/whole')).toBe(before)

    const good = await commit('alice/whole', [
      header('Subject', { description: 'Body', parentCommit: before }),
      put('twice.txt', 'one'),
      put('folder/late.txt', 'late'),
      { key: 'deletedFolder', value: { path: 'folder/' } },
      put('twice.txt', 'two'),
      put('empty.txt', ''),
      { key: 'file', value: { path: 'plain.txt', content: 'ü', encoding: 'utf-8' } },
    ])
    const made = (await good.json()) as { success: boolean; commitOid: string; commitUrl: string }
    expect(made).toMatchObject({
      success: true,
      commitUrl: `${plaza.url.origin}/spaces/alice/whole/commit/${made.commitOid}`,
    })
    const files = await plaza.json<{ path: string; type: string }[]>(
      'GET',
      '/api/spaces/alice/whole/tree/main?recursive=true',
    )
    expect(files.map((file) => file.path)).toEqual([
      'README.md',
      'empty.txt',
      'index.html',
      'keep.txt',
      'plain.txt',
      'twice.txt',
    ])
    expect(await (await get('/spaces/alice/whole/resolve/main/twice.txt')).text()).toBe('two')
    expect(await (await get('/spaces/alice/whole/raw/main/plain.txt')).text()).toBe('ü')
    expect((await get('/spaces/alice/whole/resolve/main/empty.txt')).headers.get('content-length')).toBe('0')
  })

  test('on a stale parent is refused, and without a parent lands on top of whatever came meanwhile', async () => {
    const base = await plaza.publish('alice', 'raced', page)
    await plaza.push('alice', 'raced', { ...page, 'a.txt': 'a' })
    const stale = await commit('alice/raced', [header('Late', { parentCommit: base }), put('b.txt', 'b')])
    expect([stale.status, await stale.json()]).toMatchObject([412, { code: 'precondition_failed' }])
    const many = await Promise.all(
      ['1', '2', '3', '4', '5', '6'].map(
        async (name) => (await commit('alice/raced', [header(name), put(`${name}.txt`, name)])).status,
      ),
    )
    expect(many).toEqual(many.map(() => 200))
    const list = await get('/api/spaces/alice/raced/commits/main')
    expect(list.headers.get('x-total-count')).toBe('8')
  })

  test.each([
    ['..', '../x'],
    ['.git', '.git/hooks/post-receive'],
    ['.GIT', 'a/.GIT/config'],
    ['a newline', 'a\nb'],
    ['a zero byte', 'a\0b'],
    ['an absolute path', '/etc/passwd'],
    ['nothing', ''],
  ])('refuses a path with %s by 422', async (_name, name) => {
    if (!(await plaza.api('GET', '/api/spaces/alice/paths')).ok) await plaza.publish('alice', 'paths', page)
    const before = await head('alice/paths')
    expect((await commit('alice/paths', [header('x'), put(name, 'x')])).status).toBe(422)
    const asked = await plaza.api('POST', '/api/spaces/alice/paths/preupload/main', 'alice', {
      files: [{ path: name, size: 1 }],
    })
    expect(asked.status).toBe(422)
    expect(await head('alice/paths')).toBe(before)
  })

  test('takes odd but honest names, and gives them back', async () => {
    await plaza.publish('alice', 'odd', page)
    const names = [
      '-rf',
      '--output=x',
      ':(top)x',
      '*',
      '[a]',
      'a b',
      'ünï 🐚/é"q\'.txt',
      'a?b#c%20&d=e+f.txt',
      '$(id);`id`',
    ]
    expect((await commit('alice/odd', [header('Odd'), ...names.map((name) => put(name, `I am ${name}`))])).status).toBe(
      200,
    )
    for (const name of names) {
      const at = name.split('/').map(encodeURIComponent).join('/')
      expect(await (await get(`/spaces/alice/odd/resolve/main/${at}`)).text()).toBe(`I am ${name}`)
      const history = await plaza.json<CommitPage>(
        'GET',
        `/api/plaza/spaces/alice/odd/history?path=${encodeURIComponent(name)}`,
      )
      expect(history.commits.map((one) => one.title)).toEqual(['Odd'])
      const blame = await plaza.json<BlameRanges>(
        'GET',
        `/api/plaza/spaces/alice/odd/blame?path=${encodeURIComponent(name)}`,
      )
      expect(blame.ranges).toMatchObject([{ start: 1, lines: 1, title: 'Odd', author: 'alice' }])
    }
    const found = await plaza.json<{ path: string }[]>('POST', '/api/spaces/alice/odd/paths-info/main', 'alice', {
      paths: [...names, '..', '/', 'none', 'a\0b', 'README.md'],
    })
    expect(found.map((one) => one.path).toSorted()).toEqual([...names, 'README.md'].toSorted())
  })

  test('says in words what it does not take', async () => {
    await plaza.publish('alice', 'words', { ...page, 'folder/in.txt': 'in' })
    const lfs = { key: 'lfsFile', value: { path: 'm.bin', algo: 'sha256', oid: 'a'.repeat(64), size: 1 } }
    const refused = async (changes: (Change | string)[], rev?: string) => {
      const answer = await commit('alice/words', changes, rev === undefined ? {} : { rev })
      return [answer.status, ((await answer.json()) as { error: string }).error]
    }
    expect(await refused([header('x'), lfs])).toEqual([422, expect.stringContaining('LFS')])
    expect(await refused([put('x', 'x')])).toEqual([400, expect.stringContaining('header')])
    expect(await refused([header('x')])).toEqual([400, expect.stringContaining('at least one file')])
    expect(await refused([header('x'), { key: 'copyFile', value: {} }])).toEqual([
      400,
      expect.stringContaining('copyFile'),
    ])
    expect(await refused(['no json'])).toEqual([400, expect.stringContaining('Line 1')])
    expect(await refused([header('x'), put('x', 'x')], 'dev')).toEqual([400, expect.stringContaining('main')])
    expect(await refused([header('x'), put('x', 'x')], 'main?create_pr=1')).toEqual([
      400,
      expect.stringContaining('pull'),
    ])
    expect(await refused([header('x'), put('folder', 'x')])).toEqual([400, expect.stringContaining('folder')])
    // The refusal reaches a sender who has much more to send.
    expect(await refused([header('x'), lfs, put('later.bin', Buffer.alloc(20_000_000))])).toEqual([
      422,
      expect.anything(),
    ])
    const garbage = { key: 'file', value: { path: 'x', content: 'a!!b', encoding: 'base64' } }
    expect(await refused([header('x'), garbage])).toEqual([422, expect.stringContaining('base64')])
  })

  test('takes a file of many megabytes as it is', async () => {
    await plaza.createSpace('alice', 'heavy')
    const bytes = randomBytes(12_345_678)
    expect((await commit('alice/heavy', [header('Heavy'), put('a.bin', bytes), put('b.txt', 'b')])).status).toBe(200)
    const back = Buffer.from(await (await get('/spaces/alice/heavy/resolve/main/a.bin')).arrayBuffer())
    expect(back.equals(bytes)).toBe(true)
    const refused = await commit('alice/heavy', [header('x'), put('c.bin', Buffer.alloc(50 * 1024 * 1024 + 1))])
    expect([refused.status, await refused.json()]).toMatchObject([413, { error: expect.stringContaining('50 MB') }])
  })

  test('tells preupload what is there and what is ignored', async () => {
    await plaza.publish('alice', 'pre', { ...page, '.gitignore': 'build/\n*.log\n!keep.log\n' })
    const files = ['index.html', 'build/x.js', 'a.log', 'keep.log', 'deep/a.log'].map((path) => ({
      path,
      size: 1,
      sample: '',
    }))
    const asked = async (more: Record<string, unknown> = {}) =>
      await plaza.json<{ files: { path: string; oid?: string; shouldIgnore: boolean; uploadMode: string }[] }>(
        'POST',
        '/api/spaces/alice/pre/preupload/main',
        'alice',
        { files, ...more },
      )
    const own = await asked()
    expect(own.files.filter((file) => file.shouldIgnore).map((file) => file.path)).toEqual([
      'build/x.js',
      'a.log',
      'deep/a.log',
    ])
    const content = Buffer.from(page['index.html'])
    const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
    expect(own.files[0]).toEqual({ path: 'index.html', uploadMode: 'regular', shouldIgnore: false, oid })
    expect(own.files[3]).not.toHaveProperty('oid')
    const sent = await asked({ gitIgnore: 'index.html' })
    expect(sent.files.filter((file) => file.shouldIgnore).map((file) => file.path)).toEqual(['index.html'])
  })

  test('that is broken off leaves nothing behind', async () => {
    const id = await plaza.createSpace('alice', 'broken')
    const before = await plaza.push('alice', 'broken', page)
    const repository = path.join(plaza.data, 'repositories', `${id}.git`)
    const left = async () =>
      (await readdir(repository, { recursive: true })).filter((name) => /tmp_|fast_import_crash/.test(name))
    const token = plaza.person('alice').token
    const request = http.request(new URL('/api/spaces/alice/broken/commit/main', plaza.url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    })
    const failed = new Promise((resolve) => request.once('error', resolve))
    const first = [header('x'), put('a.txt', 'a')].map((one) => JSON.stringify(one)).join('\n')
    request.write(`${first}\n${'x'.repeat(100_000)}`)
    await expect.poll(left).not.toEqual([])
    request.destroy()
    await failed
    await expect.poll(left).toEqual([])
    expect((await commit('alice/broken', [header('y'), put('b.txt', 'b')])).status).toBe(200)
    const tree = await plaza.json<{ path: string }[]>('GET', '/api/spaces/alice/broken/tree/main')
    expect(tree.map((one) => one.path)).toEqual(['README.md', 'b.txt', 'index.html'])
    expect(await head('alice/broken')).not.toBe(before)
  })
})

describe('a file', () => {
  test('comes whole, in parts, or not again', async () => {
    const text = Array.from({ length: 40_000 }, (_, index) => `line ${index}`).join('\n')
    const sha = await plaza.publish('alice', 'parts', { ...page, 'big.txt': text })
    const at = '/spaces/alice/parts/resolve/main/big.txt'
    const whole = await get(at)
    const etag = whole.headers.get('etag') ?? ''
    expect(await whole.text()).toBe(text)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'x-repo-commit': sha,
      etag: expect.stringMatching(/^"[0-9a-f]{40}"$/),
      'accept-ranges': 'bytes',
      'content-length': `${text.length}`,
    })
    const part = async (range: string, more: Record<string, string> = {}) => {
      const answer = await get(at, { Range: range, ...more })
      return [answer.status, answer.headers.get('content-range'), await answer.text()]
    }
    expect(await part('bytes=0-0')).toEqual([206, `bytes 0-0/${text.length}`, 'l'])
    expect(await part('bytes=200000-200009')).toEqual([
      206,
      `bytes 200000-200009/${text.length}`,
      text.slice(200_000, 200_010),
    ])
    expect(await part('bytes=-5')).toEqual([
      206,
      `bytes ${text.length - 5}-${text.length - 1}/${text.length}`,
      text.slice(-5),
    ])
    expect(await part(`bytes=${text.length}-`)).toEqual([416, `bytes */${text.length}`, ''])
    expect((await part('bytes=0-1', { 'If-Range': '"old"' }))[0]).toBe(200)
    expect((await part('bytes=0-1', { 'If-Range': etag }))[0]).toBe(206)
    expect((await get(at, { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' })).status).toBe(304)
    const headers = await fetch(new URL(at, plaza.url), { method: 'HEAD' })
    expect([headers.status, headers.headers.get('content-length'), headers.headers.get('etag')]).toEqual([
      200,
      `${text.length}`,
      etag,
    ])
  })

  test('is never run by the platform’s own origin', async () => {
    await plaza.publish('alice', 'hostile', {
      ...page,
      'a.html': '<script>alert(1)</script>',
      'a.svg': '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      'a.js': 'alert(1)',
      'a.xhtml': '<html/>',
      'a.PNG': 'png',
      'a.pdf': '%PDF',
      constructor: 'x',
      link: { link: '../../../../etc/passwd' },
    })
    const typeOf = async (name: string) => {
      const answer = await get(`/spaces/alice/hostile/resolve/main/${name}`)
      expect(answer.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      return answer.headers.get('content-type')
    }
    for (const name of ['a.html', 'a.svg', 'a.js', 'a.xhtml', 'constructor'])
      expect(await typeOf(name)).toBe('text/plain; charset=utf-8')
    expect([await typeOf('a.PNG'), await typeOf('a.pdf')]).toEqual(['image/png', 'application/pdf'])
    expect(await (await get('/spaces/alice/hostile/resolve/main/link')).text()).toBe('../../../../etc/passwd')
    const saved = await get('/spaces/alice/hostile/resolve/main/a.html?download=true')
    expect(saved.headers.get('content-disposition')).toBe('attachment; filename=a.html')
    expect(saved.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  test('that is not there, a folder, or of an unknown revision is told apart', async () => {
    const sha = await plaza.publish('alice', 'missing', { ...page, 'folder/x': 'x' })
    const code = async (route: string) => {
      const answer = await get(route)
      return [answer.status, answer.headers.get('x-error-code'), answer.headers.get('x-repo-commit')]
    }
    expect(await code('/spaces/alice/missing/resolve/main/none')).toEqual([404, 'EntryNotFound', sha])
    expect(await code('/spaces/alice/missing/resolve/main/folder')).toEqual([404, 'EntryNotFound', sha])
    expect(await code('/spaces/alice/missing/resolve/main/..%2F..%2Fkey')).toEqual([404, 'EntryNotFound', sha])
    expect(await code('/spaces/alice/missing/resolve/main/a%0Ab%00')).toEqual([404, 'EntryNotFound', sha])
    expect(await code('/spaces/alice/missing/resolve/none/index.html')).toEqual([404, 'RevisionNotFound', null])
    expect(await code(`/spaces/alice/missing/resolve/${'0'.repeat(40)}/index.html`)).toEqual([
      404,
      'RevisionNotFound',
      null,
    ])
    expect((await get('/spaces/alice/missing/resolve/--output=x/index.html')).status).toBe(400)
    expect(await code('/api/spaces/alice/missing/tree/main/none')).toEqual([404, 'EntryNotFound', sha])
    expect(await code('/api/spaces/alice/none/tree/main')).toEqual([401, 'RepoNotFound', null])
  })

  test('of a private Space is there for its owner only', async () => {
    const sha = await plaza.publish('alice', 'secret', page, { private: true })
    const routes = [
      '/spaces/alice/secret/resolve/main/index.html',
      '/spaces/alice/secret/raw/main/index.html',
      '/api/spaces/alice/secret/tree/main',
      '/api/spaces/alice/secret/refs',
      '/api/spaces/alice/secret/commits/main',
      `/api/spaces/alice/secret/compare/${sha}..main`,
      '/api/plaza/spaces/alice/secret/history',
      `/api/plaza/spaces/alice/secret/commits/${sha}/diff`,
      '/api/plaza/spaces/alice/secret/blame?path=index.html',
    ]
    for (const route of routes) {
      expect([route, (await get(route)).status]).toEqual([route, 401])
      expect([route, (await get(route, {}, 'bob')).status]).toEqual([route, 404])
      expect([route, (await get(route, {}, 'alice')).status]).toEqual([route, 200])
    }
    const own = await get(routes[0] ?? '', {}, 'alice')
    expect(own.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect((await commit('alice/secret', [header('x'), put('x', 'x')], { as: 'bob' })).status).toBe(404)
    expect((await commit('alice/secret', [header('x'), put('x', 'x')], { as: 'nobody' })).status).toBe(401)
    expect(
      (await plaza.api('POST', '/api/spaces/alice/secret/paths-info/main', 'bob', { paths: ['index.html'] })).status,
    ).toBe(404)
    expect((await plaza.api('POST', '/api/spaces/alice/secret/preupload/main', 'bob', { files: [] })).status).toBe(404)
  })
})

describe('lists', () => {
  test('page by absolute links, each of one commit', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [`f/${String(index).padStart(3, '0')}.txt`, `${index}`]),
    )
    await plaza.publish('alice', 'many', { ...page, ...files })
    type Entry = { path: string; lastCommit?: { title: string } }
    const seen: Entry[] = []
    let next: string | undefined = `${plaza.url.origin}/api/spaces/alice/many/tree/main/f?expand=true`
    let pages = 0
    while (next !== undefined) {
      const answer: Response = await fetch(next)
      seen.push(...((await answer.json()) as Entry[]))
      next = /^<(http:\/\/[^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
      // What is pushed meanwhile belongs to another list.
      if (pages++ === 0) await commit('alice/many', [header('More'), put('f/000a.txt', 'x')])
    }
    expect(pages).toBe(3)
    expect(seen.map((one) => one.path)).toEqual(Object.keys(files))
    expect(seen.every((one) => one.lastCommit?.title.startsWith('Change'))).toBe(true)

    for (let count = 0; count < 3; count++)
      await commit('alice/many', [header(`Commit ${count}`), put('c.txt', `${count}`)])
    const first = await fetch(`${plaza.url.origin}/api/spaces/alice/many/commits/main?limit=2`)
    const link = /<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const titles = async (answer: Response) => ((await answer.json()) as { title: string }[]).map((one) => one.title)
    expect(await titles(first)).toEqual(['Commit 2', 'Commit 1'])
    expect(await titles(await fetch(link))).toEqual(['Commit 0', 'More'])
    expect((await get('/api/spaces/alice/many/tree/main?cursor=nonsense')).status).toBe(400)
  })

  test('of a Space that nobody has pushed to are empty', async () => {
    await plaza.createSpace('alice', 'fresh', { sdk: 'static' })
    expect(await plaza.json('GET', '/api/spaces/alice/fresh/tree/main')).toEqual([])
    expect(await plaza.json('GET', '/api/spaces/alice/fresh/commits/main')).toEqual([])
    expect(await plaza.json('GET', '/api/spaces/alice/fresh/refs')).toMatchObject({ branches: [], tags: [] })
    expect(await plaza.json('GET', '/api/plaza/spaces/alice/fresh/history')).toEqual({ commits: [] })
    expect((await get('/spaces/alice/fresh/resolve/main/README.md')).headers.get('x-error-code')).toBe(
      'RevisionNotFound',
    )
    expect((await commit('alice/fresh', [header('First'), put('README.md', card)])).status).toBe(200)
  })
})

describe('the page', () => {
  test('reads the history of a file, what a commit changed, and who wrote each line', async () => {
    await plaza.publish('alice', 'story', {
      ...page,
      'app.py': 'one\ntwo\nthree\n',
      'gone.txt': 'bye\n',
      'long.txt': 'x\n'.repeat(50),
      'i.png': Buffer.from([0, 1]),
    })
    const made = await commit('alice/story', [
      header('Second', { description: 'With reasons' }),
      put('app.py', 'one\n2\nthree\n'),
      put('moved.txt', 'x\n'.repeat(50)),
      put('i.png', Buffer.from([0, 2, 3])),
      { key: 'deletedFile', value: { path: 'long.txt' } },
      { key: 'deletedFile', value: { path: 'gone.txt' } },
    ])
    const { commitOid } = (await made.json()) as { commitOid: string }
    const history = await plaza.json<CommitPage>('GET', '/api/plaza/spaces/alice/story/history?path=app.py')
    expect(history.commits).toMatchObject([
      { sha: commitOid, title: 'Second', message: 'With reasons', author: 'alice' },
      { title: expect.stringContaining('Change') },
    ])
    expect(await plaza.json<CommitPage>('GET', '/api/plaza/spaces/alice/story/history?path=index.html')).toMatchObject({
      commits: [{ title: expect.stringContaining('Change') }],
    })
    const diff = await plaza.json<CommitDiff>('GET', `/api/plaza/spaces/alice/story/commits/${commitOid}/diff`)
    expect(diff).toMatchObject({
      title: 'Second',
      author: 'alice',
      parents: [history.commits[1]?.sha],
      truncated: false,
    })
    expect(diff.files).toEqual([
      {
        path: 'app.py',
        kind: 'changed',
        additions: 1,
        deletions: 1,
        binary: false,
        patch: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n',
      },
      { path: 'gone.txt', kind: 'deleted', additions: 0, deletions: 1, binary: false, patch: '@@ -1 +0,0 @@\n-bye\n' },
      { path: 'i.png', kind: 'changed', additions: 0, deletions: 0, binary: true },
      { path: 'moved.txt', oldPath: 'long.txt', kind: 'renamed', additions: 0, deletions: 0, binary: false },
    ])
    const root = await plaza.json<CommitDiff>(
      'GET',
      `/api/plaza/spaces/alice/story/commits/${history.commits[1]?.sha}/diff`,
    )
    expect(root.files.map((file) => file.kind)).toEqual(root.files.map(() => 'added'))
    const blame = await plaza.json<BlameRanges>('GET', '/api/plaza/spaces/alice/story/blame?path=app.py')
    expect(blame.ranges).toMatchObject([
      { start: 1, lines: 1, author: 'Test' },
      { start: 2, lines: 1, sha: commitOid, title: 'Second', author: 'alice' },
      { start: 3, lines: 1, author: 'Test' },
    ])
    const text = await (await get(`/api/spaces/alice/story/compare/${history.commits[1]?.sha}..main`)).text()
    expect(text).toContain('diff --git a/app.py b/app.py')
    expect((await get('/api/plaza/spaces/alice/story/blame?path=none')).status).toBe(404)
    expect((await get('/api/plaza/spaces/alice/story/commits/HEAD/diff')).status).toBe(400)
    expect((await get(`/api/plaza/spaces/alice/story/commits/${'1'.repeat(40)}/diff`)).status).toBe(404)
  })

  test('learns line and fault of a card before it is committed', async () => {
    const check = async (content: string) => {
      const answer = await plaza.api('POST', '/api/validate-yaml', null, { content, repoType: 'space' })
      return [answer.status, await answer.json()]
    }
    expect(await check(card)).toEqual([200, { errors: [], warnings: [] }])
    expect(await check('---\nsdk: static\nemoji: "x\n---\n')).toMatchObject([
      400,
      { errors: [{ line: expect.any(Number) }] },
    ])
    expect(await check('---\nsdk: gradioo\n---\n')).toMatchObject([
      400,
      { errors: [{ line: 2, message: expect.stringContaining('gradioo') }] },
    ])
    expect(await check('# No card\n')).toMatchObject([
      200,
      { errors: [], warnings: [{ message: expect.stringContaining('no card') }] },
    ])
  })
})
