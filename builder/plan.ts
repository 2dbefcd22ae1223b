/** What has to be done to run a repository, decided from its card and files alone (pure). */
import { readDebianPackages } from './debian-packages.ts'
import { readRequirements, type Requirement } from './requirements.ts'

export type BuildPlan =
  | {
      kind: 'static'
      /** With a build: below the folder that the build writes, and with that folder's name in front. */
      appFile: string
      /** What makes the site's files out of the commit's, as its author wrote it; for a shell inside the build. */
      build?: { command: string }
      warnings: readonly string[]
    }
  | {
      kind: 'dockerfile'
      /** Path of it from the repository's root. */
      dockerfile: string
      /** The port that the app listens on. */
      port: number
      warnings: readonly string[]
    }
  | {
      kind: 'python'
      /** `3.11`, `3.11.2`, or undefined: the newest that this machine has. */
      python: string | undefined
      /**
       * Requirement files in the order in which they are installed, by path from the repository's root. `translated`: the
       * file there is no requirement file (environment.yml), and `text` says in pip's words what it asks for.
       */
      requirements: readonly { path: string; text: string; translated?: true }[]
      /** Requirements that the SDK adds, e.g. `gradio==6.31.0`, `streamlit`. Resolved together with the last requirement file. */
      sdkRequirements: readonly string[]
      /** Local paths that requirements name (`-r`, `-c`, `./package`, `-e .`), each with the git object id of what is there. */
      includes: readonly { path: string; kind: 'file' | 'folder'; object: string }[]
      /**
       * Whether everything is asked for by name from the package index that the operator chose. Only then is
       * what gets installed the same for everybody, and safe to share between owners.
       */
      indexOnly: boolean
      /** Debian packages of packages.txt, sorted; only a container image has them. */
      systemPackages: readonly string[]
      /** Argument array that starts the app, without the interpreter's path; `{host}` and `{port}` in it stand for where to listen. */
      command: readonly string[]
      /** The port that the app is asked to listen on. */
      port: number
      /** Sentences for the author about what this build leaves out or had to guess; the build's log begins with them. */
      warnings: readonly string[]
    }

export type PythonPlan = Extract<BuildPlan, { kind: 'python' }>

/** What a plan needs to know of a Space's card (README front matter). */
export type PlanCard = {
  sdk: 'gradio' | 'streamlit' | 'static' | 'docker'
  sdkVersion?: string | undefined
  pythonVersion?: string | undefined
  appFile?: string | undefined
  appPort?: number | undefined
  /** How a static site is made out of the commit's files (`npm run build`). */
  appBuildCommand?: string | undefined
}

/** What a repository without a card asks for that no card can say (`recognise`). */
export type Asked = {
  /** Installed in place of the usual requirement files. */
  requirements?: readonly { path: string; text: string; translated?: true }[]
  sdkRequirements?: readonly string[]
  command?: readonly string[]
  warnings?: readonly string[]
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
  /** Whether the builder makes container images (`Builder.containers`). */
  containers: boolean
}

export type CardField = 'sdk' | 'sdk_version' | 'python_version' | 'app_file' | 'app_build_command'

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
export const defaultPort = 7860

/** @throws PlanError */
export async function planBuild(
  card: PlanCard,
  files: CommitFiles,
  settings: PlanSettings,
  asked: Asked = {},
): Promise<BuildPlan> {
  const warnings = [...(asked.warnings ?? []), ...idleKeys(card)]
  switch (card.sdk) {
    case 'static':
      return planStatic(card, files, settings, warnings)
    case 'docker':
      return planDockerfile(card, files, settings, warnings)
    case 'gradio':
    case 'streamlit':
      return await planPython(card, card.sdk, files, settings, asked, warnings)
  }
}

/** Keys that say nothing for this sdk. */
function idleKeys({ sdk, appPort, appBuildCommand }: PlanCard): string[] {
  const warnings: string[] = []
  if (appPort !== undefined && sdk !== 'docker') {
    const instead = sdk === 'static' ? 'a static Space has no port' : `the app listens on port ${defaultPort}`
    warnings.push(`app_port ${appPort} counts for sdk: docker alone: ${instead}.`)
  }
  if (appBuildCommand !== undefined && sdk !== 'static') {
    warnings.push('app_build_command counts for sdk: static alone: it is not run.')
  }
  return warnings
}

