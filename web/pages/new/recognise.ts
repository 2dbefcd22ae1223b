/** What an app is made with, by its files (pure). The platform's own reading (spaces/card.ts, builder/plan.ts) has the last word. */
import type { CardDraft, Sdk } from './draft.ts'

export type Found = {
  /** undefined: nothing here says so. */
  sdk: Sdk | undefined
  /** The file that the platform reads, where a card that names an SDK would say less than it. */
  byItself: string | undefined
  appFile: string | undefined
  /** What its Dockerfile exposes. */
  port: string | undefined
  /** To install where no requirement asks for it. */
  sdkVersion: string | undefined
  /** What the card says, where there is one. */
  card: Record<string, string> | undefined
  readme: boolean
  requirements: boolean
}

/** The files whose contents are asked for. */
export const telling = [
  'README.md',
  'Dockerfile',
  'requirements.txt',
  'app.py',
  'main.py',
  'streamlit_app.py',
  'package.json',
]

/** What the templates use: one environment more that need not be installed anew. */
const versions: Partial<Record<Sdk, string>> = { gradio: '6.31.0', streamlit: '1.67.0' }
const usualApps = ['app.py', 'streamlit_app.py', 'main.py']

/** @param containers whether container images are built here: a Dockerfile comes first then, as it does for the platform. */
export function recognise(
  paths: readonly string[],
  texts: Readonly<Record<string, string>>,
  containers: boolean,
): Found {
  const there = new Set(paths)
  const card = readCard(texts['README.md'])
  const requirements = texts['requirements.txt'] ?? ''
  const atRoot = paths.filter((path) => path.endsWith('.py') && !path.includes('/'))
  const app = usualApps.find((path) => there.has(path)) ?? (atRoot.length === 1 ? atRoot[0] : undefined)
  const code = app === undefined ? '' : (texts[app] ?? '')
  const uses = (name: string) =>
    new RegExp(`^\\s*${name}\\b`, 'im').test(requirements) ||
    new RegExp(`^\\s*(import|from)\\s+${name}\\b`, 'm').test(code)
  const about = { card, readme: there.has('README.md'), requirements: there.has('requirements.txt') }
  const found = (sdk: Sdk | undefined, appFile: string | undefined, byItself?: string): Found => {
    const isAsked = sdk !== undefined && new RegExp(`^\\s*${sdk}\\b`, 'im').test(requirements)
    const isUsed = sdk === 'streamlit' || (sdk === 'gradio' && uses('gradio'))
    const sdkVersion = isUsed && !isAsked && sdk ? versions[sdk] : undefined
    const port = sdk === 'docker' ? exposedPort(texts['Dockerfile'] ?? '') : undefined
    return { ...about, sdk, byItself, appFile, sdkVersion: byItself === undefined ? sdkVersion : undefined, port }
  }
  if (card?.['sdk'] !== undefined && isSdk(card['sdk'])) return found(card['sdk'], card['app_file'] ?? app)
  if (containers && there.has('Dockerfile')) return found('docker', undefined)
  const conda = ['environment.yml', 'environment.yaml'].find((path) => there.has(path))
  if (conda !== undefined && app !== undefined) return found(uses('streamlit') ? 'streamlit' : 'gradio', app, conda)
  if (there.has('Procfile') && there.has('requirements.txt')) return found('gradio', undefined, 'Procfile')
  if (app !== undefined && uses('streamlit')) return found('streamlit', app)
  if (app !== undefined && uses('gradio')) return found('gradio', app)
  if (there.has('Dockerfile')) return found('docker', undefined)
  // A server of its own kind may need another one to run it, which no card can say.
  if (app !== undefined) return found('gradio', app, there.has('requirements.txt') ? 'requirements.txt' : undefined)
  const page = ['index.html', 'dist/index.html', 'build/index.html', 'public/index.html'].find((path) =>
    there.has(path),
  )
  return found(page === undefined ? undefined : 'static', page)
}

function isSdk(text: string): text is Sdk {
  return ['gradio', 'streamlit', 'static', 'docker'].includes(text)
}

