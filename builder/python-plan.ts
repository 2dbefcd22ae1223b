/** How a Python app is installed and started: its Python, its packages, its command (pure). */
import { appFileOf } from './app-file.ts'
import { type CommitFiles, plainText } from './commit-files.ts'
import { readDebianPackages } from './debian-packages.ts'
import type { Asked, PlanCard, PlanSettings } from './plan.ts'
import { PlanError, shown } from './plan-error.ts'
import { defaultPort } from './port.ts'
import { checkedPython } from './python-version.ts'
import { readRequirementFiles } from './requirement-files.ts'

export async function planPython(
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

/** A plain Python web server says `sdk: gradio` too, so Gradio comes only when its version is given or a requirement asks for it. */
function sdkRequirements(sdk: 'gradio' | 'streamlit', version: string | undefined): readonly string[] {
  if (version !== undefined) return [`${sdk}==${version}`]
  return sdk === 'streamlit' ? ['streamlit'] : []
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
