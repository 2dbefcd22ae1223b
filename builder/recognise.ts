/** What a repository is that has no card saying so, decided from its files alone (pure). */
import { pythonOfConda, readConda } from './conda.ts'
import { needsOf } from './needs.ts'
import { type CommitFiles, plainText } from './commit-files.ts'
import type { Asked, PlanCard, PlanSettings } from './plan.ts'
import { PlanError, shown } from './plan-error.ts'
import { defaultPort } from './port.ts'
import { webCommand } from './procfile.ts'
import { packageName, readRequirements } from './requirements.ts'

export type Recognised = {
  /** What a card would say. */
  card: PlanCard
  asked: Asked
  /** The file that told it. */
  file: string
  /** What is made of it, as the end of a sentence: `Python 3.11 with numpy, streamlit; it runs app.py`. */
  what: string
}

/** What would have been recognised, as the end of a sentence. */
export const recognisable =
  'a Dockerfile, environment.yml, requirements.txt beside a Procfile or an app.py, or index.html'

type Seen = { files: CommitFiles; said: Partial<PlanCard>; settings: PlanSettings }

/** The first that is there decides; what this machine can do does not, so that a repository is the same everywhere. */
const kinds = [ofBuildCommand, ofDockerfile, ofConda, ofProcfile, ofRequirements, ofPage] as const

/**
 * @param said what a card without `sdk` says all the same; it counts before what the files say.
 * @returns undefined where nothing tells. @throws PlanError where what tells it has a fault.
 */
export async function recognise(
  files: CommitFiles,
  said: Partial<PlanCard>,
  settings: PlanSettings,
): Promise<Recognised | undefined> {
  for (const kind of kinds) {
    const found = await kind({ files, said, settings })
    if (found === undefined) continue
    const { card } = found
    return {
      ...found,
      card: {
        sdk: card.sdk,
        sdkVersion: said.sdkVersion,
        pythonVersion: said.pythonVersion ?? card.pythonVersion,
        appFile: said.appFile ?? card.appFile,
        appPort: said.appPort ?? card.appPort,
        appBuildCommand: said.appBuildCommand,
      },
    }
  }
  return undefined
}

/** Only a static site has one. */
async function ofBuildCommand({ said }: Seen): Promise<Recognised | undefined> {
  if (said.appBuildCommand === undefined) return undefined
  return {
    card: { sdk: 'static' },
    asked: {},
    file: 'README.md',
    what: 'a static site that its app_build_command makes',
  }
}

async function ofDockerfile({ files, said }: Seen): Promise<Recognised | undefined> {
  if (!isFile(files, 'Dockerfile')) return undefined
  const exposed = exposedPort(await plainText('Dockerfile', files))
  const port = said.appPort ?? exposed ?? defaultPort
  const why = said.appPort === undefined && exposed !== undefined ? ', which it exposes' : ''
  return {
    card: { sdk: 'docker', ...(exposed === undefined ? {} : { appPort: exposed }) },
    asked: {},
    file: 'Dockerfile',
    what: `its image listens on port ${port}${why}`,
  }
}

/** The one port that the last stage exposes in figures. */
export function exposedPort(dockerfile: string): number | undefined {
  const lines = dockerfile.replaceAll(/\\[ \t]*\r?\n/g, ' ').split(/\r?\n/)
  const lastStage = lines.slice(lines.findLastIndex((line) => /^\s*FROM\s/i.test(line)) + 1)
  const ports = lastStage
    .flatMap((line) => /^\s*EXPOSE\s+(.*)$/i.exec(line)?.[1]?.trim().split(/\s+/) ?? [])
    .filter((port) => !port.endsWith('/udp'))
  const [only, ...others] = new Set(ports)
  const port = Number(/^(\d{1,5})(?:\/tcp)?$/.exec(only ?? '')?.[1] ?? 0)
  return others.length === 0 && port >= 1 && port <= 65_535 ? port : undefined
}

async function ofConda(seen: Seen): Promise<Recognised | undefined> {
  const { files, said, settings } = seen
  const file = ['environment.yml', 'environment.yaml'].find((path) => isFile(files, path))
  if (file === undefined) return undefined
  const conda = readConda(file, await plainText(file, files))
  const requirements: { path: string; text: string; translated?: true }[] = [
    { path: file, text: conda.requirements, translated: true },
  ]
  for (const path of conda.files.map((written) => written.replace(/^(\.\/)+/, ''))) {
    // What begins with `-` or `@` would be something else to the installer.
    if (!isFile(files, path) || !/^\w[\w./-]*$/.test(path)) {
      throw new PlanError(
        'CONFIG_ERROR',
        `${file} names ${shown(path)}, which is no requirement file of the repository.`,
        `Push it, or correct ${file}.`,
      )
    }
    requirements.push({ path, text: await plainText(path, files) })
  }
  const python = said.pythonVersion === undefined ? condaPython(file, conda.python, settings) : undefined
  const unread = isFile(files, 'requirements.txt') && !conda.files.some((path) => path.endsWith('requirements.txt'))
  const warnings = [
    ...(python?.warnings ?? []),
    ...conda.warnings,
    ...leftOut(file, conda.leftOut, settings),
    ...(unread ? [`requirements.txt is not read, since ${file} is.`] : []),
  ]
  return await pythonApp(seen, file, { requirements, warnings, python: python?.version })
}

