import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { installNodeClients } from './node-clients.ts'
import { installPythonClients } from './python-clients.ts'

const [python, node] = await Promise.all([installPythonClients(), installNodeClients()])
const neededPython = python.problem === undefined ? '' : ` (left out: no gradio_client, ${python.problem})`
const neededNode = node.problem === undefined ? '' : ` (left out: no @gradio/client, ${node.problem})`
const withPython = test.skipIf(python.problem !== undefined)
const withNode = test.skipIf(node.problem !== undefined)

const files = {
  'README.md': '---\ntitle: Words\nemoji: 🔤\nsdk: gradio\nsdk_version: 6.31.0\n---\n',
  'app.py': `
import os, time
import gradio as gr

def greet(name):
    return f"Hello {name}"

def count(to):
    for number in range(int(to)):
        time.sleep(0.02)
        yield number

def size(file):
    return os.path.getsize(file)

def shout(file):
    place = "shouted.txt"
    with open(file) as source, open(os.path.join(os.environ.get("TMPDIR", "/tmp"), place), "w") as target:
        target.write(source.read().upper())
        return target.name

with gr.Blocks() as demo:
    gr.Interface(greet, "text", "text", api_name="greet")
    gr.Interface(count, "number", "number", api_name="count")
    gr.Interface(size, gr.File(), "number", api_name="size")
    gr.Interface(shout, gr.File(), gr.File(), api_name="shout")

demo.launch()
`,
}

type Config = { root: string; version: string; space_id: string }

let plaza: TestPlaza
let alice: string
beforeAll(async () => {
  plaza = await TestPlaza.start()
  alice = plaza.person('alice').token
  await Promise.all([
    plaza.publish('alice', 'words', files),
    plaza.publish('alice', 'secret-words', files, { private: true }),
  ])
  await Promise.all(
    ['alice/words', 'alice/secret-words'].map(async (id) => await plaza.waitFor(id, 'RUNNING', 110_000)),
  )
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

describe('what the app says of itself is right behind the proxy', () => {
  test('at its loopback address', async () => {
    const answer = await plaza.visit('alice/words', '/config')
    expect(answer.status).toBe(200)
    const config = (await answer.json()) as Config
    expect(config).toMatchObject({
      root: await plaza.host('alice/words'),
      version: '6.31.0',
      space_id: 'alice/words',
    })
  })

  test('at its host name', async () => {
    const { status, text } = await plaza.visitByName('alice-words', '/config')
    expect(status).toBe(200)
    expect((JSON.parse(text) as Config).root).toBe(`http://alice-words.spaces.localhost:${plaza.url.port}`)
  })

  test('its page and the files that the page names are there', async () => {
    const page = await (await plaza.visit('alice/words')).text()
    expect(page).toContain('<gradio-app')
    const script = /(?:src|href)="(\.?\/assets\/[^"]+\.js)"/.exec(page)?.[1]
    expect(script).toBeDefined()
    const asset = await plaza.visit('alice/words', new URL(script ?? '', 'http://x').pathname)
    expect([asset.status, asset.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')])
  })
})

const calls = `
import os, tempfile
from gradio_client import Client, handle_file
client = Client(ID, token=os.environ.get("HF_TOKEN"), verbose=False, download_files=tempfile.mkdtemp())
path = os.path.join(tempfile.mkdtemp(), "big.txt")
with open(path, "w") as file: file.write("quiet " * 500_000)
job = client.submit(5, api_name="/count")
job.result(timeout=30)
shouted = client.predict(handle_file(path), api_name="/shout")
report({"greet": client.predict("there", api_name="/greet"), "count": job.outputs(), "size": client.predict(handle_file(path), api_name="/size"),
    "shouted": open(shouted).read(11), "src": client.src, "endpoints": list(client.view_api(return_format="dict")["named_endpoints"])})
`
const results = {
  greet: 'Hello there',
  count: [0, 1, 2, 3, 4],
  size: 3_000_000,
  shouted: 'QUIET QUIET',
  endpoints: ['/greet', '/count', '/size', '/shout'],
}

withPython(
  `gradio_client calls a public Space by its id: predict, stream, upload and download${neededPython}`,
  async () => {
    const seen = await python.script<Record<string, unknown>>(plaza, undefined, calls.replace('ID', '"alice/words"'))
    expect(seen).toMatchObject(results)
    expect(seen['src']).toContain(await plaza.host('alice/words'))
  },
)

withPython(
  `gradio_client opens a private Space with its owner's token, and nobody else does${neededPython}`,
  async () => {
    expect(await python.script(plaza, alice, calls.replace('ID', '"alice/secret-words"'))).toMatchObject(results)
    const refused = `
from gradio_client import Client
try:
    Client(ID, verbose=False)
    report("opened")
except Exception as e: report(type(e).__name__)
`
    const strangers = [plaza.person('bob').token, undefined]
    for (const token of strangers) {
      const byId = await python.script(plaza, token, refused.replace('ID', '"alice/secret-words"'))
      expect(byId).toBe('RepositoryNotFoundError')
    }
    const host = await plaza.host('alice/secret-words')
    expect(await python.script(plaza, undefined, refused.replace('ID', `"${host}"`))).not.toBe('opened')
  },
)

withNode(`@gradio/client calls a Space by its address: predict, stream and upload${neededNode}`, async () => {
  const script = `
import { Client, handle_file } from '@gradio/client'
const app = await Client.connect(process.env.HOST, process.env.TOKEN ? { token: process.env.TOKEN } : {})
const greeting = await app.predict('/greet', ['there'])
const numbers = []
for await (const event of app.submit('/count', [4])) {
  if (event.type === 'data') numbers.push(event.data[0])
  if (event.type === 'status' && event.stage === 'complete') break
}
const size = await app.predict('/size', [handle_file(new Blob(['12345']))])
report({ greet: greeting.data[0], numbers: [...new Set(numbers)], size: size.data[0] })
app.close()
`
  const wanted = { greet: 'Hello there', numbers: [0, 1, 2, 3], size: 5 }
  expect(await node.script(script, { HOST: await plaza.host('alice/words') })).toEqual(wanted)
  const withToken = { HOST: await plaza.host('alice/secret-words'), TOKEN: alice }
  expect(await node.script(script, withToken)).toEqual(wanted)
})

withPython(`a sleeping Space wakes by gradio_client, which notices nothing${neededPython}`, async () => {
  await plaza.json('POST', '/api/spaces/alice/words/sleeptime', 'alice', { seconds: 2 })
  await plaza.waitFor('alice/words', 'SLEEPING')
  const seen = await python.script<Record<string, unknown>>(plaza, undefined, calls.replace('ID', '"alice/words"'))
  expect(seen).toMatchObject(results)
})
