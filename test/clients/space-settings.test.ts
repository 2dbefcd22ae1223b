/** What an owner does with a whole Space: duplicate, rename, the card as a form, metrics, storage. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DuplicateOffer } from '../../control-plane/hub/duplicate.ts'
import type { SpaceDetail } from '../../control-plane/hub/gallery.ts'
import type { Version } from '../../control-plane/hub/versions.ts'
import type { Metrics } from '../../control-plane/hub/metrics.ts'
import type { CardForm, StorageUse } from '../../control-plane/hub/settings.ts'
import { TestPlaza } from '../plaza.ts'
import { installPythonClients } from './python-clients.ts'

const run = promisify(execFile)
const python = await installPythonClients()
const needed = python.problem === undefined ? '' : ` (left out: no huggingface_hub, ${python.problem})`

let plaza: TestPlaza
beforeAll(async () => {
  plaza = await TestPlaza.start()
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

const readme = '---\ntitle: Echo # shown\nsdk: gradio\n---\n# Echo\n'
/** Works and keeps memory at `/work`, ends for ever at `/end`; says its variables elsewhere. */
const files = {
  'README.md': readme,
  'app.py': `
import http.server, os, time
kept = []
if os.path.exists("/data/broken"): os._exit(3)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/work":
            kept.append(bytearray(os.urandom(64 * 1024 * 1024)))
            end = time.monotonic() + 3
            while time.monotonic() < end: pass
        if self.path == "/end":
            open("/data/broken", "w").close()
            os._exit(3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(" ".join(os.environ.get(k, "") for k in ("COLOR", "PASSWORD", "SPACE_ID")).encode())
http.server.ThreadingHTTPServer(("0.0.0.0", int(__import__("os").environ["PORT"])), Handler).serve_forever()
`,
}

/** Samples as they come, until one is as wanted. */
async function metricsUntil(id: string, wanted: (metrics: Metrics) => boolean, as = 'alice'): Promise<Metrics> {
  const answer = await fetch(new URL(`/api/spaces/${id}/metrics`, plaza.url), {
    headers: { Authorization: `Bearer ${plaza.person(as).token}` },
    signal: AbortSignal.timeout(30_000),
  })
  expect(answer.headers.get('Content-Type')).toContain('text/event-stream')
  let text = ''
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString()
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      if (!event.startsWith('data: ')) continue
      const metrics = JSON.parse(event.slice(6)) as Metrics
      if (wanted(metrics)) return metrics
    }
  }
  throw new Error('the metrics ended')
}

test('a stranger duplicates a Space: files, history and variables come along, secrets are asked for', async () => {
  await plaza.publish('alice', 'origin', files)
  await plaza.push('alice', 'origin', { ...files, 'notes.txt': 'second' })
  await plaza.json('POST', '/api/spaces/alice/origin/variables', 'alice', { key: 'COLOR', value: 'red' })
  await plaza.json('POST', '/api/spaces/alice/origin/secrets', 'alice', {
    key: 'PASSWORD',
    value: 'hers',
    description: 'of the door',
  })
  const offer = await plaza.json<DuplicateOffer>('GET', '/api/plaza/spaces/alice/origin/duplicate', 'bob')
  expect(offer).toEqual({
    name: 'origin',
    variables: [{ key: 'COLOR', value: 'red', description: '' }],
    secrets: [{ key: 'PASSWORD', description: 'of the door' }],
  })
  const made = await plaza.json('POST', '/api/spaces/alice/origin/duplicate', 'bob', {
    repository: 'bob/copy',
    visibility: 'public',
    secrets: [{ key: 'PASSWORD', value: 'his' }],
  })
  expect(made).toEqual({ url: `${plaza.url.origin}/spaces/bob/copy` })
  await plaza.waitFor('bob/copy', 'RUNNING')
  expect(await (await plaza.visit('bob/copy')).text()).toBe('red his bob/copy')
  const commits = async (id: string) =>
    (await plaza.json<{ id: string }[]>('GET', `/api/spaces/${id}/commits/main`, 'bob')).map((one) => one.id)
  expect(await commits('bob/copy')).toEqual(await commits('alice/origin'))

  const again = await plaza.api('POST', '/api/spaces/alice/origin/duplicate', 'bob', { repository: 'bob/copy' })
  expect(again.status).toBe(409)
  expect(await again.json()).toMatchObject({ url: `${plaza.url.origin}/spaces/bob/copy` })
  const elsewhere = await plaza.api('POST', '/api/spaces/alice/origin/duplicate', 'bob', { repository: 'alice/mine' })
  expect(elsewhere.status).toBe(403)
  expect((await plaza.api('POST', '/api/spaces/alice/origin/duplicate', '', {})).status).toBe(401)
})

