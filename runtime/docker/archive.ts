/** The smallest of tar archives (POSIX ustar), for what the engine takes only as one. Pure. */

type Entry = { name: string; mode: number; user: number; content?: string }

/** An entry without content is a folder. Names have at most 100 bytes. */
export function archive(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(block), Buffer.alloc(1024)])
}

function block({ name, mode, user, content }: Entry): Buffer {
  const body = Buffer.from(content ?? '')
  const header = Buffer.alloc(512)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  header.write(name, 0, 100)
  header.write(octal(mode, 7), 100)
  header.write(octal(user, 7), 108)
  header.write(octal(user, 7), 116)
  header.write(octal(body.length, 11), 124)
  header.write(octal(0, 11), 136)
  // The checksum is of a header with spaces in the checksum's place.
  header.write('        ', 148)
  header.write(content === undefined ? '5' : '0', 156)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}
