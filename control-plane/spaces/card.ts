/** The front matter of a README → what it says of the Space, or why it cannot be used: line, fault, remedy (pure). */
import { type ErrorCode, isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'

const colors = ['red', 'yellow', 'green', 'blue', 'indigo', 'purple', 'pink', 'gray'] as const
const sdks = ['gradio', 'streamlit', 'docker', 'static'] as const

export type Sdk = (typeof sdks)[number]
export type CardColor = (typeof colors)[number]

export type Card = {
  sdk: Sdk
  title: string | undefined
  emoji: string | undefined
  colorFrom: CardColor | undefined
  colorTo: CardColor | undefined
  shortDescription: string | undefined
  sdkVersion: string | undefined
  pythonVersion: string | undefined
  appFile: string | undefined
  appPort: number | undefined
  /** For a shell, as written; what it makes is a static site. */
  appBuildCommand: string | undefined
  basePath: string | undefined
  fullWidth: boolean
  header: 'default' | 'mini'
  tags: string[]
  models: string[]
  datasets: string[]
  pinned: boolean
  license: string[]
  suggestedHardware: string | undefined
  disableEmbedding: boolean
  /** Seconds. */
  startupTimeout: number
  customHeaders: Record<string, string>
  /** A picture in the repository to show instead of one of the running app; addresses elsewhere are not shown. */
  thumbnail: string | undefined
  /** Where no card says what this is: the file that told it, and why and what was made of it, in whole sentences. */
  recognised: { file: string; sentence: string } | undefined
}

/** What a README says where it may be without a card; `lacks` is why there is no `sdk`. */
export type ReadCard = { lacks: undefined; card: Card } | { lacks: 'README' | 'card' | 'sdk'; card: Omit<Card, 'sdk'> }

/** One sentence that names the line and what to write instead. */
export class CardError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CardError'
  }
}

/** What the reference's documentation gives as default. */
const defaultStartupTimeout = 30 * 60

/** Version numbers that people write without quotes are numbers in YAML: 3.10 becomes 3.1, so the source text is used. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
/** The title becomes a variable of the app, and there a kilobyte is room enough. */
const shortText = text.refine((written) => written.length <= 500)
const list = z.union([z.array(text), text.transform((one) => [one])])

/** Key → schema, and what to write when it does not fit. */
const fields = {
  sdk: [z.enum(sdks), `Use gradio, streamlit, docker or static.`],
  title: [shortText, 'Write a text of at most 500 characters.'],
  emoji: [text, 'Write one emoji.'],
  colorFrom: [z.enum(colors), 'Use red, yellow, green, blue, indigo, purple, pink or gray.'],
  colorTo: [z.enum(colors), 'Use red, yellow, green, blue, indigo, purple, pink or gray.'],
  short_description: [shortText, 'Write a text of at most 500 characters.'],
  sdk_version: [text, 'Write a version such as 6.31.0.'],
  python_version: [text, 'Write a version such as 3.11.'],
  app_file: [text, 'Write a path inside the repository, such as app.py.'],
  app_port: [z.number().int().min(1).max(65535), 'Write a port from 1 to 65535.'],
  app_build_command: [text, 'Write a command such as npm run build.'],
  base_path: [text.refine((path) => path.startsWith('/')), 'Begin it with a slash.'],
  fullWidth: [z.boolean(), 'Write true or false.'],
  header: [z.enum(['default', 'mini']), 'Use default or mini.'],
  tags: [list, 'Write a list.'],
  models: [list, 'Write a list.'],
  datasets: [list, 'Write a list.'],
  pinned: [z.boolean(), 'Write true or false.'],
  license: [list, 'Write a licence such as apache-2.0.'],
  suggested_hardware: [text, 'Write a hardware name such as cpu-basic.'],
  disable_embedding: [z.boolean(), 'Write true or false.'],
  startup_duration_timeout: [text.transform(seconds), 'Write a duration such as 30m or 1h.'],
  thumbnail: [text, 'Write the path of a picture in the repository, such as thumbnail.png.'],
  custom_headers: [z.record(z.string(), text), 'Write header names and values.'],
} as const satisfies Record<string, readonly [z.ZodType, string]>

