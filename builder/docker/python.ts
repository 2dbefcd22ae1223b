/** The image of a Python Space. */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  buildFolder,
  certificatesPath,
  certificatesSecret,
  compileVariable,
  environmentSecret,
  home,
  pythonDockerfile,
  refreshVariable,
  sdkFile,
  type PythonImage,
} from '../dockerfile.ts'
import type { PythonPlan } from '../plan.ts'
import { needsBuilding } from '../uv-output.ts'
import { asShell, certificatesAt, type BuildEnvironment } from './build-environment.ts'
import { failureOf } from './failure.ts'
import { remove } from '../folders.ts'
import { readInside } from './folders.ts'
import { bytecodeLabel, environmentLabel, labelsOf } from './images.ts'
import { keyOf } from './keys.ts'
import { BytecodeMissing, NeedsBuilding, type Base, type Bytecode, type Kitchen, type Recipe } from './recipe.ts'
import type { BuildRun } from './run-build.ts'
import type { ToolsImage } from './tools-image.ts'

/** In the order in which they are tried. */
export function pythonRecipes(
  kitchen: Kitchen,
  plan: PythonPlan,
  base: Base & { version: string },
  tools: ToolsImage,
): readonly Recipe[] {
  const { request, tree, names, builder } = kitchen
  const { index } = kitchen.environment
  const { requirements, sdkRequirements, includes } = plan
  const modes = plan.indexOnly ? (['wheels', 'sources'] as const) : (['sources'] as const)
  return modes.map((mode) => {
    // What a stranger's code had a hand in is its owner's own; everything else is the same for everybody.
    const scope = mode === 'wheels' ? '' : names.of('python', request.cacheScope)
    const image: PythonImage = {
      base: base.reference,
      uv: tools.reference,
      mode,
      caches: { debian: names.of('debian'), python: names.of('python', mode, scope) },
      layer: [index, scope].filter((part) => part !== '').join('-') || 'shared',
    }
    const dockerfile = pythonDockerfile(plan, image)
    const installs = {
      requirements: requirements.map(({ path, text }) => [path, text]),
      sdkRequirements,
      includes: includes.map(({ path, object }) => [path, object]),
    }
    const key = keyOf({ format: 1, builder, dockerfile: dockerfile.text, base: base.id, tree, ...installs })
    const layers = dockerfile.environment
    const environment =
      layers === undefined ? undefined : keyOf({ format: 1, builder, layers, base: base.id, ...installs })
    return {
      key,
      writable: [home, '/tmp'],
      environment,
      prepare: async (folder, bytecode) => {
        const { text, steps } = pythonDockerfile(plan, { ...image, bytecode: bytecode?.installed })
        await writeContext(folder, plan)
        await writeFile(join(folder, 'Dockerfile'), text)
        const labels = {
          ...labelsOf(key, builder),
          ...(environment && { [environmentLabel]: environment }),
          ...(bytecode && { [bytecodeLabel]: bytecode.installed }),
        }
        return {
          ...runOf(kitchen, folder, labels, bytecode?.from === 'compiled' ? { [compileVariable]: '1' } : {}),
          steps,
          ...failing(plan, mode, await listed(folder), bytecode),
          python: base.version,
        }
      },
    }
  })
}

async function listed(folder: string): Promise<string> {
  return (await readInside(join(folder, 'app'), 'packages.txt', 1_000_000)) ?? ''
}

function failing(plan: PythonPlan, mode: 'wheels' | 'sources', packages: string, bytecode: Bytecode | undefined) {
  const files = [
    ...plan.requirements,
    { path: "the card's sdk_version", text: plan.sdkRequirements.join('\n') },
    { path: 'packages.txt', text: packages },
  ]
  return {
    holdErrors: mode === 'wheels',
    failure: (failed: Parameters<BuildRun['failure']>[0]) => {
      if (failed.installs === 'bytecode' && bytecode?.from === 'cached') return new BytecodeMissing()
      return mode === 'wheels' && failed.installs === 'requirements' && needsBuilding(failed.step?.output ?? '')
        ? new NeedsBuilding()
        : failureOf({ ...failed, files, base: 'operator' })
    },
  }
}

/** What installing needs is a folder of its own, so that no other change of the app's files makes it begin again. */
async function writeContext(folder: string, plan: PythonPlan): Promise<void> {
  const target = join(folder, 'build', 'requirements')
  await remove(join(folder, 'build'))
  await mkdir(target, { recursive: true })
  for (const { path, kind } of plan.includes) {
    if (path !== '') await mkdir(dirname(join(target, path)), { recursive: true })
    await cp(join(folder, 'app', path), join(target, path), { recursive: kind === 'folder', verbatimSymlinks: true })
  }
  for (const { path, text } of plan.requirements) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await writeFile(join(target, path), text)
  }
  await writeFile(join(folder, 'build', sdkFile), plan.sdkRequirements.map((line) => `${line}\n`).join(''))
}

/** What the builds of the platform's own Dockerfiles have in common. @param told variables for their scripts. */
export function runOf(
  kitchen: Kitchen,
  context: string,
  labels: Readonly<Record<string, string>>,
  told: Readonly<Record<string, string>> = {},
) {
  const { request, environment, credentials, path } = kitchen
  return {
    context,
    dockerfile: 'Dockerfile',
    labels,
    buildArgs: proxies(environment.variables),
    fresh: request.fresh,
    path,
    secrets: secretsOf(environment, { ...told, ...(request.fresh ? { [refreshVariable]: '1' } : {}) }),
    credentials,
  }
}

function secretsOf(
  { variables, certificates }: BuildEnvironment,
  told: Readonly<Record<string, string>>,
): ReadonlyMap<string, Buffer> {
  const script = asShell({
    ...variables,
    ...(certificates === undefined ? {} : certificatesAt(certificatesPath)),
    ...toolSettings,
    ...told,
  })
  const secrets = new Map<string, Buffer>([[environmentSecret, Buffer.from(script)]])
  if (certificates !== undefined) secrets.set(certificatesSecret, certificates)
  return secrets
}

/** Which Pythons there are is the operator's choice; configuration comes from the platform alone. */
const toolSettings = {
  UV_PYTHON_DOWNLOADS: 'never',
  UV_NO_CONFIG: '1',
  UV_NO_PROGRESS: '1',
  UV_CACHE_DIR: `${buildFolder}/cache`,
  NO_COLOR: '1',
  LC_ALL: 'C.UTF-8',
}

/** BuildKit gives these to every `RUN`, and keeps them out of history and keys. */
export function proxies(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => /^(https?|no|all|ftp)_proxy$/i.test(name)))
}
