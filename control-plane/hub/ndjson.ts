/** Newline-delimited JSON, a line at a time as it comes, within limits. */
import { PlazaError } from '../errors.ts'

/** Bytes. */
export type NdjsonLimits = { line: number; total: number }

/** @returns the lines that are not blank, parsed. @throws PlazaError payload_too_large; bad_request with the line's number. */
export async function* ndjson(body: AsyncIterable<Buffer>, limits: NdjsonLimits): AsyncGenerator {
  let pieces: Buffer[] = []
  let length = 0
  let total = 0
  let number = 0
  const take = (): string => {
    const line = Buffer.concat(pieces).toString('utf8')
    pieces = []
    length = 0
    number++
    return line
  }
  for await (const chunk of body) {
    total += chunk.length
    if (total > limits.total) {
      throw new PlazaError(
        'payload_too_large',
        `A commit has at most ${limits.total} bytes.`,
        'Commit in several parts.',
      )
    }
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      pieces.push(chunk.subarray(from, end))
      from = end + 1
      yield* parsed(take(), number)
    }
    const rest = chunk.subarray(from)
    length += rest.length
    if (length > limits.line) {
      throw new PlazaError('payload_too_large', `Line ${number + 1} is too long.`, 'Push files of this size with git.')
    }
    pieces.push(rest)
  }
  yield* parsed(take(), number)
}

function* parsed(line: string, number: number): Generator {
  if (line.trim() === '') return
  try {
    yield JSON.parse(line)
  } catch {
    throw new PlazaError('bad_request', `Line ${number} is not JSON.`, 'Send one JSON object a line.')
  }
}