test('what is private is not duplicated by strangers, and a duplicate is private unless asked otherwise', async () => {
  await plaza.createSpace('alice', 'hidden', { private: true })
  expect((await plaza.api('POST', '/api/spaces/alice/hidden/duplicate', 'bob', {})).status).toBe(404)
  expect((await plaza.api('GET', '/api/plaza/spaces/alice/hidden/duplicate', 'bob')).status).toBe(404)
  // Empty as it is.
  await plaza.json('POST', '/api/spaces/alice/hidden/duplicate', 'alice', { repository: 'alice/hidden-2' })
  expect(await plaza.json('GET', '/api/spaces/alice/hidden-2', 'alice')).toMatchObject({ private: true, sha: null })
})

test.skipIf(python.problem !== undefined)(
  `huggingface_hub duplicates, moves and changes settings${needed}`,
  async () => {
    await plaza.createSpace('alice', 'by-hub', { sdk: 'static' })
    const seen = await python.script<Record<string, unknown>>(
      plaza,
      plaza.person('alice').token,
      `
from huggingface_hub import HfApi
api = HfApi()
duplicate = getattr(api, "duplicate_repo", None)
url = duplicate("alice/by-hub", "alice/by-hub-copy", repo_type="space", private=False) if duplicate else api.duplicate_space("alice/by-hub", "alice/by-hub-copy", private=False)
api.move_repo("alice/by-hub", "alice/by-hub-moved", repo_type="space")
api.update_repo_settings("alice/by-hub-moved", repo_type="space", private=True)
report({"url": str(url), "moved": api.space_info("alice/by-hub").id, "private": api.space_info("alice/by-hub").private, "stage": api.get_space_runtime("alice/by-hub").stage})
`,
    )
    expect(seen).toEqual({
      url: `${plaza.url.origin}/spaces/alice/by-hub-copy`,
      moved: 'alice/by-hub-moved',
      private: true,
      stage: 'NO_APP_FILE',
    })
  },
)

