/**
 * Changes of single keys of a README's card, everything else of the file as it stands: comments, order, quotes, blank
 * lines, line ends (pure). The text of the values concerned is replaced in place; where that would not mean what was asked
 * (anchors, flow maps), the YAML document is changed and written anew, which still keeps comments and order.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Document, isMap, isScalar, isSeq, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml'
import { CardError } from './card.ts'

export type CardValue = string | number | boolean | readonly string[]
/** Key as the card writes it → what it shall say; null takes the key out. */
export type CardFields = Readonly<Record<string, CardValue | null>>

type Parts = { head: string; yaml: string; tail: string; eol: string }

const matter = /^(\uFEFF?---[ \t]*\r?\n)([\s\S]*?)((?:^|(?<=\n))---[ \t]*(?:\r?\n[\s\S]*|$))/

/** @throws CardError where the card is no YAML, since nobody knows then what a change would mean. */
export function editCard(readme: string | undefined, fields: CardFields): string {
  const parts = split(readme ?? '')
  const wanted = new Map(Object.entries(fields))
  const before = read(parts.yaml)
  for (const [key, value] of wanted) if (isDeepStrictEqual(before[key] ?? null, value)) wanted.delete(key)
  if (wanted.size === 0 && readme !== undefined && matter.test(readme)) return readme
  let yaml = parts.yaml
  for (const [key, value] of wanted) yaml = changed(yaml, key, value, parts.eol)
  return parts.head + yaml + parts.tail
}

/** What the card says, for a form; with the reason where it cannot be read. */
export function cardFields(readme: string | undefined): { fields: Record<string, CardValue | null>; problem?: string } {
  try {
    const fields: Record<string, CardValue | null> = {}
    for (const [key, value] of Object.entries(read(split(readme ?? '').yaml))) {
      const shown = shownValue(value)
      if (shown !== undefined) fields[key] = shown
    }
    return { fields }
  } catch (error) {
    if (!(error instanceof CardError)) throw error
    return { fields: {}, problem: error.message }
  }
}

function shownValue(value: unknown): CardValue | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return Array.isArray(value) ? value.map(String) : undefined
}

/** A README without a card gets an empty one before its text. */
function split(readme: string): Parts {
  const eol = /\r\n/.test(readme) ? '\r\n' : '\n'
  const found = matter.exec(readme)
  if (!found) return { head: `---${eol}`, yaml: '', tail: `---${eol}${readme === '' ? '' : eol}${readme}`, eol }
  const [, head = '', yaml = '', tail = ''] = found
  return { head, yaml, tail, eol }
}

function documentOf(yaml: string): Document.Parsed {
  return parseDocument(yaml, { schema: 'core', uniqueKeys: true })
}

/** @throws CardError */
function read(yaml: string): Record<string, unknown> {
  const document = documentOf(yaml)
  const fault = document.errors[0]
  if (fault) {
    const line = yaml.slice(0, fault.pos[0]).split('\n').length + 1
    throw new CardError(
      `README.md line ${line}: the card is not valid YAML, so its fields cannot be changed here. Correct it in the file.`,
    )
  }
  if (document.contents === null) return {}
  if (!isMap(document.contents)) {
    throw new CardError('README.md: the card is not a list of keys and values. Correct it in the file.')
  }
  const values: Record<string, unknown> = {}
  for (const pair of document.contents.items) {
    const key = String(pair.key)
    values[key] = versionText(yaml, key, pair) ?? plain(pair, document)
  }
  return values
}

/** 3.10 is 3.1 to YAML, and a version to whoever wrote it. */
function versionText(yaml: string, key: string, pair: Pair): string | undefined {
  const { value } = pair
  if (!key.endsWith('_version') || !isScalar(value) || typeof value.value !== 'number' || !value.range) return undefined
  return yaml.slice(value.range[0], value.range[1]).trim()
}

function plain(pair: Pair, document: Document): unknown {
  const node: unknown = pair.value
  try {
    if (isScalar(node)) return node.value
    return isSeq(node) || isMap(node) ? node.toJS(document) : null
  } catch {
    throw new CardError(`README.md: ${String(pair.key)} uses aliases that cannot be followed. Write the value itself.`)
  }
}

