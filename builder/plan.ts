/** What has to be done to run a repository, decided from its card and files alone (pure). */
import { readRequirements, type Requirement } from './requirements.ts'

export type BuildPlan =
  | { kind: 'static'; appFile: string }
  | {
      kind: 'python'
      /** `3.11`, `3.11.2`, or undefined: the newest that this machine has. */
      python: string | undefined
      /** Requirement files in the order in which they are installed, by path from the repository's root. */
      requirements: readonly { path: string; text: string }[]
      /** Requirements that the SDK adds, e.g. `gradio==6.31.0`, `streamlit`. Resolved together with the last requirement file. */
      sdkRequirements: readonly string[]
      /** Local paths that requirements name (`-r`, `-c`, `./package`, `-e .`), each with the git object id of what is there. */
      includes: readonly { path: string; kind: 'file' | 'folder'; object: string }[]
      /**
       * Whether everything is asked for by name from the package index that the operator chose. Only then is
       * what gets installed the same for everybody, and safe to share between owners.
       */
      indexOnly: boolean
      /** Argument array that starts the app, without the interpreter's path; `{host}` and `{port}` in it stand for where to listen. */
      command: readonly string[]
      /** The port that the app is asked to listen on. */
      port: number
      /** Sentences for the author about what this build leaves out; the build's log begins with them. */
      warnings: readonly string[]
    }

export type PythonPlan = Extract<BuildPlan, { kind: 'python' }>

/** What a plan needs to know of a Space's card (README front matter). */
export type PlanCard = {
  sdk: 'gradio' | 'streamlit' | 'static' | 'docker'
  sdkVersion?: string | undefined
  pythonVersion?: string | undefined
  appFile?: string | undefined
}

export type CommitEntry = {
  kind: 'file' | 'folder' | 'symlink' | 'submodule'
  /** Git object id. */
  object: string
  /** The file's content as UTF-8; only asked of files. */
  text(): Promise<string>
}

/** Everything in a commit by path from the root, folders too; `''` is the root itself. */
export type CommitFiles = ReadonlyMap<string, CommitEntry>

export type PlanSettings = {
  /** Full versions that builds can use, newest first (`Builder.pythons`). */
  pythons: readonly string[]
}

export type CardField = 'sdk' | 'sdk_version' | 'python_version' | 'app_file'

/** Why a commit cannot be built at all, in words for the person who pushed. */
export class PlanError extends Error {
  readonly stage: 'CONFIG_ERROR' | 'NO_APP_FILE'
  /** What to do about it, one sentence. */
  readonly remedy: string
  /** The key of the card that is at fault, as the README writes it: whoever has the README can name its line. */
  readonly field: CardField | undefined
  constructor(stage: 'CONFIG_ERROR' | 'NO_APP_FILE', message: string, remedy: string, field?: CardField) {
    super(message)
    this.name = 'PlanError'
    this.stage = stage
    this.remedy = remedy
    this.field = field
  }
}

/** Demos hard-code it, as they do for Hugging Face. */
const appPort = 7860

/** @throws PlanError */
export async function planBuild(card: PlanCard, files: CommitFiles, settings: PlanSettings): Promise<BuildPlan> {
  switch (card.sdk) {
    case 'static':
      return { kind: 'static', appFile: appFileOf(card.appFile ?? 'index.html', files) }
    case 'docker':
      throw new PlanError(
        'CONFIG_ERROR',
        'sdk: docker needs a container engine, and this Plaza has none.',
        'Use sdk: gradio (any Python web server on port 7860), streamlit or static, or ask the operator for a container driver.',
        'sdk',
      )
    case 'gradio':
    case 'streamlit':
      return planPython(card, card.sdk, files, settings)
  }
}

async function planPython(card: PlanCard, sdk: 'gradio' | 'streamlit', files: CommitFiles, settings: PlanSettings) {
  const appFile = appFileOf(card.appFile ?? 'app.py', files)
  const sdkVersion = card.sdkVersion === undefined ? undefined : checkedVersion(card.sdkVersion)
  const python = card.pythonVersion === undefined ? undefined : checkedPython(card.pythonVersion, settings.pythons)
  const requirements = await readRequirementFiles(files)
  return {
    kind: 'python' as const,
    python,
    requirements: requirements.files,
    sdkRequirements: sdkRequirements(sdk, sdkVersion),
    includes: requirements.includes,
    indexOnly: requirements.indexOnly,
    command: sdk === 'streamlit' ? streamlit(appFile) : ['python', asArgument(appFile)],
    port: appPort,
    warnings: files.has('packages.txt')
      ? ['packages.txt is not installed: Debian packages are the same for every Space of this machine.']
      : [],
  }
}

