/**
 * An author's Dockerfile, made fit for this machine (pure): it does the same, but each `RUN` gets the certificates that
 * the machine needs, and its layers are shared with nobody but its owner. Lines keep their order; where lines were added
 * `lineOf` leads back.
 */
import { BuildError } from '../builder.ts'

export type OwnDockerfile = {
  text: string
  /** Names that it declares by `ARG`. */
  args: readonly string[]
  /** Images that it begins with and copies from, as far as they can be known. */
  images: readonly string[]
  /** The author's line for one of `text`; both count from 1. */
  lineOf: (line: number) => number
  /** Sentences for the log. */
  remarks: readonly string[]
}

export type Fitting = {
  /** Whether the engine's BuildKit reads `<<EOF`; the older one takes what follows for instructions. */
  heredocs: boolean
  /** What goes behind each `RUN`: `--mount=…`, with a space behind it. */
  mounts: string
  /** Build arguments that every stage declares. */
  args: readonly string[]
  /** Build arguments by name, for those that the author names in a `FROM`. */
  variables: Readonly<Record<string, string>>
  /** Names that images of other Spaces begin with. */
  reserved: readonly string[]
}

/** @throws BuildError for what cannot or must not be built. */
export function fitDockerfile(written: string, fitting: Fitting): OwnDockerfile {
  const lines = written.replace(/^\uFEFF/, '').split(/\r?\n/)
  const { escape, syntax, first } = directivesOf(lines)
  const remarks = syntaxRemarks(syntax)
  const { instructions, texts } = instructionsOf(lines, first, escape, fitting.heredocs)
  // Should the engine not see a here-document where this file does, its lines are instructions.
  for (const instruction of texts) checkHarmless(instruction, escape, fitting.reserved)
  const args = new Map<string, string | undefined>()
  const stages = new Set<string>()
  const images: string[] = []
  const added = new Map<number, string>()
  let staged = false
  for (const instruction of instructions) {
    const { keyword, rest, line, last } = instruction
    images.push(...checkHarmless(instruction, escape, fitting.reserved))
    if (keyword === 'ARG') {
      for (const [, name = '', value] of rest.matchAll(/(?:^|\s)([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*))?/g)) {
        args.set(name, args.get(name) ?? (staged ? undefined : value?.replaceAll(/^["']|["']$/g, '')))
      }
    }
    if (keyword === 'FROM') {
      const { image, stage } = fromOf(rest)
      const known = expanded(image, (name) => fitting.variables[name] ?? args.get(name))
      if (!stages.has(known.toLowerCase()) && known !== 'scratch') {
        images.push(refuseReserved(known, line, fitting.reserved))
      }
      if (stage !== undefined) stages.add(stage.toLowerCase())
      staged = true
      if (fitting.args.length > 0) added.set(last, `ARG ${fitting.args.join(' ')}`)
    }
  }
  return {
    ...insert(lines, instructions, added, { ...fitting, dropped: syntax?.line }),
    args: [...args.keys()],
    images: images.filter((image) => !image.includes('$') && !/^\d+$/.test(image) && !stages.has(image.toLowerCase())),
    remarks,
  }
}

type Directives = { escape: '\\' | '`'; syntax: { line: number; value: string } | undefined; first: number }

/** https://docs.docker.com/reference/dockerfile/#parser-directives: comments before anything else. */
function directivesOf(lines: readonly string[]): Directives {
  let escape: Directives['escape'] = '\\'
  let syntax: Directives['syntax']
  let first = 0
  for (; first < lines.length; first += 1) {
    const line = lines[first] ?? ''
    const found = /^(?:#|\/\/)\s*([a-zA-Z][a-zA-Z0-9]*)\s*=(.*)$/.exec(line.trim())
    if (found === null && !(first === 0 && line.startsWith('#!'))) break
    const [, name = '', value = ''] = found?.map((part) => part.trim()) ?? []
    if (name.toLowerCase() === 'escape' && value === '`') escape = '`'
    if (name.toLowerCase() === 'syntax') syntax = { line: first, value }
  }
  return { escape, syntax, first }
}

/** Another frontend is a program that BuildKit would start for a stranger, with everything that it can do itself. */
function syntaxRemarks(syntax: Directives['syntax']): readonly string[] {
  if (syntax === undefined) return []
  if (/^(docker\.io\/)?docker\/dockerfile(-upstream)?(:[\w.-]+)?(@sha256:[0-9a-f]+)?$/.test(syntax.value)) {
    return [`The line syntax=${syntax.value} is left out: the Dockerfile is read by the engine's own BuildKit.`]
  }
  throw new BuildError(
    'resolving',
    `Dockerfile, line ${syntax.line + 1}: another syntax (${syntax.value.slice(0, 100)}) cannot be used here.`,
    "Take the line out, or name Docker's own: docker/dockerfile:1.",
  )
}

type Instruction = {
  /** In upper case. */
  keyword: string
  /** What follows it, on one line. */
  rest: string
  /** Of the author's file, counted from 1. */
  line: number
  last: number
}

/** `heredocs`: undefined where lines are looked at for what they would be if they stood in none. */
function instructionsOf(
  lines: readonly string[],
  first: number,
  escape: Directives['escape'],
  heredocs: boolean | undefined,
): { instructions: readonly Instruction[]; texts: readonly Instruction[] } {
  const instructions: Instruction[] = []
  const texts: Instruction[] = []
  for (let at = first; at < lines.length; at += 1) {
    if (/^\s*(#|$)/.test(lines[at] ?? '')) continue
    const line = at + 1
    const joined = joinContinued(lines, at, escape)
    at = joined.last
    const [, keyword = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(joined.text) ?? []
    const instruction = { keyword: keyword.toUpperCase(), rest: rest.trim(), line, last: at }
    const ends = heredocs === undefined ? [] : heredocsOf(instruction)
    if (ends.length > 0 && heredocs === false) {
      throw new BuildError(
        'resolving',
        `Dockerfile, line ${line}: the container engine of this machine is too old for <<${ends[0]?.word ?? ''}.`,
        'Write the commands with && between them, or ask the operator for Docker 23 or newer.',
      )
    }
    const begins = at + 1
    for (const { word, tabs } of ends) {
      do at += 1
      while (at < lines.length && (tabs ? (lines[at] ?? '').replace(/^\t+/, '') : lines[at]) !== word)
    }
    if (ends.length > 0) texts.push(...instructionsOf(lines.slice(0, at), begins, escape, undefined).instructions)
    instructions.push({ ...instruction, last: Math.min(at, lines.length - 1) })
  }
  return { instructions, texts }
}

/** An instruction's lines as one; comments and empty lines between them are none of it. */
function joinContinued(lines: readonly string[], first: number, escape: Directives['escape']) {
  const continued = escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/
  const doubtful = escape === '`' ? /``[ \t]*$/ : /\\\\[ \t]*$/
  const parts: string[] = []
  let last = first
  for (; last < lines.length; last += 1) {
    const part = lines[last] ?? ''
    if (last > first && /^\s*(#|$)/.test(part)) continue
    if (doubtful.test(part)) {
      const message = `Dockerfile, line ${last + 1}: it ends in two ${escape}, which not every engine reads the same way.`
      throw new BuildError('resolving', message, 'End the line in one, or in something else.')
    }
    parts.push(part.replace(continued, ''))
    if (!continued.test(part)) break
  }
  return { text: parts.join(''), last }
}

/** https://docs.docker.com/reference/dockerfile/#here-documents */
function heredocsOf({
  keyword,
  rest,
}: Pick<Instruction, 'keyword' | 'rest'>): readonly { word: string; tabs: boolean }[] {
  if (!/^(RUN|COPY|ADD)$/.test(keyword.replace(/^ONBUILD$/, /^\s*(\S+)/.exec(rest)?.[1]?.toUpperCase() ?? '')))
    return []
  return [...rest.matchAll(/(?:^|\s)\d*<<(-?)(["']?)([A-Za-z_][\w.-]*)\2(?=\s|$)/g)].map(([, dash, , word = '']) => ({
    word,
    tabs: dash === '-',
  }))
}

/** `ONBUILD ADD …` is an `ADD` of whoever builds upon it. */
function innermost({ keyword, rest }: Pick<Instruction, 'keyword' | 'rest'>): { keyword: string; rest: string } {
  const found = keyword === 'ONBUILD' ? /^(\S+)\s*([\s\S]*)$/.exec(rest) : null
  return found === null
    ? { keyword, rest }
    : innermost({ keyword: (found[1] ?? '').toUpperCase(), rest: found[2] ?? '' })
}

/** Returns the images that files are taken from. @throws BuildError */
function checkHarmless(instruction: Instruction, escape: string, reserved: readonly string[]): readonly string[] {
  refuseRemote(instruction, escape)
  const { keyword, rest } = innermost(instruction)
  if (keyword === 'FROM') refuseReserved(fromOf(rest).image, instruction.line, reserved)
  return sourcesOf(instruction).map((image) => refuseReserved(image, instruction.line, reserved))
}

/** Beginnings of what `ADD` fetches; it does so from the machine itself, around every wall that builds have. */
const remote = ['http://', 'https://', 'git@', 'git://', 'ssh://', 'github.com/']

function refuseRemote(instruction: Instruction, escape: string): void {
  const { keyword, rest } = innermost(instruction)
  if (keyword !== 'ADD') return
  const words = rest
    .replaceAll(new RegExp(`["'${escape === '\\' ? '\\\\' : escape}]`, 'g'), '')
    .split(/[\s,[\]]+/)
    .filter((word) => word !== '' && !word.startsWith('--'))
  // The last is where to.
  for (const word of words.slice(0, -1)) {
    const known = word.split('$')[0]?.toLowerCase() ?? ''
    const mayBe = word.includes('$')
      ? remote.some((start) => start.startsWith(known) || known.startsWith(start))
      : false
    if (!mayBe && !remote.some((start) => known.startsWith(start)) && !/^[\w+.-]+:\/\//.test(known)) continue
    throw new BuildError(
      'resolving',
      `Dockerfile, line ${instruction.line}: ADD does not fetch addresses here.`,
      'Fetch it in a RUN step, with curl or git; a path in the repository may begin with ./.',
    )
  }
}

/** Images that files are taken from: `COPY --from=…`, `RUN --mount=…,from=…`. */
function sourcesOf(instruction: Instruction): readonly string[] {
  const { rest } = innermost(instruction)
  const flags = /^(?:--\S+\s*)+/.exec(rest)?.[0] ?? ''
  return [...flags.matchAll(/(?:--|[,=])from=([^,\s]+)/gi)].map(([, image = '']) => image.replaceAll(/["']/g, ''))
}

function fromOf(rest: string): { image: string; stage: string | undefined } {
  const words = rest.split(/\s+/).filter((word) => !word.startsWith('--'))
  return {
    image: (words[0] ?? '').slice(0, 1000).replaceAll(/["']/g, ''),
    stage: words[1]?.toLowerCase() === 'as' ? words[2] : undefined,
  }
}

/** `$NAME`, `${NAME}` and `${NAME:-otherwise}`; what is not known stays as it is. */
function expanded(text: string, value: (name: string) => string | undefined): string {
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g,
    (whole, plain?: string, braced?: string, otherwise?: string) => {
      const found = value(plain ?? braced ?? '')
      return (found === undefined || found === '' ? otherwise : found) ?? found ?? whole
    },
  )
}

/** A Space's image may be private; whoever guesses its name must not build upon it. */
function refuseReserved(image: string, line: number, reserved: readonly string[]): string {
  const name = image.toLowerCase().replace(/^(index\.)?docker\.io\//, '')
  if (!reserved.some((start) => name.startsWith(start))) return image
  throw new BuildError(
    'resolving',
    `Dockerfile, line ${line}: ${image} is an image of this platform's own.`,
    'Build upon another image.',
  )
}

function insert(
  lines: readonly string[],
  instructions: readonly Instruction[],
  added: ReadonlyMap<number, string>,
  { mounts, dropped }: Pick<Fitting, 'mounts'> & { dropped: number | undefined },
): Pick<OwnDockerfile, 'text' | 'lineOf'> {
  const runs = new Set(instructions.flatMap(({ keyword, line }) => (keyword === 'RUN' ? [line - 1] : [])))
  const written: string[] = []
  const origins: number[] = []
  const write = (line: string, origin: number) => {
    written.push(line)
    origins.push(origin)
  }
  for (const [index, line] of lines.entries()) {
    // Still a comment, but none that is obeyed.
    if (index === dropped) write('#', index)
    else write(runs.has(index) ? line.replace(/^(\s*\S+)[ \t]?/, `$1 ${mounts}`) : line, index)
    const extra = added.get(index)
    if (extra !== undefined) write(extra, index)
  }
  return { text: written.join('\n'), lineOf: (line) => (origins[line - 1] ?? line - 1) + 1 }
}
