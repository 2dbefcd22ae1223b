/** uv's words: made calm for the log, and made into a reason when it failed (pure). */
import { packageName, readRequirements } from './requirements.ts'

/** One line of uv's output as the log shows it; undefined for one that tells an author nothing. */
export function logLine(line: string, python: string): string | undefined {
  const text = line.trimEnd()
  if (text === '' || /^(Using Python | Downloaded )/.test(text)) return undefined
  const counted = /^(Resolved|Prepared|Installed|Audited) (\d+ packages?) in (.+)$/.exec(text)
  if (counted !== null) {
    const [, verb = '', packages = '', duration = ''] = counted
    const resolved = verb === 'Resolved' ? ` for Python ${python}` : ''
    return `${verb} ${packages}${resolved} in ${spaced(duration)}`
  }
  return text.replace(/^ ([+-]) ([^\s=]+)==/, '$1 $2 ')
}

function spaced(duration: string): string {
  return duration.replace(/(\d)(ms|s|m)\b/g, '$1 $2')
}

/** Whether this line tells that the packages are chosen and installing begins. */
export function isResolved(line: string): boolean {
  return /^(Resolved|Audited) \d+ packages?/.test(line)
}

/** `pip`'s list of what is there now, out of uv's `+ name==version` and `- name==version` lines. */
export function changedPackages(output: string): { added: readonly string[]; removed: readonly string[] } {
  const named = (sign: '+' | '-') =>
    [...output.matchAll(/^ ([+-]) (\S+)$/gm)].flatMap(([, found, spec]) => (found === sign && spec ? [spec] : []))
  return { added: named('+'), removed: named('-') }
}

/** Resolution found only packages that would have to be built from source, which it was not allowed to do. */
export function needsBuilding(output: string): boolean {
  return /building from source is disabled|has no usable wheels|have no usable wheels|--no-build/.test(output)
}

export type Failure = { message: string; remedy: string }

/** A package's name, up to its extras or version. */
const packageAtStart = String.raw`([A-Za-z0-9][\w.-]*?)(?:\[[^\]]*\])?(?=[\s<>=!~,]|\.?$)`

type RequirementFile = { path: string; text: string }

/** Why `uv pip install` failed, in words for the author. `files`: what it was asked for, to name the line. */
export function explainFailure(output: string, files: readonly RequirementFile[]): Failure {
  const text = output.replaceAll('\r', '')
  return (
    outOfDisk(text) ??
    unreadable(text, files) ??
    missing(text, files) ??
    conflict(text, files) ??
    failedClone(text, files) ??
    failedBuild(text, files) ??
    network(text) ?? {
      message: essence(text) || 'Installing the requirements failed.',
      remedy: 'The log above has what the installer said.',
    }
  )
}

function outOfDisk(text: string): Failure | undefined {
  if (!/No space left on device|os error 28|Disk quota exceeded/i.test(text)) return undefined
  return {
    message: 'The disk of this machine is full.',
    remedy: 'Ask the operator to free space, then restart the Space.',
  }
}

const oneALine = 'Correct the line: one package a line, such as gradio==6.31.0.'

function unreadable(text: string, files: readonly RequirementFile[]): Failure | undefined {
  const placed = /^error: (.+): (\S+):(\d+):\d+$/m.exec(text)
  if (placed !== null && files.some(({ path }) => path === placed[2])) {
    return { message: `${placed[2]}, line ${placed[3]}: ${clipped(placed[1] ?? '')}.`, remedy: oneALine }
  }
  const found =
    /(?:Couldn't parse requirement|Unsupported requirement|Unexpected|Invalid|Expected).* (?:in|at|of) `([^`]+)`/.exec(
      text,
    )
  const at = /at position (\d+)/.exec(text)
  const file = files.find(({ path }) => found?.[1] === path || found?.[1]?.endsWith(`/${path}`))
  if (found === null) return undefined
  const line = file !== undefined && at !== null ? lineAt(file.text, Number(at[1])) : undefined
  const where = file === undefined ? '' : `${file.path}${line === undefined ? '' : `, line ${line}`}: `
  return { message: `${where}${causes(text)}`, remedy: oneALine }
}

function lineAt(text: string, byte: number): number {
  return Buffer.from(text).subarray(0, byte).toString().split('\n').length
}

function missing(text: string, files: readonly RequirementFile[]): Failure | undefined {
  const unknown = /Because (\S+) was not found in the (?:package registry|provided)/.exec(text)
  if (unknown !== null) {
    const name = unknown[1] ?? ''
    return {
      message: `${located(name, files)}There is no package named ${name} in the package index.`,
      remedy: 'Correct its name; the name to install can differ from the name to import.',
    }
  }
  const version = new RegExp(
    `Because (?:there (?:is|are) no versions? of |only )${packageAtStart}|Because ${packageAtStart}\\S* has no (?:usable )?wheels`,
  ).exec(text)
  if (version === null || /\bdepends? on\b/.test(text)) return undefined
  return {
    message: `${located(version[1] ?? version[2] ?? '', files)}${capitalized(reasoning(text))}`,
    remedy:
      hint(text) ??
      'Choose a version that exists and that supports the Python of this Space, or leave the version out.',
  }
}

