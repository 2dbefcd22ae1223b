/** The wire format of Protocol Buffers, as far as BuildKit's few messages need it (pure). */

/** A field as it came: a number for a varint, bytes for what has a length. */
export type Field = { number: number; value: number | Buffer }

/** https://protobuf.dev/programming-guides/encoding. @throws RangeError where the message ends early. */
export function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at)
      at += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  const bytes = (length: number) => {
    if (at + length > message.length) throw new RangeError('The message ends within a field.')
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    const type = tag % 8
    if (type === 0) fields.push({ number, value: varint() })
    else if (type === 1) fields.push({ number, value: bytes(8) })
    else if (type === 2) fields.push({ number, value: bytes(varint()) })
    else if (type === 5) fields.push({ number, value: bytes(4) })
    else throw new RangeError(`A field has the type ${type}.`)
  }
  return fields
}

/** All values of one field that has a length. */
export function messagesIn(fields: readonly Field[], number: number): readonly Buffer[] {
  return fields.flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? [field.value] : []))
}

/** The last value counts, as the format has it. */
export function textIn(fields: readonly Field[], number: number): string | undefined {
  return messagesIn(fields, number).at(-1)?.toString('utf8')
}

export function numberIn(fields: readonly Field[], number: number): number {
  const value = fields.findLast((field) => field.number === number)?.value
  return typeof value === 'number' ? value : 0
}

/** One field that has a length: a string, bytes, a message. */
export function lengthField(number: number, value: string | Buffer): Buffer {
  const content = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([varintOf(number * 8 + 2), varintOf(content.length), content])
}

export function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varintOf(number * 8), varintOf(value)])
}

function varintOf(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}