function planStatic(card: PlanCard, files: CommitFiles, settings: PlanSettings, warnings: readonly string[]) {
  const kind = 'static' as const
  const command = card.appBuildCommand?.trim()
  if (command === undefined) return { kind, appFile: appFileOf(card.appFile ?? 'index.html', files), warnings }
  // eslint-disable-next-line no-control-regex
  if (command === '' || command.length > 1000 || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(command)) {
    throw new PlanError(
      'CONFIG_ERROR',
      'app_build_command is not a command of one line.',
      'Write at most 1000 characters on one line, such as npm run build; longer work belongs in a script of the repository.',
      'app_build_command',
    )
  }
  if (!settings.containers) {
    throw new PlanError(
      'CONFIG_ERROR',
      'app_build_command needs a container engine, and this Plaza has none.',
      'Push the files that it makes and name the page as app_file, or ask the operator for a container driver.',
      'app_build_command',
    )
  }
  return { kind, appFile: builtFileOf(card.appFile ?? 'dist/index.html', files), build: { command }, warnings }
}

/** The page that the build will write: in a folder of its own, since that folder is what visitors see. */
function builtFileOf(written: string, files: CommitFiles): string {
  const path = appPath(written)
  const folders = foldersAbove(path)
  if (folders.length === 0) {
    throw new PlanError(
      'CONFIG_ERROR',
      `app_file ${shown(written)} lies in the root of the repository, beside the sources.`,
      'Let the build write into a folder, and name the page in it: dist/index.html.',
      'app_file',
    )
  }
  const inTheWay = folders.find((folder) => !['folder', undefined].includes(files.get(folder)?.kind))
  if (inTheWay === undefined) return path
  throw new PlanError(
    'CONFIG_ERROR',
    `app_file ${shown(written)} goes through ${shown(inTheWay)}, which is a ${files.get(inTheWay)?.kind}.`,
    'Name a page in a folder that the build writes.',
    'app_file',
  )
}

const dockerfile = 'Dockerfile'

function planDockerfile(card: PlanCard, files: CommitFiles, settings: PlanSettings, warnings: readonly string[]) {
  if (!settings.containers) {
    throw new PlanError(
      'CONFIG_ERROR',
      'sdk: docker needs a container engine, and this Plaza has none.',
      'Use sdk: gradio (any Python web server on port 7860), streamlit or static, or ask the operator for a container driver.',
      'sdk',
    )
  }
  const entry = files.get(dockerfile)
  if (entry?.kind !== 'file') {
    throw new PlanError(
      'NO_APP_FILE',
      entry === undefined ? 'There is no Dockerfile in the repository.' : `Dockerfile is a ${entry.kind}, not a file.`,
      'Push a file Dockerfile at the root of the repository, or choose another sdk.',
      'sdk',
    )
  }
  return { kind: 'dockerfile' as const, dockerfile, port: card.appPort ?? defaultPort, warnings }
}

async function planPython(
  card: PlanCard,
  sdk: 'gradio' | 'streamlit',
  files: CommitFiles,
  settings: PlanSettings,
  asked: Asked,
  warnings: readonly string[],
) {
  const command = asked.command ?? commandOf(sdk, appFileOf(card.appFile ?? 'app.py', files))
  const sdkVersion = card.sdkVersion === undefined ? undefined : checkedVersion(card.sdkVersion)
  const python = card.pythonVersion === undefined ? undefined : checkedPython(card.pythonVersion, settings.pythons)
  const requirements = await readRequirementFiles(files, asked.requirements)
  const packages = files.has(packagesFile) && settings.containers ? await systemPackages(files) : []
  return {
    kind: 'python' as const,
    python,
    requirements: requirements.files,
    sdkRequirements: [...sdkRequirements(sdk, sdkVersion), ...(asked.sdkRequirements ?? [])],
    includes: requirements.includes,
    indexOnly: requirements.indexOnly,
    systemPackages: packages,
    command,
    port: defaultPort,
    warnings:
      files.has(packagesFile) && !settings.containers
        ? [...warnings, 'packages.txt is not installed: Debian packages are the same for every Space of this machine.']
        : warnings,
  }
}

