/** Spaces that show between them every state that a Space can be in, and names of every kind. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { RepositoryFiles, TestPlaza } from '../../plaza.ts'
import { slowPackage } from '../../faults/slow-package.ts'

const examples = path.join(import.meta.dirname, '..', '..', '..', 'examples')

/** One of the examples that are static. */
async function example(name: string): Promise<RepositoryFiles> {
  const folder = path.join(examples, name)
  const names = await readdir(folder)
  return Object.fromEntries(
    await Promise.all(names.map(async (file) => [file, await readFile(path.join(folder, file))] as const)),
  )
}

const card = (title: string, sdk: string, more = '') => `---\ntitle: ${title}\nsdk: ${sdk}\n${more}---\n`

const page = (title: string, words: string, paper: string, ink: string, lang = 'en') =>
  `<!doctype html><html lang="${lang}"><meta charset="utf-8"><title>${title}</title><style>body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center; background: ${paper}; color: ${ink}; font: 20px/1.5 Georgia, serif } h1 { font-size: 64px; margin: 0 }</style><h1>${title}</h1><p>${words}</p></html>`

/** @param first Python that runs before it answers. */
const app = (title: string, first = '') => `import http.server, os, time
${first}
PAGE = """${page(title, 'The next high water is at 14:02.', '#0f2f3a', '#e9f3f1')}""".encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)


print("listening on", os.environ["PORT"], flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
`

const talkative = String.raw`
import random
random.seed(3)
for step in range(2400):
    kind = "\x1b[33mWARNING: the loss goes up\x1b[0m " if step % 97 == 96 else ""
    print(f"{kind}step {step:5d}  loss {2.4 / (1 + step / 300) + random.random() / 9:.4f}  \x1b[36m{step % 7 + 40} it/s\x1b[0m", flush=True)
`
const crashing = `print("loading weights", flush=True)


def load(name):
    raise FileNotFoundError(f"no file {name}: was it pushed?")


load("weights/tides-large.safetensors")
`

/** For half an hour: as long as a test looks. */
const slow: RepositoryFiles = Object.fromEntries(
  Object.entries(slowPackage).map(([file, content]) => [
    file,
    typeof content === 'string' ? content.replaceAll('time.sleep(2)', 'time.sleep(1800)') : content,
  ]),
)

export const longName = 'a-name-that-somebody-thought-about-for-a-very-long-time-and-then-s'
const longTitle =
  'Everything that the tide brought to the northern harbours between the spring equinox and the longest day, drawn hour by hour'

/** The first Space of a new install. */
export async function publishFirst(plaza: TestPlaza): Promise<void> {
  await plaza.publish('bob', 'life', await example('life'))
  await plaza.waitFor('bob/life', 'RUNNING')
}

/** Six more that run. */
export async function publishRunning(plaza: TestPlaza): Promise<void> {
  await plaza.publish('bob', 'eddy', await example('eddy'))
  await plaza.publish('alice', 'tide-lines', await example('templates/static-page'))
  await plaza.publish('alice', 'tides', {
    'README.md': card(
      'Tide table',
      'gradio',
      'emoji: 🌊\ncolorFrom: blue\ncolorTo: green\ntags: [sea, time]\nshort_description: When the water comes, and how far\n',
    ),
    'app.py': app('High tide', talkative),
  })
  const words = {
    chinese: ['潮汐表：每一个港口的每一次涨潮与退潮', 'zh', '水什么时候来，来到哪里', '#f4efe4', '#26221c'],
    arabic: ['جدول المد والجزر في موانئ الشمال', 'ar', 'متى يأتي الماء وإلى أين يصل', '#1d3b2a', '#eef5ea'],
    emoji: ['🦆🌊🐚 ✨ 👩‍👩‍👧‍👦', 'en', '🐚 🐚 🐚', '#fff', '#111'],
  } as const
  for (const [name, [title, lang, about, paper, ink]] of Object.entries(words)) {
    await plaza.publish('alice', name, {
      'README.md': card(title, 'static', `short_description: ${about}\ntags: [sea]\nemoji: 🐚\n`),
      'index.html': page(title, about, paper, ink, lang),
    })
  }
  for (const name of ['tides', 'tide-lines', ...Object.keys(words)]) await plaza.waitFor(`alice/${name}`, 'RUNNING')
  await plaza.waitFor('bob/eddy', 'RUNNING')
}

