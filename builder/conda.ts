/** A conda environment.yml → what of it pip can install (pure). */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml'
import { nameOnPyPI } from './conda-names.ts'
import { PlanError, shown } from './plan-error.ts'

export type CondaEnvironment = {
  /** What it asks of Python, as written: `3.11`, `=3.11.4`, `>=3.9,<3.13`. */
  python: string | undefined
  /** In pip's words, each where possible on the line that asks for it: what an installer says of a line is true of the file. */
  requirements: string
  /** Requirement files that its `pip:` list names, as written. */
  files: readonly string[]
  /** What cannot be had from PyPI. */
  leftOut: readonly string[]
  /** Sentences for the author about the rest that counts for conda alone. */
  warnings: readonly string[]
}

type Reading = {
  path: string
  lineOf(node: Node): number
  python: string | undefined
  lines: string[]
  files: string[]
  leftOut: Set<string>
  warnings: string[]
}

const mostEntries = 2000

/** @param path of the file, for its faults. @throws PlanError */
export function readConda(path: string, text: string): CondaEnvironment {
  const counter = new LineCounter()
  const root = parsed(path, text, counter)
  const lineOf = (node: Node) => counter.linePos(node.range?.[0] ?? 0).line
  const reading: Reading = { path, lineOf, python: undefined, lines: [], files: [], leftOut: new Set(), warnings: [] }
  const dependencies = isMap(root) ? root.get('dependencies', true) : undefined
  const entries: unknown[] = isSeq(dependencies) ? dependencies.items : []
  const isEmpty = dependencies === undefined || (isScalar(dependencies) && dependencies.value === null)
  if (!isMap(root) || (!isEmpty && !isSeq(dependencies)) || entries.length > mostEntries) {
    throw fault(
      path,
      undefined,
      'has no list of dependencies that can be read',
      'Write dependencies: and a list below.',
    )
  }
  for (const entry of entries) readEntry(entry, reading)
  if (root.has('variables')) {
    reading.warnings.push(`The variables of ${path} are not set: set them in the Space's settings.`)
  }
  const { python, lines, files, leftOut, warnings } = reading
  return {
    python,
    requirements: Array.from(lines, (line) => `${line ?? ''}\n`).join(''),
    files,
    leftOut: [...leftOut],
    warnings,
  }
}

function parsed(path: string, text: string, lineCounter: LineCounter) {
  const document = attempt(() => parseDocument(text, { lineCounter, schema: 'core', uniqueKeys: true }))
  const [error] = document?.errors ?? []
  if (document !== undefined && error === undefined) return document.contents
  const line = error && lineCounter.linePos(error.pos[0]).line
  throw fault(path, line, 'is not valid YAML', 'Correct it, or write requirements.txt instead.')
}