function changed(yaml: string, key: string, value: CardValue | null, eol: string): string {
  const before = read(yaml)
  const { [key]: _old, ...others } = before
  const wanted = value === null ? others : { ...others, [key]: value }
  const spliced = splice(yaml, key, value, eol)
  if (spliced !== undefined && means(spliced, wanted)) return spliced
  const document = documentOf(yaml)
  if (value === null) document.delete(key)
  else document.set(key, value)
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).replaceAll(/\r?\n/g, eol)
}

function means(yaml: string, wanted: Record<string, unknown>): boolean {
  try {
    return isDeepStrictEqual({ ...read(yaml) }, { ...wanted })
  } catch {
    return false
  }
}

/** Undefined where the place of the value is not clear. */
function splice(yaml: string, key: string, value: CardValue | null, eol: string): string | undefined {
  const { contents } = documentOf(yaml)
  if (contents !== null && (!isMap(contents) || contents.flow)) return undefined
  const pair = contents === null ? undefined : pairOf(contents, key)
  if (!pair) {
    if (value === null) return yaml
    const end = yaml === '' || yaml.endsWith('\n') ? '' : eol
    return `${yaml}${end}${written(key)}: ${inline(value)}${eol}`
  }
  const place = isScalar(pair.key) ? pair.key.range : undefined
  const range = rangeOf(pair.value)
  if (!place || !range) return undefined
  if (value === null) return yaml.slice(0, lineStart(yaml, place[0])) + yaml.slice(lineEnd(yaml, range[1]))
  if (isSeq(pair.value) && !pair.value.flow && Array.isArray(value) && value.length > 0) {
    return blockList(yaml, pair.value.items.map(rangeOf), value, eol)
  }
  const text = inline(value)
  const isBlock = yaml.slice(range[0], range[1]).includes('\n')
  if (isBlock) {
    const colon = yaml.indexOf(':', place[1])
    return `${yaml.slice(0, colon)}: ${text}${eol}${yaml.slice(lineEnd(yaml, range[1]))}`
  }
  const gap = /\s$/.test(yaml.slice(0, range[0])) ? '' : ' '
  return yaml.slice(0, range[0]) + gap + text + yaml.slice(range[1])
}

/** Lines of items that stay are kept with their comments; the new ones come below them, indented alike. */
function blockList(
  yaml: string,
  ranges: readonly (Range | undefined)[],
  value: readonly string[],
  eol: string,
): string | undefined {
  const starts: number[] = []
  for (const range of ranges) {
    if (!range) return undefined
    starts.push(lineStart(yaml, range[0]))
  }
  const [first] = starts
  const last = ranges.at(-1)
  if (first === undefined || !last) return undefined
  const end = lineEnd(yaml, last[1])
  const indent = /^[ \t]*/.exec(yaml.slice(first))?.[0] ?? ''
  const lines = starts.map((start, place) => yaml.slice(start, starts[place + 1] ?? end))
  const texts = ranges.map((range) => (range ? String(documentOf(yaml.slice(range[0], range[1])).toJS()) : ''))
  const kept = value.map((one) => {
    const place = texts.indexOf(one)
    const line = place === -1 ? undefined : lines[place]
    return line === undefined ? `${indent}- ${inline(one)}${eol}` : line.endsWith('\n') ? line : `${line}${eol}`
  })
  return yaml.slice(0, first) + kept.join('') + yaml.slice(end)
}

type Range = readonly [start: number, valueEnd: number, nodeEnd: number]

function rangeOf(node: unknown): Range | undefined {
  if (!isScalar(node) && !isSeq(node) && !isMap(node)) return undefined
  return node.range ?? undefined
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** Behind the line end; a range that ends at one has taken it along already. */
function lineEnd(text: string, at: number): number {
  if (at > 0 && text[at - 1] === '\n') return at
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

function inline(value: CardValue): string {
  const options = { lineWidth: 0, flowCollectionPadding: false, schema: 'core' } as const
  if (typeof value === 'string' && /[\n\r]/.test(value)) return JSON.stringify(value)
  return stringify(value, { ...options, collectionStyle: 'flow' }).trimEnd()
}

function written(key: string): string {
  return stringify(key, { schema: 'core' }).trimEnd()
}
