/**
 * The lines of a commit request as they come. A long `content` is decoded from base64 piece by piece and taken out of
 * its line: parsing 70 MB of JSON at once would hold up every visitor of every Space for most of a second.
 */
import { PlazaError } from '../errors.ts'

/** `content`: the decoded text of the line's `content`, which is '' in `value` then. Absent where the line is short. */
export type CommitLine = { value: unknown; content?: Buffer[] }

/** Bytes: of all lines together, of one content, of a line without its content. */
export type CommitLimits = { total: number; content: number; line: number }

/** Bytes from which on a line's content is taken out of it. */
const longLine = 256 * 1024

/** @throws PlazaError payload_too_large; bad_request with the line's number; unprocessable for what is no base64. */
export async function* commitLines(body: AsyncIterable<Buffer>, limits: CommitLimits): AsyncGenerator<CommitLine> {
  const reader = new LineReader(limits)
  let total = 0
  for await (const chunk of body) {
    total += chunk.length
    if (total > limits.total) {
      throw new PlazaError('payload_too_large', `A commit has at most ${limits.total} bytes.`, 'Make several commits.')
    }
    yield* reader.read(chunk)
  }
  yield* reader.end()
}

class LineReader {
  readonly #limits: CommitLimits
  #number = 1
  /** The line so far, without its content where that was taken out. */
  #pieces: Buffer[] = []
  #length = 0
  /** While the content is being read, and what came of it. */
  #decoder: Base64Decoder | undefined
  #content: Buffer[] | undefined

  constructor(limits: CommitLimits) {
    this.#limits = limits
  }

  *read(chunk: Buffer): Generator<CommitLine> {
    let rest = chunk
    while (rest.length > 0) {
      if (this.#decoder) {
        const quote = rest.indexOf('"')
        this.#decoder.add(quote === -1 ? rest : rest.subarray(0, quote))
        if (quote === -1) return
        this.#content = this.#decoder.finish()
        this.#decoder = undefined
        rest = rest.subarray(quote)
        continue
      }
      const end = rest.indexOf('\n')
      this.#keep(end === -1 ? rest : rest.subarray(0, end))
      if (end !== -1) {
        yield* this.end()
        rest = rest.subarray(end + 1)
        continue
      }
      rest = this.#content === undefined && this.#length > longLine ? this.#takeContent() : Buffer.alloc(0)
    }
  }

  /** The line is whole. */
  *end(): Generator<CommitLine> {
    const text = Buffer.concat(this.#pieces).toString('utf8')
    const content = this.#content
    const number = this.#number++
    if (this.#decoder) throw notJson(number)
    this.#pieces = []
    this.#length = 0
    this.#content = undefined
    if (text.trim() === '') return
    yield { value: parse(text, number), ...(content ? { content } : {}) }
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length > this.#limits.line) {
      throw new PlazaError('payload_too_large', `Line ${this.#number} is too long.`, 'Send files as base64.')
    }
  }

  /** @returns what has come of the content already, still to be read; nothing where no content has begun. */
  #takeContent(): Buffer {
    const line = Buffer.concat(this.#pieces)
    // Within a string its quotes would be escaped, so this can only be the key.
    const opening = /"content"\s*:\s*"/.exec(line.toString('latin1'))
    if (!opening) return Buffer.alloc(0)
    const start = opening.index + opening[0].length
    this.#pieces = [line.subarray(0, start)]
    this.#length = start
    this.#decoder = new Base64Decoder(this.#number, this.#limits.content)
    return line.subarray(start)
  }
}

class Base64Decoder {
  readonly #line: number
  readonly #limit: number
  readonly #decoded: Buffer[] = []
  #bytes = 0
  /** The last one to three characters, which wait for the rest of their group. */
  #carry = ''
  #isPadded = false

  constructor(line: number, limit: number) {
    this.#line = line
    this.#limit = limit
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return
    if (this.#isPadded) throw this.#notBase64()
    const text = this.#carry + piece.toString('latin1')
    const whole = text.length - (text.length % 4)
    this.#carry = text.slice(whole)
    this.#decode(text.slice(0, whole))
  }

  finish(): Buffer[] {
    if (this.#carry.length === 1 || (this.#isPadded && this.#carry !== '')) throw this.#notBase64()
    this.#decode(this.#carry)
    return this.#decoded
  }

  #decode(text: string): void {
    const bytes = decodeBase64(text)
    if (!bytes) throw this.#notBase64()
    this.#isPadded = text.endsWith('=')
    this.#bytes += bytes.length
    if (this.#bytes > this.#limit) {
      throw new PlazaError(
        'payload_too_large',
        `The file on line ${this.#line} is larger than ${this.#limit / 1024 / 1024} MB, the most that can be uploaded here.`,
        'Push it with git, or load it when the app starts.',
      )
    }
    this.#decoded.push(bytes)
  }

  #notBase64(): PlazaError {
    return new PlazaError('unprocessable', `The content of line ${this.#line} is not base64.`)
  }
}

/** Node's decoder stops at what is no base64 without a word; here it is undefined. */
export function decodeBase64(text: string): Buffer | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === Math.floor(((text.length - padding) * 3) / 4) ? bytes : undefined
}

function parse(text: string, number: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notJson(number)
  }
}

function notJson(number: number): PlazaError {
  return new PlazaError('bad_request', `Line ${number} is not JSON.`, 'Send one JSON object a line.')
}
