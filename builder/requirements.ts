/** Reads a pip requirement file as far as a build must know it: what it asks for by name, and what it reads from elsewhere (pure). */

export type Requirement = { line: number; text: string } & (
  | { kind: 'package'; name: string }
  /** `-r` and `-c`: another requirement file, as written. */
  | { kind: 'include'; path: string }
  /** A file or folder to install or to look for packages in, as written. */
  | { kind: 'local'; path: string }
  /** A URL, a version-control address or another package index. */
  | { kind: 'remote'; address: string }
  | { kind: 'option' }
)

/** Lower case, runs of `-`, `_` and `.` as one `-` (PEP 503): the form in which names are compared. */
export function packageName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}

/** Comments and blank lines are left out; a line continued with a backslash counts as its first. */
export function readRequirements(text: string): readonly Requirement[] {
  return logicalLines(text).map(({ line, text }) => ({ line, text, ...classify(text) }))
}

type LogicalLine = { line: number; text: string }

function logicalLines(text: string): readonly LogicalLine[] {
  const found: LogicalLine[] = []
  let begun: LogicalLine | undefined
  for (const [index, physical] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const current: LogicalLine = begun ?? { line: index + 1, text: '' }
    // pip joins lines before it looks for comments, but a comment line never continues.
    const continues = physical.endsWith('\\') && !/(^|\s)#/.test(physical)
    current.text += continues ? physical.slice(0, -1) : physical
    begun = continues ? current : undefined
    if (!continues) found.push(current)
  }
  if (begun !== undefined) found.push(begun)
  return found
    .map(({ line, text }) => ({ line, text: text.replace(/(^|\s)#.*$/, '').trim() }))
    .filter(({ text }) => text !== '')
}

type Kind = Requirement extends infer R ? (R extends Requirement ? Omit<R, 'line' | 'text'> : never) : never

const includeOption = /^(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?<=^-[rc]))(.+)$/
const editableOption = /^(?:-e|--editable)(?:\s*=\s*|\s+|(?<=^-e))(.+)$/
const sourceOption = /^(?:-i|-f|--index-url|--extra-index-url|--find-links|--pypi-url)(?:\s*=\s*|\s+|(?<=^-[if]))(.+)$/

function classify(text: string): Kind {
  const include = includeOption.exec(text)?.[1]
  if (include !== undefined) return { kind: 'include', path: unquote(include) }
  const editable = editableOption.exec(text)?.[1]
  if (editable !== undefined) return address(unquote(editable))
  const source = sourceOption.exec(text)?.[1]
  if (source !== undefined) return address(unquote(source))
  if (text.startsWith('-')) return { kind: 'option' }
  return named(text)
}

function named(text: string): Kind {
  const match = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$/s.exec(text)
  const [, name = '', rest = ''] = match ?? []
  if (match !== null && rest.startsWith('@')) return address(withoutMarker(rest.slice(1).trim()))
  if (match !== null && /^($|[<>=!~;(,]|--)/.test(rest) && !isArchive(text)) {
    return { kind: 'package', name: packageName(name) }
  }
  return address(withoutMarker(text))
}

function address(text: string): Kind {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'file') return { kind: 'local', path: withoutHash(text.slice('file:'.length)) }
  // git+file: and its like read this machine's folders, as does a drive letter nowhere else.
  if (scheme !== undefined && scheme.endsWith('+file')) {
    return { kind: 'local', path: withoutHash(text.slice(scheme.length + 1)) }
  }
  if (scheme !== undefined || /^[^/\s]+@[^/\s]+:/.test(text)) return { kind: 'remote', address: text }
  return { kind: 'local', path: withoutHash(text) }
}

function isArchive(text: string): boolean {
  return /\.(whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$/i.test(text)
}

function withoutMarker(text: string): string {
  return (text.split(/\s+;|;\s+|\s+--/)[0] ?? '').trim()
}

/** Drops `#egg=…`, `?query` and the extras of `./package[extra]`. */
function withoutHash(text: string): string {
  return text
    .replace(/[#?].*$/s, '')
    .replace(/\[[^\]]*\]$/, '')
    .trim()
}

function unquote(text: string): string {
  const trimmed = text.trim()
  return /^(["']).*\1$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed
}
