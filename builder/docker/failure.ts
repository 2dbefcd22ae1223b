/** Why an image could not be built, in words for the person who pushed (pure). */
import { BuildError, type BuildPhase } from '../builder.ts'
import type { DockerfileStep } from '../dockerfile.ts'
import { explainFailure } from '../uv-output.ts'

export type FailedStep = {
  n: number | undefined
  of: number | undefined
  name: string
  /** BuildKit's own words. */
  error: string
  /** What it printed. */
  output: string
}

export type FailedBuild = {
  /** The engine's last word. */
  said: string
  step: FailedStep | undefined
  /** What the step installs, where the Dockerfile is the platform's own. */
  installs?: DockerfileStep['installs']
  /** What was asked for, to name the line: requirement files, packages.txt. */
  files: readonly { path: string; text: string }[]
  /** Whose choice the image is that everything is built upon. */
  base: 'operator' | 'author'
  /** Where a line of the Dockerfile that was built stands in the author's. */
  lineOf?: (line: number) => number
}

const tryAgain = 'Restart the Space to try again.'

/** Nothing is wrong with the files: something was not reached, and may be a moment later. */
export class Unreached extends BuildError {}

export function failureOf(failed: FailedBuild): BuildError {
  const { step, said } = failed
  const phase: BuildPhase = step?.n === undefined || step.n === 1 ? 'resolving' : 'installing'
  const found =
    fullDisk(`${said}\n${step?.output ?? ''}`) ??
    unreadable(failed) ??
    missingBase(failed) ??
    missingFile(failed) ??
    failedStep(failed)
  const Failure = found.isUnreached === true ? Unreached : BuildError
  return new Failure(phase, found.message, found.remedy)
}

type Words = { message: string; remedy: string; isUnreached?: boolean }

function fullDisk(text: string): Words | undefined {
  if (!/no space left on device|Disk quota exceeded/i.test(text)) return undefined
  return {
    message: 'The disk of the container engine is full.',
    remedy: 'Ask the operator to free space, then restart the Space.',
  }
}

function unreadable({ said, lineOf = (line) => line }: FailedBuild): Words | undefined {
  const found = /dockerfile parse error(?: on)? line (\d+): ([\s\S]+)/i.exec(said)
  if (found !== null) {
    return {
      message: `Dockerfile, line ${lineOf(Number(found[1]))}: ${sentence(found[2] ?? '')}`,
      remedy: 'Correct the line.',
    }
  }
  const words =
    /failed to (?:create LLB definition|parse stage name|process)[^:]*: ((?:the Dockerfile|file with no instructions|no build stage|invalid|unknown|unsupported|circular)[\s\S]*)/i.exec(
      said,
    )?.[1]
  if (words === undefined) return undefined
  return { message: `The Dockerfile cannot be read: ${sentence(words)}`, remedy: 'Correct it.' }
}

const unavailable =
  /pull access denied|failed to resolve source metadata|manifest unknown|no match for platform|failed to do request|failed to authorize|insufficient_scope|no such host|connection refused|i\/o timeout|TLS handshake|certificate|toomanyrequests|429 Too Many|: not found/i

function missingBase({ step, said, base }: FailedBuild): Words | undefined {
  const isBase = step === undefined || /load metadata for|^FROM |^[\w.-]+: FROM |resolve /.test(step.name)
  if (!isBase || !unavailable.test(said)) return undefined
  const name = /(?:load metadata for|FROM|resolve) (\S+)/.exec(step?.name ?? '')?.[1]?.replace(/@sha256:.*$/, '')
  return baseIsMissing(name ?? 'that the Dockerfile begins with', causeOf(said), base)
}

/** For a base image that the engine neither has nor gets. */
export function baseIsMissing(name: string, cause: string, base: 'operator' | 'author'): Words {
  return {
    message: `The base image ${name.replace(/^docker\.io\/(library\/)?/, '')} could not be fetched: ${sentence(cause)}`,
    remedy:
      base === 'operator'
        ? 'The operator should pull it, or name another one under images in plaza.yaml.'
        : 'Correct the name after FROM, or ask the operator to pull that image.',
  }
}