function commandOf(sdk: 'gradio' | 'streamlit', appFile: string): readonly string[] {
  return sdk === 'streamlit' ? streamlit(appFile) : ['python', asArgument(appFile)]
}

const packagesFile = 'packages.txt'
/** More is a mistake, and a command line that no kernel takes. */
const mostSystemPackages = 500

async function systemPackages(files: CommitFiles): Promise<readonly string[]> {
  const named = new Set<string>()
  for (const { line, text, name } of readDebianPackages(await plainText(packagesFile, files))) {
    if (name === undefined) {
      throw new PlanError(
        'CONFIG_ERROR',
        `${packagesFile}, line ${line}: ${shown(text)} is not the name of a Debian package.`,
        'Write one package a line, such as ffmpeg.',
      )
    }
    named.add(name)
  }
  if (named.size <= mostSystemPackages) return [...named].sort()
  throw new PlanError(
    'CONFIG_ERROR',
    `${packagesFile} names ${named.size} packages, more than ${mostSystemPackages}.`,
    'Name only those that the app needs; what they depend on comes by itself.',
  )
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
  const path = appPath(written)
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

function appPath(written: string): string {
  const path = pathInRepository('', written)
  if (path !== undefined && path !== '' && !/\{(?:port|host)\}/.test(path)) return path
  throw new PlanError(
    'CONFIG_ERROR',
    `app_file ${shown(written)} is not a path inside the repository.`,
    'Write the path of a file from the root of the repository, for example app.py.',
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

/**
 * The newest of `pythons` (newest first) that is `wanted` or one of its patch versions; one without a patch (`3.12`) stands
 * for each of its patch versions.
 */
export function pythonFor(wanted: string | undefined, pythons: readonly string[]): string | undefined {
  if (wanted === undefined) return pythons[0]
  return (
    pythons.find((version) => version === wanted || version.startsWith(`${wanted}.`)) ??
    pythons.find((version) => /^\d+\.\d+$/.test(version) && wanted.startsWith(`${version}.`))
  )
}

/** Files that are installed before the others, then with the SDK. */
const requirementFiles = ['pre-requirements.txt', 'requirements.txt'] as const

const longestRequirementFile = 1_000_000

type Include = { path: string; kind: 'file' | 'folder'; object: string }

async function readRequirementFiles(files: CommitFiles, asked: Asked['requirements']) {
  const present =
    asked ??
    (await Promise.all(
      requirementFiles
        .filter((path) => files.has(path))
        .map(async (path) => ({ path, text: await plainText(path, files) })),
    ))
  const includes = new Map<string, Include>()
  const read = new Set<string>()
  const waiting: { path: string; text?: string }[] = [...present]
  let indexOnly = true
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { path } = next
    if (read.has(path)) continue
    read.add(path)
    const text = next.text ?? (await plainText(path, files))
    for (const requirement of readRequirements(text)) {
      indexOnly &&= isFromIndex(requirement)
      if (requirement.kind !== 'include' && requirement.kind !== 'local') continue
      const found = includeOf(path, requirement, files)
      if (found === undefined) continue
      includes.set(found.path, found)
      if (requirement.kind === 'include') waiting.push({ path: found.path })
    }
  }
  return {
    files: present,
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

/** A small text file of the commit. @throws PlanError */
export async function plainText(path: string, files: CommitFiles): Promise<string> {
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
  const through = [...foldersAbove(path), path].find(
    (part) => files.get(part)?.kind === 'symlink' || files.get(part)?.kind === 'submodule',
  )
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

/** `a` and `a/b` of `a/b/c`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
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
export function shown(text: string): string {
  const line = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
  return /^[\w./-]+$/.test(text) ? text : line
}