/** What is nested without end is more than the parser's stack takes. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readEntry(entry: unknown, reading: Reading): void {
  if (isScalar(entry) && typeof entry.value === 'string') return readSpec(entry.value, reading.lineOf(entry), reading)
  const pip = isMap(entry) && entry.items.length === 1 ? entry.get('pip', true) : undefined
  if (isSeq(pip) && pip.items.length <= mostEntries) {
    for (const line of pip.items) readPipLine(line, reading)
    return
  }
  const isEmpty = isMap(entry) && entry.has('pip') && (pip === undefined || (isScalar(pip) && pip.value === null))
  if (isEmpty) return
  const line = isScalar(entry) || isMap(entry) || isSeq(entry) || isAlias(entry) ? reading.lineOf(entry) : undefined
  throw fault(
    reading.path,
    line,
    'is neither a package nor a pip list',
    'Write a package a line, such as numpy=1.26, or pip: with a list of requirements below.',
  )
}

/** `channel::name`, then a version after a space, an operator, or `=` (and conda's build after another `=`). */
const spec = /^(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)\s*((?:[=<>!~*\d]|\[version=).*)?$/

function readSpec(written: string, line: number, reading: Reading): void {
  const found = written.length <= 500 ? spec.exec(written.trim()) : null
  if (found === null) {
    throw fault(reading.path, line, `${shown(written)} is not a package`, 'Write a package a line, such as numpy=1.26.')
  }
  const [, name = '', rest = ''] = found
  const version = rest.replace(/^\[version=(['"]?)([^'"\]]*)\1\]$/, '$2').trim()
  if (name === 'python') {
    reading.python = version === '' ? undefined : version
    return
  }
  if (name === 'pip') return
  const wanted = nameOnPyPI(name)
  if (wanted === undefined) {
    reading.leftOut.add(name)
    return
  }
  const specifier = specifierOf(version)
  if (specifier === undefined) {
    reading.warnings.push(
      `${reading.path}, line ${line}: pip has no words for ${shown(written)}, so any version is taken.`,
    )
  }
  put(reading.lines, line, `${wanted}${specifier ?? ''}`)
}

const number = String.raw`\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?`

/** `=1.2` → `==1.2.*`; undefined where pip cannot say it. */
function specifierOf(version: string): string | undefined {
  if (version === '' || /^=*\*$/.test(version)) return ''
  // A build is conda's own, and the version before it exact.
  const exact = new RegExp(String.raw`^={0,2}(${number})(?:=|\s+)[\w.*]+$`).exec(version)
  if (exact !== null) return `==${exact[1]}`
  const open = new RegExp(String.raw`^=?(${number})(\.?\*)?$`).exec(version)
  if (open !== null) return version.startsWith('=') || open[2] !== undefined ? `==${open[1]}.*` : `==${open[1]}`
  const clauses = version.split(',').map((clause) => clause.replaceAll(/\s+/g, ''))
  const clause = new RegExp(String.raw`^(?:(?:>=|<=|>|<|~=)${number}|(?:==|!=)${number}(?:\.\*)?)$`)
  return clauses.every((one) => clause.test(one)) ? clauses.join(',') : undefined
}

function readPipLine(node: unknown, reading: Reading): void {
  const written = isScalar(node) && typeof node.value === 'string' ? node.value.trim() : ''
  const line = isScalar(node) ? reading.lineOf(node) : undefined
  if (
    written === '' ||
    // oxlint-disable-next-line no-control-regex -- a line break would hide a second requirement
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/.test(written) ||
    written.endsWith('\\')
  ) {
    throw fault(reading.path, line, 'is not a requirement', 'Write one requirement a line below pip:, in quotes.')
  }
  const file = /^(?:-r|--requirement)[\s=]*(\S+)$/.exec(written)?.[1]
  if (file !== undefined) reading.files.push(file)
  else if (/^(-c|--constraint)/.test(written)) {
    reading.warnings.push(
      `${reading.path}, line ${line}: ${shown(written)} is left out; write constraints as versions.`,
    )
  } else put(reading.lines, line ?? 1, written)
}

/** On its own line of the file; several of one line (`[numpy, pandas]`) below each other. */
function put(lines: string[], line: number, text: string): void {
  let at = line - 1
  while (lines[at] !== undefined) at += 1
  lines[at] = text
}

function fault(path: string, line: number | undefined, what: string, remedy: string): PlanError {
  const where = line === undefined ? `${path} ` : `${path}, line ${line}${what.startsWith('is ') ? ' ' : ': '}`
  return new PlanError('CONFIG_ERROR', `${where}${what}.`, remedy)
}

/**
 * The Python to ask for. @param asked as `CondaEnvironment.python`. @param pythons what there is, the best first.
 * @returns undefined where the best will do; `found` is false where none of them is what was asked for.
 */
export function pythonOfConda(
  asked: string | undefined,
  pythons: readonly string[],
): { found: boolean; version: string | undefined; instead?: string } {
  if (asked === undefined) return { found: true, version: undefined }
  const clauses = asked
    .replace(/^(=*[\d.*]+)=[\w.*]*$/, '$1')
    .split(',')
    .map((clause) => /^\s*(>=|<=|>|<|!=|~=|==|=|)\s*(\d+(?:\.\d+)*)(?:\.?\*)?\s*$/.exec(clause))
  if (clauses.some((clause) => clause === null)) return { found: false, version: undefined }
  const tests = clauses.map((clause) => ({ operator: clause?.[1] ?? '', version: clause?.[2] ?? '' }))
  const index = pythons.findIndex((python) => tests.every((test) => holds(python, test)))
  const [pin] = tests.length === 1 && /^(==?|)$/.test(tests[0]?.operator ?? '') ? tests : []
  const minor = (version: string) => version.split('.').slice(0, 2).join('.')
  if (index === -1) {
    // Conda's patch versions are rarely this machine's, and all patches of one version are alike to an app.
    const near = pin && pythons.some((python) => minor(python) === minor(pin.version)) ? minor(pin.version) : undefined
    return near === undefined
      ? { found: false, version: undefined }
      : { found: true, version: near, instead: pin?.version ?? '' }
  }
  if (pin !== undefined && pin.version.includes('.')) return { found: true, version: pin.version }
  return { found: true, version: index === 0 ? undefined : minor(pythons[index] ?? '') }
}

/** Compared as far as both say something: `3.11` is `3.11.9` to whoever writes it. */
function holds(python: string, { operator, version }: { operator: string; version: string }): boolean {
  const order = compare(python, version)
  switch (operator) {
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '!=':
      return order !== 0
    case '~=':
      return order >= 0 && compare(python, version.split('.').slice(0, -1).join('.')) === 0
    default:
      return order === 0
  }
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (const [index, part] of (left ?? []).entries()) {
    const other = right?.[index]
    if (other === undefined) return 0
    if (part !== other) return part - other
  }
  return 0
}