/** The part of the engine's words that is about the cause: it puts each caller's name in front. */
function causeOf(said: string): string {
  const words = said.replace(/\s+/g, ' ')
  if (/no such host|connection refused|i\/o timeout|TLS handshake|network is unreachable/i.test(words)) {
    const host = /https?:\/\/([^/"]+)/.exec(words)?.[1]
    return `${host === undefined ? 'the registry' : host} could not be reached from this machine`
  }
  if (/pull access denied|insufficient_scope|failed to authorize|repository does not exist/i.test(words)) {
    return 'the registry has no such image, or does not show it to everybody'
  }
  if (/manifest unknown|not found/i.test(words)) return 'the registry has no such image'
  if (/toomanyrequests|429/i.test(words)) return 'the registry has had too many requests'
  return words.split(': ').slice(-2).join(': ')
}

function missingFile({ step, said }: FailedBuild): Words | undefined {
  const found =
    /(?:failed to (?:compute|calculate)[^"]*"([^"]+)": not found|"([^"]+)" not found: not found|lstat (\S+): no such file)/i.exec(
      said,
    )
  const path = found?.[1] ?? found?.[2] ?? found?.[3]
  if (path === undefined) return undefined
  const where = step?.n === undefined ? '' : `${step.name}: `
  return {
    message: `${where}there is no ${path.replace(/^\//, '')} in the repository.`,
    remedy: 'Push it, correct the path, or take it out of .dockerignore.',
  }
}

function failedStep({ step, said, installs, files }: FailedBuild): Words {
  if (step === undefined)
    return { message: `The engine could not build the image: ${sentence(said)}`, remedy: tryAgain }
  const code = /exit code: (\d+)/.exec(step.error)?.[1]
  if (code === '137') {
    return {
      message: `${placed(step)} was ended, most likely because the machine had no memory left for it.`,
      remedy: 'Do less at once in that step, or ask the operator for more memory.',
    }
  }
  if (installs === 'requirements') return explainFailure(step.output, files)
  if (installs === 'debian') return debian(step.output, files.find(({ path }) => path === 'packages.txt')?.text ?? '')
  if (code === undefined) return { message: `${placed(step)} failed: ${sentence(step.error)}`, remedy: tryAgain }
  const words = lastErrors(step.output)
  return {
    message: `${placed(step)} ended with exit code ${code}${words === '' ? '.' : `: ${words}`}`,
    remedy:
      code === '127'
        ? 'Install the program in an earlier step, or correct its name.'
        : 'Correct that step; the log above has all that it printed.',
  }
}

function placed({ n, of, name }: FailedStep): string {
  return n === undefined ? clipped(name, 160) : `Step ${n} of ${of} (${clipped(name, 160)})`
}

function debian(output: string, listed: string): Words {
  const name =
    /E: Unable to locate package (\S+)/.exec(output)?.[1] ??
    /E: Package '([^']+)' has no installation candidate/.exec(output)?.[1] ??
    /E: Couldn't find any package by (?:glob|regex) '([^']+)'/.exec(output)?.[1]
  const version = /E: Version '([^']+)' for '([^']+)' was not found/.exec(output)
  const line = lineOfPackage(listed, name ?? version?.[2])
  const where = line === undefined ? 'packages.txt: ' : `packages.txt, line ${line}: `
  if (name !== undefined) {
    return {
      message: `${where}there is no Debian package named ${name}.`,
      remedy: 'Correct its name; packages.debian.org lists them.',
    }
  }
  if (version !== null) {
    return {
      message: `${where}there is no version ${version[1]} of ${version[2]}.`,
      remedy: 'Leave the version out, or choose one that Debian has.',
    }
  }
  if (/Could not resolve|Failed to fetch|Unable to connect|Temporary failure/.test(output)) {
    return {
      message: `Debian's packages could not be fetched: ${lastErrors(output)}`,
      remedy: 'Try again; when it stays so, the operator should look at the network of this machine.',
      isUnreached: true,
    }
  }
  return {
    message: `Debian's packages could not be installed: ${lastErrors(output)}`,
    remedy: 'Correct packages.txt; the log above has what apt said.',
  }
}

function lineOfPackage(listed: string, name: string | undefined): number | undefined {
  if (name === undefined) return undefined
  const index = listed.split('\n').findIndex((line) => line.trim().split(/[\s:=#]/)[0] === name.split(':')[0])
  return index === -1 ? undefined : index + 1
}

/** What a program said last, errors before the rest; one line. */
export function lastErrors(output: string): string {
  const lines = output
    // eslint-disable-next-line no-control-regex
    .replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const errors = lines.filter((line) =>
    /\b(error|fatal|failed|cannot|not found|no such|denied|exception)\b|^E: |^npm ERR!|\w+Error\b/i.test(line),
  )
  return clipped((errors.length > 0 ? errors.slice(-3) : lines.slice(-1)).join(' '), 400)
}

function sentence(words: string): string {
  const line = clipped(words.trim().replace(/\s+/g, ' '), 400)
  return /[.!?…]$/.test(line) ? line : `${line}.`
}

function clipped(words: string, longest: number): string {
  return words.length > longest ? `${words.slice(0, longest)}…` : words
}