/** A plain Python web server says `sdk: gradio` too, so Gradio comes only when its version is given or a requirement asks for it. */
function sdkRequirements(sdk: 'gradio' | 'streamlit', version: string | undefined): readonly string[] {
  if (version !== undefined) return [`${sdk}==${version}`]
  return sdk === 'streamlit' ? ['streamlit'] : []
}

/**
 * Behind the proxy the app's page sits in a frame of another site. There the browser withholds Streamlit's XSRF
 * cookie, so uploads would fail; and its CORS check compares with an address that it cannot know. The proxy
 * decides who may come in. The file watcher waits for changes that a read-only checkout never has, and without a
 * server address Streamlit asks a service on the internet for this machine's.
 */
function streamlit(appFile: string): readonly string[] {
  return [
    'streamlit',
    'run',
    '--server.address={host}',
    '--server.port={port}',
    '--server.headless=true',
    '--server.enableCORS=false',
    '--server.enableXsrfProtection=false',
    '--server.fileWatcherType=none',
    '--browser.gatherUsageStats=false',
    '--browser.serverAddress=localhost',
    asArgument(appFile),
  ]
}

/** A file name that begins with `-` must not become an option. */
function asArgument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}

function appFileOf(written: string, files: CommitFiles): string {
  const path = pathInRepository('', written)
  if (path === undefined || path === '' || /\{(?:port|host)\}/.test(path)) {
    throw new PlanError(
      'CONFIG_ERROR',
      `app_file ${shown(written)} is not a path inside the repository.`,
      'Write the path of a file from the root of the repository, for example app.py.',
      'app_file',
    )
  }
  const entry = files.get(path)
  if (entry?.kind === 'file' || entry?.kind === 'symlink') return path
  const isMissing = entry === undefined
  throw new PlanError(
    'NO_APP_FILE',
    isMissing ? `There is no file ${shown(path)} in the repository.` : `${shown(path)} is a ${entry.kind}, not a file.`,
    `${isMissing ? `Push ${shown(path)}, or name` : 'Name'} another file as app_file in the README's card.`,
    'app_file',
  )
}

function checkedVersion(version: string): string {
  if (/^\d+(\.\d+)*((a|b|rc|\.post|\.dev)\d+)*$/.test(version) && version.length <= 40) return version
  throw new PlanError(
    'CONFIG_ERROR',
    `sdk_version ${shown(version)} is not a version.`,
    'Write a full version such as "6.31.0", in quotes.',
    'sdk_version',
  )
}

function checkedPython(wanted: string, pythons: readonly string[]): string {
  if (!/^3\.\d{1,2}(\.\d{1,2})?$/.test(wanted)) {
    throw new PlanError(
      'CONFIG_ERROR',
      `python_version ${shown(wanted)} is not a Python version.`,
      'Write it as "3.11" or "3.11.2", in quotes.',
      'python_version',
    )
  }
  if (pythonFor(wanted, pythons) !== undefined) return wanted
  const available = pythons.length === 0 ? 'none at all' : pythons.join(', ')
  throw new PlanError(
    'CONFIG_ERROR',
    `Python ${wanted} is not on this machine.`,
    `Leave python_version out or choose one that is there: ${available}.`,
    'python_version',
  )
}

/** The newest of `pythons` (newest first) that is `wanted` or one of its patch versions. */
export function pythonFor(wanted: string | undefined, pythons: readonly string[]): string | undefined {
  return pythons.find((version) => wanted === undefined || version === wanted || version.startsWith(`${wanted}.`))
}

/** Files that are installed before the others, then with the SDK. */
const requirementFiles = ['pre-requirements.txt', 'requirements.txt'] as const

const longestRequirementFile = 1_000_000

type Include = { path: string; kind: 'file' | 'folder'; object: string }

