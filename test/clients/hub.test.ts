import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { installNodeClients } from './node-clients.ts'
import { installPythonClients } from './python-clients.ts'

const [clients, node] = await Promise.all([installPythonClients(), installNodeClients()])
const needed = clients.problem === undefined ? '' : ` (left out: no huggingface_hub, ${clients.problem})`
const neededNode = node.problem === undefined ? '' : ` (left out: no @huggingface/hub, ${node.problem})`
const withClients = test.skipIf(clients.problem !== undefined)

let plaza: TestPlaza
let alice: string
beforeAll(async () => {
  plaza = await TestPlaza.start({ people: ['lister'] })
  alice = plaza.person('alice').token
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

const files = {
  'README.md': '---\ntitle: Echo\nemoji: 🐚\nsdk: gradio\ntags: [shell]\nshort_description: It echoes\n---\n# Echo\n',
  'app.py': `
import http.server, os
print("the app begins", flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((os.environ.get("COLOR", "") + os.environ.get("PASSWORD", "")).encode())
http.server.ThreadingHTTPServer(("0.0.0.0", int(__import__("os").environ["PORT"])), Handler).serve_forever()
`,
}

withClients(`whoami names the person and the token, and a wrong token is told so${needed}`, async () => {
  const who = await clients.script<{ name: string; type: string; auth: { accessToken: unknown } }>(
    plaza,
    alice,
    'from huggingface_hub import HfApi\nreport(HfApi().whoami())',
  )
  expect(who).toMatchObject({ name: 'alice', type: 'user', auth: { accessToken: { displayName: 'w', role: 'write' } } })
  const wrong = await clients.script<string>(
    plaza,
    'hf_wrong',
    'from huggingface_hub import HfApi\ntry: HfApi().whoami()\nexcept Exception as e: report(str(e))',
  )
  expect(wrong).toContain('Invalid user token')
  const cli = await clients.hf(plaza, alice, 'auth', 'whoami', '--json')
  expect(cli).toMatchObject({ code: 0 })
  expect(cli.out).toContain('alice')
})

withClients(`create_repo and delete_repo, with their options and refusals${needed}`, async () => {
  const seen = await clients.script<Record<string, unknown>>(
    plaza,
    alice,
    `
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
api = HfApi()
url = api.create_repo("alice/made", repo_type="space", space_sdk="gradio", private=True,
    space_secrets=[{"key": "PASSWORD", "value": "1"}], space_variables=[{"key": "COLOR", "value": "red"}], space_sleep_time=900)
again = api.create_repo("alice/made", repo_type="space", space_sdk="gradio", exist_ok=True)
def status(work):
    try: work()
    except HfHubHTTPError as e: return [type(e).__name__, e.response.status_code, e.server_message]
    return "nothing raised"
out = {
    "url": str(url), "id": url.repo_id, "again": str(again),
    "private": api.space_info("alice/made").private,
    "sleep": api.get_space_runtime("alice/made").sleep_time,
    "variables": {k: v.value for k, v in api.get_space_variables("alice/made").items()},
    "secrets": list(api.get_space_secrets("alice/made")),
    "conflict": status(lambda: api.create_repo("alice/made", repo_type="space", space_sdk="gradio")),
    "other": status(lambda: api.create_repo("bob/made", repo_type="space", space_sdk="gradio")),
    "model": status(lambda: api.create_repo("alice/model")),
    "reader": status(lambda: HfApi(token="${plaza.person('alice').readToken}").create_repo("alice/read", repo_type="space", space_sdk="static")),
    "nobody": status(lambda: HfApi(token=False).create_repo("alice/anon", repo_type="space", space_sdk="static")),
}
api.delete_repo("alice/made", repo_type="space")
out["exists"] = api.repo_exists("alice/made", repo_type="space")
out["deleted"] = status(lambda: api.delete_repo("alice/made", repo_type="space"))
api.delete_repo("alice/made", repo_type="space", missing_ok=True)
report(out)
`,
  )
  const page = `${plaza.url.origin}/spaces/alice/made`
  expect(seen).toMatchObject({
    url: page,
    id: 'alice/made',
    again: page,
    private: true,
    sleep: 900,
    variables: { COLOR: 'red' },
    secrets: ['PASSWORD'],
    conflict: ['HfHubHTTPError', 409, expect.anything()],
    other: ['HfHubHTTPError', 403, expect.anything()],
    model: ['BadRequestError', 400, expect.stringContaining('Spaces')],
    reader: ['HfHubHTTPError', 403, expect.anything()],
    nobody: ['HfHubHTTPError', 401, expect.anything()],
    exists: false,
    deleted: ['RepositoryNotFoundError', 404, expect.anything()],
  })
})

withClients(`space_info, runtime, waiting and logs of a Space that was pushed${needed}`, async () => {
  const sha = await plaza.publish('alice', 'echo', files)
  const wait = await clients.hf(plaza, alice, 'spaces', 'wait', 'alice/echo', '--timeout', '60s')
  expect(wait).toMatchObject({ code: 0 })
  const seen = await clients.script<Record<string, unknown>>(
    plaza,
    alice,
    `
from huggingface_hub import HfApi
api = HfApi()
info = api.space_info("alice/echo", files_metadata=True)
runtime = api.wait_for_space("alice/echo", timeout=30)
report({
    "id": info.id, "author": info.author, "sha": info.sha, "host": info.host, "subdomain": info.subdomain, "sdk": info.sdk,
    "tags": info.tags, "private": info.private, "files": {f.rfilename: f.size for f in info.siblings},
    "card": info.card_data.to_dict(), "infoStage": info.runtime.stage, "created": info.created_at.year > 2000,
    "stage": runtime.stage, "hardware": runtime.hardware, "requested": runtime.requested_hardware,
    "revision": api.repo_info("alice/echo", repo_type="space", revision="main").sha,
    "expanded": {k: v for k, v in vars(api.space_info("alice/echo", expand=["likes", "runtime", "trendingScore", "usedStorage"])).items() if v is not None and k in ("likes", "sdk", "siblings", "trending_score")},
    "hardwareList": [h.name for h in api.list_spaces_hardware()],
    "exists": api.repo_exists("alice/echo", repo_type="space"), "revisionExists": api.revision_exists("alice/echo", "nope", repo_type="space"),
    "auth": api.auth_check("alice/echo", repo_type="space"),
})
`,
  )
  expect(seen).toMatchObject({
    id: 'alice/echo',
    author: 'alice',
    sha,
    host: await plaza.host('alice/echo'),
    subdomain: 'alice-echo',
    sdk: 'gradio',
    tags: ['gradio', 'shell'],
    private: false,
    files: { 'README.md': Buffer.byteLength(files['README.md']), 'app.py': files['app.py'].length },
    card: { title: 'Echo', emoji: '🐚', sdk: 'gradio', short_description: 'It echoes', tags: ['shell'] },
    infoStage: 'RUNNING',
    created: true,
    stage: 'RUNNING',
    hardware: 'cpu-basic',
    requested: 'cpu-basic',
    revision: sha,
    expanded: { likes: 0, trending_score: expect.any(Number) },
    hardwareList: ['cpu-basic'],
    exists: true,
    revisionExists: false,
    auth: null,
  })

  const run = await clients.hf(plaza, alice, 'spaces', 'logs', 'alice/echo')
  expect(run).toMatchObject({ code: 0, out: expect.stringContaining('the app begins') })
  const build = await clients.hf(plaza, alice, 'spaces', 'logs', 'alice/echo', '--build', '--follow')
  expect(build.code).toBe(0)
  expect(build.out.length).toBeGreaterThan(20)
  const tail = await clients.hf(plaza, alice, 'spaces', 'logs', 'alice/echo', '--build', '--tail', '1')
  expect(tail.out.trim().split('\n')).toHaveLength(1)
  const info = await clients.hf(plaza, alice, 'spaces', 'info', 'alice/echo', '--json')
  expect(JSON.parse(info.out)).toMatchObject({ id: 'alice/echo', sha })
})

withClients(`variables and secrets reach the app by a restart that nobody has to ask for${needed}`, async () => {
  await plaza.publish('alice', 'colored', files)
  await plaza.waitFor('alice/colored', 'RUNNING')
  const seen = await clients.script<Record<string, unknown>>(
    plaza,
    alice,
    `
from huggingface_hub import HfApi
api = HfApi()
id = "alice/colored"
api.add_space_variable(id, "COLOR", "blue", description="of the sky")
api.add_space_variable(id, "GONE", "1")
left = api.delete_space_variable(id, "GONE")
api.delete_space_variable(id, "NEVER")
api.add_space_secret(id, "PASSWORD", "-s3cret", description="for the door")
api.add_space_secret(id, "OLD", "1")
api.delete_space_secret(id, "OLD")
variables = api.get_space_variables(id)
secrets = api.get_space_secrets(id)
report({"left": list(left), "value": variables["COLOR"].value, "about": variables["COLOR"].description,
    "secrets": {k: v.description for k, v in secrets.items()}})
`,
  )
  expect(seen).toEqual({
    left: ['COLOR'],
    value: 'blue',
    about: 'of the sky',
    secrets: { PASSWORD: 'for the door' },
  })
  await expect
    .poll(async () => await (await plaza.visit('alice/colored')).text(), { timeout: 30_000 })
    .toBe('blue-s3cret')
  const cli = await clients.hf(plaza, alice, 'spaces', 'variables', 'ls', 'alice/colored', '--json')
  expect(cli.out).toContain('blue')
  expect((await clients.hf(plaza, alice, 'spaces', 'secrets', 'ls', 'alice/colored', '--json')).out).not.toContain(
    's3cret',
  )
})

withClients(`pause, restart, factory restart and sleep time${needed}`, async () => {
  await plaza.publish('alice', 'paused', files)
  await plaza.waitFor('alice/paused', 'RUNNING')
  const seen = await clients.script<Record<string, unknown>>(
    plaza,
    alice,
    `
from huggingface_hub import HfApi
from huggingface_hub.errors import BadRequestError
api = HfApi()
id = "alice/paused"
out = {"paused": api.pause_space(id).stage}
out["restarted"] = api.restart_space(id).stage != "PAUSED"
out["running"] = api.wait_for_space(id, timeout=40).stage
out["factory"] = api.restart_space(id, factory_reboot=True).stage
out["again"] = api.wait_for_space(id, timeout=40).stage
out["sleep"] = api.set_space_sleep_time(id, 3600).sleep_time
out["never"] = api.set_space_sleep_time(id, -1).sleep_time
out["hardware"] = api.request_space_hardware(id, "cpu-basic").requested_hardware
try: api.request_space_hardware(id, "a100-large")
except BadRequestError as e: out["refused"] = str(e)
report(out)
`,
  )
  expect(seen).toMatchObject({
    paused: 'PAUSED',
    restarted: true,
    running: 'RUNNING',
    again: 'RUNNING',
    sleep: 3600,
    hardware: 'cpu-basic',
    refused: expect.stringContaining('a100-large'),
  })
  expect(seen['factory']).not.toBe('RUNNING')
  await plaza.waitFor('alice/paused', 'RUNNING')
})

withClients(`list_spaces filters, and pages through all of them${needed}`, async () => {
  await Promise.all(
    ['one', 'two', 'three', 'four', 'five'].map(async (name) => {
      await plaza.createSpace('lister', name, { sdk: 'static', private: name === 'five' })
    }),
  )
  const script = `
from huggingface_hub import HfApi
api = HfApi()
names = lambda **more: sorted(s.id for s in api.list_spaces(author="lister", **more))
report({"all": names(), "search": names(search="thre"), "limit": len(list(api.list_spaces(author="lister", limit=2))),
    "tag": names(filter="static"), "none": names(filter="gradio"), "full": names(full=True),
    "newest": [s.id for s in api.list_spaces(author="lister", sort="created_at", limit=1)],
    "likes": names(sort="likes"), "expanded": sorted(s.sdk for s in api.list_spaces(author="lister", expand=["sdk"]))})
`
  const own = await clients.script<Record<string, unknown>>(plaza, plaza.person('lister').token, script)
  const all = ['five', 'four', 'one', 'three', 'two'].map((name) => `lister/${name}`)
  expect(own).toMatchObject({
    all,
    search: ['lister/three'],
    limit: 2,
    tag: all,
    none: [],
    full: all,
    likes: all,
    newest: [expect.stringMatching(/^lister\//)],
    expanded: ['static', 'static', 'static', 'static', 'static'],
  })
  const stranger = await clients.script<Record<string, unknown>>(plaza, undefined, script)
  expect(stranger['all']).toEqual(all.filter((id) => id !== 'lister/five'))

  // The clients follow `Link`; by one a page they pass every page.
  const paged: string[] = []
  let next: string | undefined = '/api/spaces?author=lister&limit=2'
  while (next !== undefined) {
    const answer: Response = await plaza.api('GET', next, 'lister')
    paged.push(...((await answer.json()) as { id: string }[]).map((space) => space.id))
    next = /<(http[^>]+)>; rel="next"/.exec(answer.headers.get('Link') ?? '')?.[1]
  }
  expect(paged.toSorted()).toEqual(all)
})

withClients(
  `what is missing or private raises what the clients know, for strangers and for nobody${needed}`,
  async () => {
    await plaza.createSpace('alice', 'hidden', { sdk: 'static', private: true })
    const script = `
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
api = HfApi()
def name(work):
    try: work()
    except HfHubHTTPError as e: return f"{type(e).__name__} {e.response.status_code}"
    return "nothing raised"
report([name(lambda: api.space_info("alice/hidden")), name(lambda: api.space_info("alice/nothing")),
    name(lambda: api.get_space_runtime("alice/hidden")), name(lambda: api.restart_space("alice/hidden")),
    name(lambda: api.add_space_variable("alice/hidden", "A", "b")), name(lambda: api.get_space_secrets("alice/hidden"))])
`
    const stranger = await clients.script<string[]>(plaza, plaza.person('bob').token, script)
    expect(new Set(stranger)).toEqual(new Set(['RepositoryNotFoundError 404']))
    const nobody = await clients.script<string[]>(plaza, undefined, script)
    expect(new Set(nobody)).toEqual(new Set(['RepositoryNotFoundError 401']))

    const reader = await clients.script<string[]>(plaza, plaza.person('alice').readToken, script)
    expect(reader).toEqual([
      'nothing raised',
      'RepositoryNotFoundError 404',
      'nothing raised',
      'HfHubHTTPError 403',
      'HfHubHTTPError 403',
      'HfHubHTTPError 403',
    ])
    const revision = await clients.script<string>(
      plaza,
      alice,
      'from huggingface_hub import HfApi\ntry: HfApi().space_info("alice/hidden", revision="nope")\nexcept Exception as e: report(type(e).__name__)',
    )
    expect(revision).toBe('RevisionNotFoundError')
  },
)

test.skipIf(node.problem !== undefined)(
  `npm's @huggingface/hub knows who it is, creates, lists, reads and deletes${neededNode}`,
  async () => {
    const script = `
import * as hub from '@huggingface/hub'
const about = { accessToken: process.env.TOKEN, hubUrl: process.env.URL }
const repo = { type: 'space', name: 'bob/by-node' }
const who = await hub.whoAmI(about)
const created = await hub.createRepo({ ...about, repo, sdk: 'static', private: true })
const listed = []
for await (const space of hub.listSpaces({ ...about, search: { owner: 'bob' } })) listed.push([space.name, space.sdk, space.private])
const info = await hub.spaceInfo({ ...about, name: repo.name, additionalFields: ['author', 'runtime'] })
const exists = await hub.repoExists({ ...about, repo })
const again = await hub.createRepo({ ...about, repo, sdk: 'static' }).catch((error) => error.statusCode)
await hub.deleteRepo({ ...about, repo })
report({ who: [who.name, who.auth.accessToken.role], created: created.repoUrl, listed, info: [info.author, info.sdk, info.runtime.stage], exists,
  again, gone: !(await hub.repoExists({ ...about, repo })) })
`
    const seen = await node.script(script, { URL: plaza.url.origin, TOKEN: plaza.person('bob').token })
    expect(seen).toEqual({
      who: ['bob', 'write'],
      created: `${plaza.url.origin}/spaces/bob/by-node`,
      listed: [['bob/by-node', 'static', true]],
      info: ['bob', 'static', expect.any(String)],
      exists: true,
      again: 409,
      gone: true,
    })
  },
)