/** The plain lines of a card; undefined where there is none. */
export function readCard(readme: string | undefined): Record<string, string> | undefined {
  const matter = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)^---[ \t]*$/m.exec(readme ?? '')
  if (!matter || matter.index !== 0) return undefined
  const fields: Record<string, string> = {}
  for (const line of (matter[1] ?? '').split(/\r?\n/)) {
    const found = /^([A-Za-z_]+):\s+(.+?)\s*$/.exec(line)
    const [, name = '', value = ''] = found ?? []
    if (name) fields[name] = value.replace(/^(['"])(.*)\1$/, '$2')
  }
  return fields
}

const emojis: Record<Sdk, string> = { gradio: '🧩', streamlit: '📈', static: '🪁', docker: '🐳' }
const colours = ['red', 'yellow', 'green', 'blue', 'indigo', 'purple', 'pink', 'gray']

/** The one port that a Dockerfile exposes in figures. */
export function exposedPort(dockerfile: string): string | undefined {
  const lines = dockerfile.replaceAll(/\\[ \t]*\r?\n/g, ' ').split(/\r?\n/)
  const lastStage = lines.slice(lines.findLastIndex((line) => /^\s*FROM\s/i.test(line)) + 1)
  const ports = lastStage.flatMap((line) => /^\s*EXPOSE\s+(.*)$/i.exec(line)?.[1]?.trim().split(/\s+/) ?? [])
  const [only, ...others] = new Set(ports.filter((port) => !port.endsWith('/udp')))
  const port = /^(\d{1,5})(?:\/tcp)?$/.exec(only ?? '')?.[1]
  return others.length === 0 && port !== undefined && isPort(port) ? String(Number(port)) : undefined
}

export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
}

export const usualPort = '7860'

/** What the card says where its author has not chosen: the same for the same name. `sdk` '': what the file says by itself. */
export function filledCard(card: CardDraft, found: Found, name: string): CardDraft {
  const sdk = card.sdk || (found.byItself === undefined ? (found.sdk ?? 'gradio') : '')
  const hash = Array.from(name, (letter) => letter.codePointAt(0) ?? 0).reduce(
    (sum, point) => (sum * 31 + point) % 9973,
    7,
  )
  const usual = sdk === 'static' ? 'index.html' : 'app.py'
  return {
    sdk,
    appFile: card.appFile || (found.sdk === sdk ? found.appFile : undefined) || usual,
    port: card.port || found.port || usualPort,
    title: card.title || titleOf(name),
    emoji: card.emoji || emojis[sdk || (found.sdk ?? 'gradio')],
    colorFrom: card.colorFrom || (colours[hash % 8] ?? 'blue'),
    colorTo: card.colorTo || (colours[(hash + 1 + (hash % 5)) % 8] ?? 'green'),
  }
}

export function titleOf(name: string): string {
  const words = name.replaceAll(/[-_.]+/g, ' ').trim()
  return words === '' ? name : words.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
}

/** The card's fields as the platform takes them. */
export function cardFields(card: CardDraft, found: Found, license: string): Record<string, string> {
  const version = card.sdk === found.sdk ? found.sdkVersion : undefined
  return {
    title: card.title,
    emoji: card.emoji,
    colorFrom: card.colorFrom,
    colorTo: card.colorTo,
    ...(card.sdk === '' ? {} : { sdk: card.sdk }),
    ...(version === undefined ? {} : { sdk_version: version }),
    ...(card.sdk === 'docker' ? { app_port: card.port } : card.sdk === '' ? {} : { app_file: card.appFile }),
    ...(license === '' ? {} : { license }),
  }
}

/** A README that begins with these fields, and goes on as it was. */
export function withCard(fields: Readonly<Record<string, string>>, readme: string | undefined): string {
  // The platform takes a port for a number only.
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${name === 'app_port' ? value : quoted(value)}`)
  const rest = readme === undefined ? `# ${fields['title'] ?? ''}\n` : readme.replace(/^\uFEFF/, '')
  return ['---', ...lines, '---', '', rest].join('\n')
}

/** As YAML reads it back: what could be anything but a text stands in quotes. */
function quoted(value: string): string {
  return /^(\p{L}[\p{L}\p{N} ._\/\-]*|\p{RGI_Emoji})$/v.test(value) &&
    !/^(true|false|null|yes|no|on|off)$/i.test(value) &&
    !value.endsWith(' ')
    ? value
    : JSON.stringify(value)
}