async function readRequirementFiles(files: CommitFiles) {
  const present = requirementFiles.filter((path) => files.has(path))
  const includes = new Map<string, Include>()
  const texts = new Map<string, string>()
  const waiting: string[] = [...present]
  let indexOnly = true
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (texts.has(path)) continue
    const text = await requirementText(path, files)
    texts.set(path, text)
    for (const requirement of readRequirements(text)) {
      indexOnly &&= isFromIndex(requirement)
      if (requirement.kind !== 'include' && requirement.kind !== 'local') continue
      const found = includeOf(path, requirement, files)
      if (found === undefined) continue
      includes.set(found.path, found)
      if (requirement.kind === 'include') waiting.push(found.path)
    }
  }
  return {
    files: present.map((path) => ({ path, text: texts.get(path) ?? '' })),
    includes: [...includes.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    indexOnly,
  }
}

/**
 * Options that change where packages come from, or that build them from source, make an installation its owner's
 * own. Strict on purpose: whatever uv might read differently than `readRequirements` counts as the owner's own.
 */
function isFromIndex(requirement: Requirement): boolean {
  const { kind, text } = requirement
  if (kind === 'option') return /^--(pre|prefer-binary|require-hashes)$/.test(text)
  if (kind === 'include') return /^(-[rc]|--requirement|--constraint)[ =]?[\w./-]+$/.test(text)
  return (
    kind === 'package' && /^[ -~]*$/.test(text) && !/\s--(?!hash=)|[@/\\$]/.test(text.replaceAll(/\s--hash=\S+/g, ''))
  )
}

async function requirementText(path: string, files: CommitFiles): Promise<string> {
  const entry = files.get(path)
  if (entry?.kind !== 'file') {
    throw new PlanError('CONFIG_ERROR', `${shown(path)} is not a plain file.`, `Push ${shown(path)} as a text file.`)
  }
  const text = await entry.text()
  if (text.length > longestRequirementFile) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${shown(path)} is larger than 1 MB.`,
      'Name only the packages that the app uses.',
    )
  }
  if (text.includes('\0')) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${shown(path)} is not UTF-8 text.`,
      'Save it as UTF-8; PowerShell writes UTF-16 unless told otherwise.',
    )
  }
  return text
}

function includeOf(file: string, requirement: Requirement & { path: string }, files: CommitFiles): Include | undefined {
  const where = `${file}, line ${requirement.line}`
  // uv reads `-r` beside the file that says so, and everything else from the root.
  const base = requirement.kind === 'include' ? file.replace(/[^/]*$/, '') : ''
  const path = requirement.path.includes('${') ? undefined : pathInRepository(base, requirement.path)
  if (path === undefined) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${where}: ${shown(requirement.text)} names a place outside the repository.`,
      'Name a path inside the repository, or a package of the index.',
    )
  }
  const through = path
    .split('/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'))
    .find((part) => files.get(part)?.kind === 'symlink' || files.get(part)?.kind === 'submodule')
  if (through !== undefined) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${where}: ${shown(requirement.text)} goes through ${shown(through)}, which is a link.`,
      'Name the file or folder itself.',
    )
  }
  const entry = files.get(path)
  if (entry?.kind === 'file' || (entry?.kind === 'folder' && requirement.kind === 'local')) {
    return { path, kind: entry.kind, object: entry.object }
  }
  if (requirement.kind === 'local' && !/[/\\.]/.test(requirement.text)) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${where}: ${shown(requirement.text)} is neither a package nor a file of the repository.`,
      'Write one package a line, such as gradio==6.31.0.',
    )
  }
  throw new PlanError(
    'CONFIG_ERROR',
    `${where}: ${shown(requirement.text)} names ${shown(path)}, which is not in the repository.`,
    `Push ${shown(path)}, or correct the line.`,
  )
}

/** `written` from `base` with `.` and `..` worked out; undefined when it is absolute, leaves the root, or cannot be a name. */
function pathInRepository(base: string, written: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (written === '' || written.length > 1024 || /[\u0000-\u001f\u007f]/.test(written) || written.startsWith('/')) {
    return undefined
  }
  const parts: string[] = []
  for (const part of `${base}${written}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

/** What people wrote, safe to show on one line. */
function shown(text: string): string {
  const line = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
  return /^[\w./-]+$/.test(text) ? text : line
}