function leftOut(file: string, names: readonly string[], { containers }: PlanSettings): readonly string[] {
  if (names.length === 0) return []
  const instead = containers ? ' Name in packages.txt what Debian has of them.' : ''
  return [`${file} asks for ${listed(names, 20)}, which PyPI does not have: left out.${instead}`]
}

function condaPython(
  file: string,
  asked: string | undefined,
  { pythons }: PlanSettings,
): { version: string | undefined; warnings: readonly string[] } {
  const { found, version, instead } = pythonOfConda(asked, pythons)
  if (!found) {
    throw new PlanError(
      'CONFIG_ERROR',
      `${file} asks for Python ${shown(asked ?? '')}, which is not on this machine.`,
      `Ask for one that is there: ${pythons.join(', ') || 'none at all'}.`,
    )
  }
  const warnings =
    instead === undefined ? [] : [`Python ${instead} of ${file} is not here: another patch of ${version} is.`]
  return { version, warnings }
}

async function ofProcfile(seen: Seen): Promise<Recognised | undefined> {
  const { files } = seen
  if (!isFile(files, 'Procfile') || !isFile(files, 'requirements.txt')) return undefined
  const line = webCommand(await plainText('Procfile', files))
  if (line === undefined) return undefined
  // oxlint-disable-next-line no-control-regex -- it is shown on one line
  if (line.length > 1000 || /[\u0000-\u001f\u007f-\u009f]/.test(line)) {
    throw new PlanError(
      'CONFIG_ERROR',
      'The web line of Procfile is no command of one line.',
      'Write at most 1000 characters; longer work belongs in a script.',
    )
  }
  return {
    card: { sdk: /\bstreamlit\s+run\b/.test(line) ? 'streamlit' : 'gradio' },
    asked: { command: ['sh', '-c', line] },
    file: 'Procfile',
    what: `Python with requirements.txt; it runs ${shown(line)}`,
  }
}

async function ofRequirements(seen: Seen): Promise<Recognised | undefined> {
  if (!isFile(seen.files, 'requirements.txt')) return undefined
  return await pythonApp(seen, 'requirements.txt', {})
}

async function ofPage({ files, said }: Seen): Promise<Recognised | undefined> {
  const page = said.appFile ?? 'index.html'
  if (!isFile(files, page) || !/\.html?$/i.test(page)) return undefined
  const asSource = (await hasBuildScript(files))
    ? ' as it is; for what package.json builds, a card needs sdk: static and app_build_command'
    : ''
  return {
    card: { sdk: 'static', appFile: page },
    asked: {},
    file: page,
    what: `a static site that begins with ${shown(page)}${asSource}`,
  }
}

/** Whether `npm run build` would do something. */
export async function hasBuildScript(files: CommitFiles): Promise<boolean> {
  if (!isFile(files, 'package.json')) return false
  const scripts = /"scripts"\s*:\s*\{[^{}]*"build"\s*:/
  return scripts.test(await plainText('package.json', files))
}

const usualApps = ['app.py', 'main.py', 'server.py', 'run.py', 'wsgi.py'] as const

async function pythonApp(
  { files, said }: Seen,
  file: string,
  asks: Pick<Asked, 'requirements' | 'warnings'> & { python?: string | undefined },
): Promise<Recognised | undefined> {
  const texts = asks.requirements?.map(({ text }) => text) ?? [await plainText(file, files)]
  const packages = texts
    .flatMap((text) => readRequirements(text))
    .flatMap((requirement) => (requirement.kind === 'package' ? [requirement.name] : []))
  const asked = new Set(packages)
  const app = said.appFile ?? appOf(files, asked.has('streamlit'))
  if (app === undefined || !app.endsWith('.py') || !isFile(files, app)) return undefined
  const needs = needsOf(app, await plainText(app, files), asked)
  const version = said.pythonVersion ?? asks.python
  const packagesToo = asked.size === 0 ? '' : ` with ${listed([...asked], 6)}`
  const by = needs.command === undefined ? '' : ` by ${needs.command[0]}`
  return {
    card: { sdk: needs.sdk, appFile: app, pythonVersion: version },
    asked: {
      ...(asks.requirements === undefined ? {} : { requirements: asks.requirements }),
      ...(asks.warnings === undefined ? {} : { warnings: asks.warnings }),
      ...(needs.command === undefined ? {} : { command: needs.command }),
      ...(needs.server === undefined ? {} : { sdkRequirements: [needs.server] }),
    },
    file,
    what: `Python${version === undefined ? '' : ` ${shown(version)}`}${packagesToo}; it runs ${shown(app)}${by}`,
  }
}

function appOf(files: CommitFiles, isStreamlit: boolean): string | undefined {
  const usual = (isStreamlit ? ['streamlit_app.py', ...usualApps] : usualApps).find((path) => isFile(files, path))
  if (usual !== undefined) return usual
  const scripts = [...files.keys()].filter((path) => path.endsWith('.py') && !path.includes('/') && isFile(files, path))
  const [only, ...others] = scripts.filter((path) => path !== 'setup.py')
  return others.length === 0 ? only : undefined
}

function isFile(files: CommitFiles, path: string): boolean {
  return files.get(path)?.kind === 'file'
}

/** `a, b and 3 more`. */
function listed(names: readonly string[], most: number): string {
  const unique = [...new Set(names.map((name) => packageName(name)))]
  const first = unique.slice(0, most).join(', ')
  return unique.length <= most ? first : `${first} and ${unique.length - most} more`
}
