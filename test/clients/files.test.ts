import { createHash } from 'node:crypto'
import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BlameRanges, CommitDiff, CommitPage } from '../../control-plane/hub/files.ts'
import { TestPlaza } from '../plaza.ts'
import { installPythonClients } from './python-clients.ts'

const clients = await installPythonClients()
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
  withClients(`uploads a folder that is built and goes live, changes one file, and both are seen${needed}`, async () => {
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
  })

  withClients(`downloads one file, everything, and an old revision, and is told what is not there${needed}`, async () => {
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
      all: expect.arrayContaining(['README.md', 'data/a b+c%#?.bin', 'index.html', 'ünïcode/é.txt'].slice(0, 3)),
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
  })

  withClients(`makes commits of several operations, and is told of a conflict and of what is too large${needed}`, async () => {
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
      git: expect.anything(),
      branch: [400, expect.stringContaining('main')],
      large: [413, expect.stringContaining('50 MB')],
      card: expect.stringContaining('line 3'),
      stranger: [403, expect.anything()],
      reader: [403, expect.stringContaining('read')],
    })
  })

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
    const down = await clients.hf(plaza, alice, 'download', 'alice/cli', '--type', 'space', '--local-dir', `${folder}/out`)
    expect(down).toMatchObject({ code: 0 })
    const read = `
import shutil
text = open("${folder}/out/sub/b.txt").read()
shutil.rmtree("${folder}")
report(text)`
    expect(await clients.script<string>(plaza, alice, read)).toBe('by hf')
  })
})
