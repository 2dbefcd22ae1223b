/** Jupyter notebooks, as nbformat 4 writes them (pure). https://nbformat.readthedocs.io */
import { z } from 'zod/mini'
import { words } from '../../words/files.ts'

/** One thing that a cell has put out. HTML is as a stranger wrote it. */
export type Output =
  | { kind: 'text'; text: string; failed: boolean }
  | { kind: 'image'; address: string; alt: string }
  | { kind: 'html'; html: string }
  | { kind: 'markdown'; text: string }

export type Cell =
  | { kind: 'markdown'; text: string }
  | { kind: 'raw'; text: string }
  | { kind: 'code'; text: string; count: number | null; outputs: Output[] }

export type Notebook = { language: string; cells: Cell[] }

/** Text stands as one string or as its lines. */
const lines = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((text) => (typeof text === 'string' ? text : text.join(''))),
)

const outputShape = z.object({
  output_type: z.string(),
  text: z.optional(lines),
  data: z.optional(z.record(z.string(), z.unknown())),
  traceback: z.optional(z.array(z.string())),
  ename: z.optional(z.string()),
  evalue: z.optional(z.string()),
  name: z.optional(z.string()),
})

const shape = z.object({
  nbformat: z.number(),
  metadata: z.optional(
    z.object({
      language_info: z.optional(z.object({ name: z.optional(z.string()) })),
      kernelspec: z.optional(z.object({ language: z.optional(z.string()) })),
    }),
  ),
  cells: z.array(
    z.object({
      cell_type: z.string(),
      source: lines,
      execution_count: z.optional(z.nullable(z.number())),
      outputs: z.optional(z.array(outputShape)),
    }),
  ),
})

/** Pictures that cannot hold a script. */
const pictures = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const

// oxlint-disable-next-line no-control-regex -- an escape sequence begins with one
const colours = /\u001b\[[0-9;]*[A-Za-z]/g

function plain(text: string): string {
  return text.replaceAll(colours, '')
}

function outputOf(output: z.infer<typeof outputShape>): Output[] {
  if (output.traceback) {
    const text = output.traceback.join('\n') || `${output.ename ?? 'Error'}: ${output.evalue ?? ''}`
    return [{ kind: 'text', text: plain(text), failed: true }]
  }
  if (output.text !== undefined) return [{ kind: 'text', text: plain(output.text), failed: false }]
  const told = (type: string): string | undefined => {
    const read = lines.safeParse(output.data?.[type])
    return read.success ? read.data : undefined
  }
  for (const type of pictures) {
    const bytes = told(type)?.replaceAll(/\s/g, '')
    if (bytes && /^[A-Za-z0-9+/]+=*$/.test(bytes))
      return [
        { kind: 'image', address: `data:${type};base64,${bytes}`, alt: told('text/plain') ?? words().notebook.output },
      ]
  }
  const html = told('text/html')
  if (html !== undefined) return [{ kind: 'html', html }]
  const markdown = told('text/markdown')
  if (markdown !== undefined) return [{ kind: 'markdown', text: markdown }]
  const text = told('text/plain')
  return text === undefined ? [] : [{ kind: 'text', text: plain(text), failed: false }]
}

/** @throws Error with words for the reader. */
export function readNotebook(text: string): Notebook {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error(words().notebook.noJson)
  }
  const read = shape.safeParse(json)
  if (!read.success || read.data.nbformat < 4) throw new Error(words().notebook.noFormat)
  const { metadata, cells } = read.data
  return {
    language: metadata?.language_info?.name ?? metadata?.kernelspec?.language ?? 'python',
    cells: cells.map((cell): Cell => {
      if (cell.cell_type === 'markdown') return { kind: 'markdown', text: cell.source }
      if (cell.cell_type !== 'code') return { kind: 'raw', text: cell.source }
      return {
        kind: 'code',
        text: cell.source,
        count: cell.execution_count ?? null,
        outputs: (cell.outputs ?? []).flatMap(outputOf),
      }
    }),
  }
}
