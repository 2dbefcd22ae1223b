/** Fetches somebody's repository from its public address: one branch with all of its history, and nothing that it could make git do. */
import { PlazaError } from '../errors.ts'
import { end, ended, type GitProcess } from './git.ts'
import { checkRef } from './names.ts'
import { type Repositories, mainRef } from './repository.ts'
import { openTunnel } from './tunnel.ts'

export type ImportSource = {
  /** `https://…`, without name and password. */
  url: string
  /** undefined: whatever the other side calls its HEAD. */
  branch: string | undefined
}

/** What git says of its work: `fraction` where it knows one (0 to 1), `bytes` that have come so far. */
export type ImportProgress = { step: 'connecting' | 'receiving' | 'checking'; fraction?: number; bytes?: number }

export type ImportOptions = {
  /** Whether an IP address may be called. */
  allowed: (address: string) => boolean
  /** A file of the certificates that are trusted, where it is not the system's own. */
  certificates: string | undefined
  onProgress: (progress: ImportProgress) => void
  signal: AbortSignal
  /** Bytes that may come; default: room for years of code, and not for weights. */
  mostBytes?: number
}

const usualBytes = 500_000_000
const timeLimit = 600_000
const longestAddress = 2000

/** @throws PlazaError bad_request with what is wrong with the address. */
export function checkSource(address: string, branch: string | undefined): ImportSource {
  const refuse = (message: string, remedy: string) => new PlazaError('bad_request', message, remedy)
  const typed = address.trim()
  const url = URL.parse(/^[\w.-]+\.[a-z]{2,}(:\d+)?\//i.test(typed) ? `https://${typed}` : typed)
  const example = 'Write one such as https://example.org/team/demo.git.'
  if (!url || typed.length > longestAddress) throw refuse('This is not the address of a repository.', example)
  if (url.protocol !== 'https:') {
    throw refuse(`Repositories are imported over https only, not ${url.protocol.slice(0, -1)}.`, example)
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('The address holds a name or password.', 'Leave it out: only public repositories are imported.')
  }
  if (url.pathname === '/') throw refuse('The address names a host and no repository.', example)
  url.search = ''
  url.hash = ''
  return { url: url.href, branch: branch === undefined || branch === '' ? undefined : checkRef(branch) }
}

/**
 * Makes the branch the main of the repository `id`, which is there and empty.
 * @throws PlazaError with what happened, in words for whoever typed the address; the signal's reason when aborted.
 */
export async function importMain(
  repositories: Repositories,
  id: string,
  source: ImportSource,
  options: ImportOptions,
): Promise<void> {
  const { signal, mostBytes = usualBytes } = options
  signal.throwIfAborted()
  await using tunnel = await openTunnel({ allowed: options.allowed, mostBytes })
  const child = repositories.git.start([...fetchOptions, '--', source.url, `${remoteRef(source)}:${mainRef}`], {
    repository: repositories.path(id),
    environment: {
      https_proxy: tunnel.address,
      GIT_ASKPASS: 'true',
      ...(options.certificates === undefined ? {} : { GIT_SSL_CAINFO: options.certificates }),
    },
  })
  const words = progressOf(child, options.onProgress)
  let late = false
  const stop = (): void => end(child)
  const timer = setTimeout(() => {
    late = true
    stop()
  }, timeLimit)
  signal.addEventListener('abort', stop)
  try {
    child.stdin.end()
    child.stdout.resume()
    const exitCode = await ended(child)
    signal.throwIfAborted()
    const refusal = tunnel.refusal()
    if (refusal) throw refusal
    if (late) throw new PlazaError('unprocessable', 'The repository did not arrive within ten minutes.', 'Push it.')
    if (exitCode !== 0) throw refusalOf(words(), source)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
  if ((await repositories.head(id)) === undefined) throw refusalOf("couldn't find remote ref HEAD", source)
}

/** The faults that a push may carry too (settings.ts). */
const harmless = [
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
]

const fetchOptions = [
  ...Object.entries({
    'protocol.allow': 'never',
    'protocol.https.allow': 'always',
    'credential.helper': '',
    'http.proxyAuthMethod': 'basic',
    'http.lowSpeedLimit': '1000',
    'http.lowSpeedTime': '30',
    'fetch.fsckObjects': 'true',
    ...Object.fromEntries(harmless.map((fault) => [`fetch.fsck.${fault}`, 'ignore'])),
    'fetch.fsck.hasDotgit': 'error',
    'fetch.fsck.hasDot': 'error',
    'fetch.fsck.hasDotdot': 'error',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  'fetch',
  '--progress',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--no-auto-maintenance',
]

function remoteRef({ branch }: ImportSource): string {
  return branch === undefined ? 'HEAD' : `refs/heads/${branch}`
}

const units: Record<string, number> = { bytes: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** One line of what git says of its progress (pure). */
export function readProgress(line: string): ImportProgress | undefined {
  const found = /^(Receiving|Resolving|remote: (?:Counting|Compressing)) \w+:\s+(\d+)%/.exec(line)
  if (!found) return undefined
  const fraction = Number(found[2]) / 100
  if (found[1]?.startsWith('remote')) return { step: 'connecting' }
  if (found[1] === 'Resolving') return { step: 'checking', fraction }
  const size = /, ([\d.]+) (bytes|KiB|MiB|GiB)/.exec(line)
  const bytes = size ? Math.round(Number(size[1]) * (units[size[2] ?? ''] ?? 1)) : undefined
  return { step: 'receiving', fraction, ...(bytes === undefined ? {} : { bytes }) }
}

/** git writes progress over itself with carriage returns; the rest are words for people. */
function progressOf(child: GitProcess, onProgress: ImportOptions['onProgress']): () => string {
  let rest = ''
  let words = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/[\r\n]/)
    rest = (lines.pop() ?? '').slice(-4000)
    for (const line of lines) {
      const progress = readProgress(line)
      if (progress) onProgress(progress)
      else words = `${words}${line}\n`.slice(-4000)
    }
  })
  return () => words + rest
}

/** git's words → what somebody can do about it (pure). */
export function refusalOf(words: string, { url, branch }: ImportSource): PlazaError {
  const refuse = (message: string, remedy: string) => new PlazaError('unprocessable', message, remedy)
  const host = new URL(url).host
  if (/couldn't find remote ref|Remote branch .* not found/i.test(words)) {
    return branch === undefined
      ? refuse('The repository is empty.', 'Push to it first.')
      : refuse(`The repository has no branch ${branch}.`, 'Leave the branch out to take its main one.')
  }
  if (/could not read (Username|Password)|Authentication failed|terminal prompts disabled|40[13]/i.test(words)) {
    return refuse(
      `${host} shows no such repository to everybody.`,
      'Check the address; private ones are pushed with git.',
    )
  }
  if (/not found|404|not valid: is this a git repository/i.test(words)) {
    return refuse('There is no git repository at this address.', 'Use the address that one clones from.')
  }
  if (/transport '.*' not allowed|Unsupported protocol|Protocol .* (not supported|disabled)/i.test(words)) {
    return refuse(`${host} leads to an address that is not https.`, 'Use the address that it leads to.')
  }
  if (/SSL|certificate/i.test(words)) {
    return refuse(`The certificate of ${host} is not trusted here.`, 'Use another address, or ask the operator.')
  }
  if (/fsck|object .*: |index-pack/i.test(words)) {
    return refuse(`The repository is damaged: ${lastLine(words)}`, 'git fsck tells its owner more.')
  }
  return refuse(`${host} did not give the repository: ${lastLine(words)}`, 'Try again, or push it with git.')
}

function lastLine(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '' && !/^(hint|remote):/.test(line))
  const told = lines.find((line) => /^(error|fatal):/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  return told
    .replace(/^(error|fatal): /, '')
    .replace(/[\p{C}]/gu, ' ')
    .slice(0, 300)
}