type Values = { [K in keyof typeof fields]?: z.output<(typeof fields)[K][0]> | undefined }

/** The only headers that a card may set, with their allowed values. */
const headerValues: Record<string, readonly string[]> = {
  'cross-origin-embedder-policy': ['unsafe-none', 'require-corp', 'credentialless'],
  'cross-origin-opener-policy': ['same-origin', 'same-origin-allow-popups', 'unsafe-none'],
  'cross-origin-resource-policy': ['same-site', 'same-origin', 'cross-origin'],
}

/**
 * @param readme the whole README.md, undefined when the repository has none.
 * @throws CardError
 */
export function parseCard(readme: string | undefined): Card {
  const read = readCard(readme)
  if (read.lacks === undefined) return read.card
  throw new CardError(lackWords[read.lacks])
}

/** Why there is no card to go by, and what to write. */
export const lackWords = {
  README:
    'There is no README.md. Add one that begins with a card: a line ---, then sdk: gradio (or streamlit, static), then a line ---.',
  card: 'README.md has no card. Begin it with a line ---, then sdk: gradio (or streamlit, static), then a line ---.',
  sdk: 'README.md: the card has no sdk. Add a line such as sdk: gradio (or streamlit, static).',
} as const

/**
 * As `parseCard`, but no card, and one without `sdk`, are no faults: the files may tell what this is.
 * @throws CardError for one that is malformed.
 */
export function readCard(readme: string | undefined): ReadCard {
  const yaml = readme === undefined ? undefined : frontMatter(readme)
  const { sdk, ...card } = cardOf(yaml === undefined ? {} : readFields(yaml))
  if (sdk !== undefined) return { lacks: undefined, card: { ...card, sdk } }
  return { lacks: readme === undefined ? 'README' : yaml === undefined ? 'card' : 'sdk', card }
}

function cardOf(values: Values): Omit<Card, 'sdk'> & { sdk: Sdk | undefined } {
  return {
    sdk: values.sdk,
    title: values.title,
    emoji: values.emoji,
    colorFrom: values.colorFrom,
    colorTo: values.colorTo,
    shortDescription: values.short_description,
    sdkVersion: values.sdk_version,
    pythonVersion: values.python_version,
    appFile: values.app_file,
    appPort: values.app_port,
    appBuildCommand: values.app_build_command,
    basePath: values.base_path,
    fullWidth: values.fullWidth ?? true,
    header: values.header ?? 'default',
    tags: values.tags ?? [],
    models: values.models ?? [],
    datasets: values.datasets ?? [],
    pinned: values.pinned ?? false,
    license: values.license ?? [],
    suggestedHardware: values.suggested_hardware,
    disableEmbedding: values.disable_embedding ?? false,
    startupTimeout: values.startup_duration_timeout ?? defaultStartupTimeout,
    customHeaders: values.custom_headers ?? {},
    thumbnail: values.thumbnail,
    recognised: undefined,
  }
}

/** Where the card says something about `key`, counted in the whole README from 1; undefined where it says nothing (pure). */
export function lineOfField(readme: string, key: string): number | undefined {
  const yaml = frontMatter(readme)
  if (yaml === undefined) return undefined
  const lines = new LineCounter()
  const { contents } = parseDocument(yaml, { lineCounter: lines, schema: 'core' })
  const pair = isMap(contents) ? contents.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
  return isScalar(pair?.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line + 1 : undefined
}

/** Undefined where a README begins with something else. @throws CardError for one without end. */
function frontMatter(readme: string): string | undefined {
  const match = /^\uFEFF?---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)??---[ \t]*(?:\r?\n|$)/.exec(readme)
  if (!match && /^\uFEFF?---[ \t]*\r?\n/.test(readme)) {
    throw new CardError('README.md: the card that begins on line 1 has no end. Put a line --- below its last key.')
  }
  return match ? (match[1] ?? '') : undefined
}