test('a renamed Space is reached by its old name: pages, API and git; its app knows the new one', async () => {
  await plaza.publish('alice', 'before', files)
  await plaza.waitFor('alice/before', 'RUNNING')
  const moved = await plaza.json('POST', '/api/repos/move', 'alice', {
    type: 'space',
    fromRepo: 'alice/before',
    toRepo: 'alice/after',
  })
  expect(moved).toEqual({ url: `${plaza.url.origin}/spaces/alice/after` })

  const by = async (route: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(new URL(route, plaza.url), { redirect: 'manual', headers })
    return [answer.status, answer.headers.get('Location')]
  }
  expect(await by('/spaces/alice/before/logs?log=run')).toEqual([307, '/spaces/alice/after/logs?log=run'])
  expect(await by('/api/spaces/Alice/before/runtime')).toEqual([307, '/api/spaces/alice/after/runtime'])
  expect(await by('/api/plaza/spaces/alice/before')).toEqual([307, '/api/plaza/spaces/alice/after'])
  expect(await by('/spaces/alice/before/resolve/main/app.py')).toEqual([307, '/spaces/alice/after/resolve/main/app.py'])

  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-clone-'))
  try {
    const old = plaza.gitUrl('alice', 'before', plaza.person('alice').token)
    await run('git', ['clone', '--quiet', '--', old, folder], { timeout: 30_000 })
    await run('git', [
      '-C',
      folder,
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@b.c',
      'commit',
      '--allow-empty',
      '-m',
      'x',
    ])
    await run('git', ['-C', folder, 'push', '--quiet', 'origin', 'HEAD:main'], { timeout: 30_000 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  expect(await plaza.json('GET', '/api/spaces/alice/after', 'alice')).toMatchObject({ subdomain: 'alice-after' })
  await expect
    .poll(async () => await (await plaza.visit('alice/after')).text(), { timeout: 40_000 })
    .toContain('alice/after')
  // Where the app is embedded elsewhere, its old host leads to the new one.
  const old = await plaza.visitByName('alice-before', '/deep?a=1')
  expect([old.status, old.headers.location]).toEqual([
    307,
    `http://alice-after.spaces.localhost:${plaza.url.port}/deep?a=1`,
  ])

  // A new Space of the old name takes the name back.
  await plaza.createSpace('alice', 'before', { sdk: 'static' })
  expect(await plaza.json('GET', '/api/spaces/alice/before', 'alice')).toMatchObject({ id: 'alice/before' })
  expect((await by('/spaces/alice/before'))[0]).toBe(200)
  expect((await plaza.visitByName('alice-before', '/deep?a=1')).headers.location).toBeUndefined()
  const taken = { type: 'space', fromRepo: 'alice/after', toRepo: 'alice/before' }
  expect((await plaza.api('POST', '/api/repos/move', 'alice', taken)).status).toBe(409)
  expect((await plaza.api('POST', '/api/repos/move', 'bob', { ...taken, toRepo: 'bob/stolen' })).status).toBe(403)
})

test('the new name of a private Space is told to nobody who may not see it', async () => {
  await plaza.createSpace('alice', 'plan-a', { private: true })
  await plaza.json('POST', '/api/repos/move', 'alice', {
    type: 'space',
    fromRepo: 'alice/plan-a',
    toRepo: 'alice/plan-b',
  })
  const asked = async (as: string) =>
    await fetch(new URL('/api/spaces/alice/plan-a', plaza.url), {
      redirect: 'manual',
      headers: as ? { Authorization: `Bearer ${plaza.person(as).token}` } : {},
    })
  expect((await asked('alice')).status).toBe(307)
  expect((await asked('bob')).status).toBe(404)
  expect((await asked('')).status).toBe(401)
  const git = await fetch(new URL('/spaces/alice/plan-a/info/refs?service=git-upload-pack', plaza.url), {
    redirect: 'manual',
  })
  expect(git.status).toBe(401)
})

test('the card as a form: a commit that keeps the comments, and 412 where the README has changed meanwhile', async () => {
  await plaza.publish('alice', 'carded', files)
  const at = '/api/plaza/spaces/alice/carded/card'
  const form = await plaza.json<CardForm>('GET', at, 'alice')
  expect(form.fields).toEqual({ title: 'Echo', sdk: 'gradio' })
  const saved = await plaza.json<CardForm>('PUT', at, 'alice', {
    commit: form.commit,
    fields: { title: 'Louder', emoji: '📣', tags: ['sound'] },
  })
  expect(saved.fields).toMatchObject({ title: 'Louder', tags: ['sound'] })
  const text = await (await plaza.api('GET', '/spaces/alice/carded/resolve/main/README.md', 'alice')).text()
  expect(text).toBe('---\ntitle: Louder # shown\nsdk: gradio\nemoji: 📣\ntags: [sound]\n---\n# Echo\n')
  const detail = await plaza.json<SpaceDetail>('GET', '/api/plaza/spaces/alice/carded', 'alice')
  expect(detail).toMatchObject({ title: 'Louder', commits: { repository: saved.commit } })

  // Another file does not matter, the README does.
  await plaza.json('PUT', at, 'alice', { commit: saved.commit, fields: { emoji: null } })
  const late = await plaza.api('PUT', at, 'alice', { commit: saved.commit, fields: { title: 'Mine' } })
  expect(late.status).toBe(412)
  const wrong = await plaza.json<CardForm>('GET', at, 'alice')
  const refused = await plaza.api('PUT', at, 'alice', { commit: wrong.commit, fields: { colorFrom: 'teal' } })
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('colorFrom is “teal”')
  expect((await plaza.api('GET', at, 'bob')).status).toBe(403)
})

test('metrics: processor, memory and who is there, and how it ended', async () => {
  await plaza.publish('alice', 'busy', files)
  await plaza.waitFor('alice/busy', 'RUNNING')
  const calm = await metricsUntil('alice/busy', (seen) => seen.memory_used_bytes > 0)
  expect(calm).toMatchObject({ cpu_millicores: 2000, memory_total_bytes: 16 * 1024 ** 3, gpus: {} })
  const working = plaza.visit('alice/busy', '/work')
  const busy = await metricsUntil('alice/busy', (seen) => seen.cpu_usage_pct > 15 && seen.requests === 1)
  expect(busy.memory_used_bytes).toBeGreaterThan(calm.memory_used_bytes + 40 * 1024 ** 2)
  await working
  await metricsUntil('alice/busy', (seen) => seen.requests === 0)
  await plaza.visit('alice/busy', '/end').catch(() => undefined)
  await plaza.waitFor('alice/busy', 'RUNTIME_ERROR')
  const { crash } = await plaza.json<SpaceDetail>('GET', '/api/plaza/spaces/alice/busy', 'alice')
  expect(crash).toMatchObject({ code: 3, reason: 'error', memoryLimit: 16 * 1024 ** 3 })
  await plaza.createSpace('alice', 'unseen', { private: true })
  expect((await plaza.api('GET', '/api/spaces/alice/unseen/metrics', 'bob')).status).toBe(404)
})

test('versions tell who pushed, how long until it was live, and storage what is kept', async () => {
  const sha = await plaza.publish('alice', 'timed', files)
  await plaza.waitFor('alice/timed', 'RUNNING')
  const { versions } = await plaza.json<{ versions: Version[] }>('GET', '/api/plaza/spaces/alice/timed/versions')
  const [version] = versions
  expect(version).toMatchObject({ sha, pushedBy: 'alice', serving: true })
  expect(version?.build?.startSeconds).toBeGreaterThan(0)
  expect(Date.parse(version?.build?.readyAt ?? '')).toBeGreaterThan(Date.parse(version?.build?.endedAt ?? ''))
  const use = await plaza.json<StorageUse>('GET', '/api/plaza/spaces/alice/timed/storage', 'alice')
  expect(use.repository).toBeGreaterThan(0)
  expect(use.data).toBe(0)
  expect((await plaza.api('GET', '/api/plaza/spaces/alice/timed/storage', 'bob')).status).toBe(403)
})