/** The states in which a Space does not run, or not only. */
export async function publishOthers(plaza: TestPlaza): Promise<void> {
  await plaza.publish('alice', longName, {
    'README.md': card(
      longTitle,
      'static',
      `emoji: 🧭\nshort_description: ${'An account of all that was found on the sand, with no end in sight'.repeat(3)}\ntags: [${Array.from({ length: 14 }, (_, at) => `a-rather-long-tag-number-${at}`).join(', ')}]\nmodels: [somebody-with-a-long-name/a-model-with-an-even-longer-name-7b-instruct-v0.3]\n`,
    ),
    'index.html': page('Long', longTitle, '#eee', '#222'),
  })
  await plaza.publish(
    'alice',
    'private-notes',
    {
      'README.md': card('Notes of mine', 'static', 'emoji: 🔑\n'),
      'index.html': page('Notes', 'Mine.', '#fff', '#222'),
    },
    { private: true },
  )
  await plaza.publish('alice', 'no-card', { 'index.html': page('No card', 'Found by its page.', '#f4efe4', '#26221c') })
  await plaza.createSpace('alice', 'nothing-yet')
  await plaza.publish('alice', 'asleep', {
    'README.md': card('Owl', 'gradio', 'emoji: 🦉\ncolorFrom: indigo\ncolorTo: purple\n'),
    'app.py': app('Owl'),
  })
  await plaza.publish('alice', 'paused', {
    'README.md': card('Weather vane', 'gradio', 'emoji: 🐓\ncolorFrom: red\ncolorTo: yellow\n'),
    'app.py': app('Vane'),
  })
  await plaza.publish('alice', 'crashed', {
    'README.md': card('Depth sounder', 'gradio', 'emoji: ⚓\ncolorFrom: gray\ncolorTo: blue\n'),
    'app.py': crashing,
  })
  await plaza.publish('alice', 'not-built', {
    'README.md': card('Moth lamp', 'gradio', 'emoji: 💡\ncolorFrom: yellow\ncolorTo: pink\n'),
    'app.py': app('Moth'),
    'requirements.txt': 'six=1\n',
  })
  await plaza.publish('alice', 'wrong-card', {
    'README.md': '---\ntitle: Knots\nemoji: 🪢\nsdk: gradioo\ncolorFrom: teal\n---\n',
    'app.py': app('Knots'),
  })
  await plaza.publish('alice', 'still-serving', {
    'README.md': card('Harbour bell', 'gradio', 'emoji: 🔔\n'),
    'app.py': app('Bell'),
  })
  for (const name of ['asleep', 'paused', 'still-serving']) await plaza.waitFor(`alice/${name}`, 'RUNNING')
  await plaza.waitFor('alice/crashed', 'RUNTIME_ERROR')
  await plaza.waitFor('alice/not-built', 'BUILD_ERROR')
  await plaza.waitFor(`alice/${longName}`, 'RUNNING')
  await plaza.json('POST', '/api/spaces/alice/asleep/sleeptime', 'alice', { seconds: 1 })
  await plaza.json('POST', '/api/spaces/alice/paused/pause', 'alice')
  await plaza.waitFor('alice/asleep', 'SLEEPING')
  await plaza.waitFor('alice/paused', 'PAUSED')

  // These wait for as long as the platform runs; two builds at once, so that the third is in line.
  await plaza.publish('alice', 'starting', {
    'README.md': card('Slow lighthouse', 'gradio', 'emoji: 🗼\n'),
    'app.py': app('Lighthouse', 'print("reading charts", flush=True)\ntime.sleep(1800)'),
  })
  await plaza.waitFor('alice/starting', 'APP_STARTING')
  await plaza.push('alice', 'still-serving', {
    'README.md': card('Harbour bell', 'gradio', 'emoji: 🔔\n'),
    'app.py': app('Bell'),
    ...slow,
  })
  await plaza.waitFor('alice/still-serving', 'RUNNING_BUILDING')
  for (const name of ['building', 'in-line']) {
    await plaza.publish('alice', name, {
      'README.md': card(name === 'building' ? 'Rope walk' : 'Sail loft', 'gradio', 'emoji: ⛵\n'),
      'app.py': app(name),
      ...slow,
    })
  }
  await plaza.waitFor('alice/building', ({ stage }) => stage === 'BUILDING')
  await plaza.waitFor('alice/in-line', ({ stage }) => stage === 'BUILDING')
}

/** A Space whose files are of every kind, with a history. */
export async function publishFiles(plaza: TestPlaza): Promise<void> {
  const table = `harbour,height,hour\n${Array.from({ length: 400 }, (_, row) => `harbour ${row},${(row * 37) % 90},${row % 24}:00\n`).join('')}`
  const readme = `${card('Files of every kind', 'static', 'emoji: 🗂️\n')}# Files\n\nWhat the **sea** leaves, as a [list](table.csv).\n\n| Place | Found |\n| --- | --- |\n| North | rope |\n| South | glass |\n\n- [x] rope\n- [ ] glass\n\n\`\`\`python\nimport tide  # the one of before\n\`\`\`\n`
  const notebook = JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { language_info: { name: 'python' } },
    cells: [
      { cell_type: 'markdown', metadata: {}, source: '# Heights\nOf every harbour.' },
      {
        cell_type: 'code',
        metadata: {},
        execution_count: 1,
        source: 'heights = [harbour.height for harbour in harbours]\nmax(heights)',
        outputs: [
          { output_type: 'execute_result', execution_count: 1, metadata: {}, data: { 'text/plain': '89' } },
          { output_type: 'stream', name: 'stderr', text: 'UserWarning: one harbour has no height\n' },
        ],
      },
    ],
  })
  const before = {
    'README.md': readme,
    'index.html': page('Files', 'Of every kind.', '#fff', '#222'),
    'app.py': app('before'),
    'table.csv': table,
    'heights.ipynb': notebook,
    'model.bin': Buffer.from(Array.from({ length: 3000 }, (_, at) => at % 256)),
    'empty.txt': '',
    'drawing.svg':
      '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" fill="#0f2f3a"/><circle cx="160" cy="110" r="60" fill="#e9c46a"/></svg>',
    '一个很长的文件名.txt': '潮汐\n',
    'deep/er/and/deeper/still/notes.txt': 'deep\n',
    'docs/a-file-name-that-goes-on-and-on-because-nobody-stopped-it-in-time-and-nobody-will.md': '# Long\n',
  }
  await plaza.publish('alice', 'files', before)
  await plaza.push('alice', 'files', {
    ...before,
    'app.py': app('after', 'started = time.time()').replace('14:02', '15:10'),
    'table.csv': table.replace('harbour 3,', 'Harbour of three,'),
  })
  await plaza.publish('alice', 'quarrel', {
    'README.md': card('Logbook', 'static', 'emoji: 📓\n'),
    'index.html': page('Logbook', 'Two write in it.', '#fff', '#222'),
    'notes.txt': 'what we both know\n',
  })
  for (const name of ['files', 'quarrel']) await plaza.waitFor(`alice/${name}`, 'RUNNING')
}