function readFields(yaml: string): Values {
  const lines = new LineCounter()
  // `schema: core` and no aliases beyond a few: a card is no place for a billion laughs.
  const document = parseDocument(yaml, { lineCounter: lines, schema: 'core', uniqueKeys: true })
  const fault = document.errors[0]
  // The card's first line is the README's second.
  const lineAt = (offset: number) => lines.linePos(offset).line + 1
  if (fault) {
    throw new CardError(
      `README.md line ${lineAt(fault.pos[0])}: the card is not valid YAML (${firstLine(fault.message)}). ${yamlRemedies[fault.code] ?? 'Correct that line.'}`,
    )
  }
  if (document.contents === null) return {}
  if (!isMap(document.contents)) {
    throw new CardError('README.md: the card is not a list of keys and values. Add a line such as sdk: gradio.')
  }
  const values: Record<string, unknown> = {}
  for (const pair of document.contents.items) {
    const key = String(pair.key)
    if (!Object.hasOwn(fields, key)) continue
    const [schema, remedy] = fields[key as keyof typeof fields]
    const node = pair.value as { range?: [number, number, number]; toJS?(doc: unknown): unknown } | null
    const value: unknown = key.endsWith('_version') ? sourceText(yaml, node) : plainValue(key, node, document)
    if (value === undefined || value === null) continue
    const result = schema.safeParse(value)
    if (!result.success) {
      throw new CardError(`README.md line ${lineAt(node?.range?.[0] ?? 0)}: ${key} is “${short(value)}”. ${remedy}`)
    }
    if (key === 'custom_headers') checkHeaders(result.data as Record<string, string>, lineAt(node?.range?.[0] ?? 0))
    values[key] = result.data
  }
  return values
}

/** What people most often got wrong, where the parser's own words do not say it. */
const yamlRemedies: Partial<Record<ErrorCode, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'Put the value into quotes, since it holds a colon.',
  DUPLICATE_KEY: 'Keep one of the two.',
  MISSING_CHAR: 'Close the quote that was opened on this line or above it.',
  TAB_AS_INDENT: 'Indent with spaces.',
}

function checkHeaders(headers: Record<string, string>, line: number): void {
  for (const [name, value] of Object.entries(headers)) {
    const allowed = headerValues[name]
    if (!allowed) {
      throw new CardError(
        `README.md line ${line}: custom_headers may not set “${short(name)}”. Use ${Object.keys(headerValues).join(', ')}.`,
      )
    }
    if (!allowed.includes(value)) {
      throw new CardError(`README.md line ${line}: ${name} is “${short(value)}”. Use ${allowed.join(', ')}.`)
    }
  }
}

/** Aliases are followed only so far: the parser refuses what would grow without end. */
function plainValue(key: string, node: { toJS?(doc: unknown): unknown } | null, document: unknown): unknown {
  try {
    return node?.toJS?.(document)
  } catch {
    throw new CardError(`README.md: ${key} uses aliases that cannot be followed. Write the value itself.`)
  }
}

/** The characters as they stand in the file, without quotes and comment. */
function sourceText(yaml: string, node: { range?: [number, number, number] } | null): string | undefined {
  if (!node?.range) return undefined
  const source = yaml.slice(node.range[0], node.range[1]).trim()
  return source === '' || source === 'null' || source === '~' ? undefined : source.replace(/^(['"])(.*)\1$/, '$2')
}

function seconds(duration: string, context: z.RefinementCtx): number {
  const match = /^(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d)?$/i.exec(duration.trim())
  const factor = { s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 }[(match?.[2] ?? 'm').toLowerCase()]
  const total = match && factor ? Number(match[1]) * factor : 0
  if (total <= 0 || total > 86_400) {
    context.addIssue({ code: 'custom', message: 'not a duration' })
    return z.NEVER
  }
  return total
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '')
}

function short(value: unknown): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  const line = shown.replaceAll(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 60)}…` : line
}