function conflict(text: string, files: readonly RequirementFile[]): Failure | undefined {
  if (!/No solution found|unsatisfiable/.test(text)) return undefined
  const name = new RegExp(`you require ${packageAtStart}`).exec(text)?.[1] ?? ''
  return {
    message: `The requirements contradict each other. ${located(name, files)}${reasoning(text)}`,
    remedy: 'Loosen one of the versions named above.',
  }
}

function failedClone(text: string, files: readonly RequirementFile[]): Failure | undefined {
  if (!text.includes('Git operation failed')) return undefined
  const spec = /Failed to (?:download and build|download|resolve)[^`]*`([^`]+)`/.exec(text)?.[1]
  const only = onlyOne('remote', files)
  const said = [...text.matchAll(/^\s*(?:fatal|error): (.+)$/gm)].findLast(([line]) => /^\s/.test(line))?.[1]
  return {
    message: `${only?.where ?? ''}git could not fetch ${spec ?? only?.text ?? 'a requirement'}${said === undefined ? '.' : `: ${clipped(said)}`}`,
    remedy: 'Name an address that anybody can clone.',
  }
}

function failedBuild(text: string, files: readonly RequirementFile[]): Failure | undefined {
  const spec = /Failed to (?:build|download and build|prepare|resolve)[^`]*`([^`]+)`/.exec(text)?.[1]
  if (spec === undefined && !text.includes('The build backend returned an error')) return undefined
  const name = spec?.split(/[=@ ]/)[0] ?? ''
  // uv does not name what lies in the repository; where only one line asks for such a thing, that is it.
  const only = spec === undefined ? onlyOne('local', files) : undefined
  // What the build itself said is indented below uv's words.
  const last = text
    .split('\n')
    .filter((line) => line.startsWith(' '))
    .map((line) => line.trim())
    .findLast((line) => /^(\w+\.)*\w*(Error|Exception|Exit)\b|^(fatal )?error: ./.test(line))
  return {
    message: `${only?.where ?? located(name, files)}Building ${spec ?? only?.text ?? 'a package'} from its source failed${last === undefined ? '.' : `: ${clipped(last)}`}`,
    remedy: 'Choose a version that has a wheel for this Python, or correct what the build says in the log.',
  }
}

function network(text: string): Failure | undefined {
  if (!/Failed to fetch|error sending request|dns error|Request failed after|Could not connect/i.test(text))
    return undefined
  const what = /Failed to download `([^`]+)`|Failed to fetch: `?([^`\s]+)/.exec(text)
  return {
    message: `${what?.[1] ?? what?.[2] ?? 'A package'} could not be fetched: ${causes(text)}`,
    remedy: 'Try again; when it stays so, the operator should look at the network of this machine.',
  }
}

/** `requirements.txt, line 3: ` when a file asks for this package. */
function located(name: string, files: readonly RequirementFile[]): string {
  const wanted = packageName(name)
  for (const { path, text } of files) {
    const found = readRequirements(text).find((line) => line.kind === 'package' && line.name === wanted)
    if (found !== undefined) return `${path}, line ${found.line}: `
  }
  return ''
}

/** The requirement of its kind, if there is but one, and where it stands. */
function onlyOne(kind: 'local' | 'remote', files: readonly RequirementFile[]) {
  const [first, ...others] = files.flatMap(({ path, text }) =>
    readRequirements(text)
      .filter((found) => found.kind === kind)
      .map((found) => ({ where: `${path}, line ${found.line}: `, text: found.text })),
  )
  return others.length === 0 ? first : undefined
}

/** The sentence under `cause:`, on one line. */
function causes(text: string): string {
  const block = /^\s*cause: ([\s\S]*?)(?=^\s*cause: |^\s*$|^hint:|$(?![\s\S]))/m.exec(text)?.[1]
  // Below a line that could not be read stand that line and the ^^^ that point into it: on one line they point nowhere.
  const words = block?.replace(/\n[^\n]*\n\s*\^+\s*$/, '').replaceAll(/\s*\n\s*/g, ' ')
  return words === undefined ? essence(text) : clipped(words.trim().replace(/[^.!?]$/, '$&.'))
}

/** uv's proof that no choice of packages will do, without the turns of phrase that say only that it is one. */
function reasoning(text: string): string {
  return causes(text)
    .replace(/^Because (?=there (?:is|are) no )(.*?) and you require [^,]*(?=, we can conclude)/, '$1')
    .replace(/^Because /, '')
    .replaceAll(' And because ', ' And ')
    .replace(/,? we can conclude that your requirements are unsatisfiable\b/, '')
    .replaceAll(', we can conclude that ', ', so ')
}

function capitalized(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1)
}

function hint(text: string): string | undefined {
  const sentence = /^hint: (.+)$/m.exec(text)?.[1]
  return sentence === undefined ? undefined : clipped(sentence)
}

function essence(text: string): string {
  const line = /^error: (.+)$/m.exec(text)?.[1]
  return clipped(line ?? text.trim().split('\n').at(-1) ?? '')
}

function clipped(sentence: string): string {
  return sentence.length > 600 ? `${sentence.slice(0, 600)}…` : sentence
}
