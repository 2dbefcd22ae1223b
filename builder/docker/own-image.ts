/** The image of a Space that brings its own Dockerfile. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError, type LogSink } from '../builder.ts'
import { certificatesPath, certificatesSecret } from '../dockerfile.ts'
import { certificatesAt } from './build-environment.ts'
import { failureOf } from './failure.ts'
import { readInside } from './folders.ts'
import { ignoreRules, removeIgnored } from './ignore.ts'
import { labelsOf } from './images.ts'
import { keyOf } from './keys.ts'
import { fitDockerfile, type OwnDockerfile } from './own-dockerfile.ts'
import { proxies } from './python.ts'
import type { Kitchen, Recipe } from './recipe.ts'

export type Surroundings = {
  /** Whether the engine's BuildKit reads `<<EOF`. */
  heredocs: boolean
  /** Names that images of other Spaces begin with. */
  reserved: readonly string[]
  /** The engine's id of an image; undefined when it has none of that name. */
  id: (name: string) => Promise<string | undefined>
}

/** Bytes. */
const longestDockerfile = 256 * 1024
const mostIgnoreRules = 1000

/** An argument that every stage has: layers that a secret or a cache had part in are found by their owner only. */
const scopeArg = 'PLAZA_OWNER'

/** @param source the commit's files. @throws BuildError */
export async function ownImageRecipe(
  kitchen: Kitchen,
  dockerfile: string,
  source: string,
  surroundings: Surroundings,
  log: LogSink,
): Promise<Recipe> {
  const { request, environment, names, tree, builder } = kitchen
  const written = await readInside(source, dockerfile, longestDockerfile)
  if (written === undefined) {
    throw new BuildError('resolving', `${dockerfile} is not a plain file.`, 'Push it as a text file below 256 KB.')
  }
  const told = environment.certificates === undefined ? {} : certificatesAt(certificatesPath)
  const platform = { ...withoutPasswords(environment.variables), ...told }
  const fitted = fitDockerfile(written, {
    heredocs: surroundings.heredocs,
    mounts:
      environment.certificates === undefined
        ? ''
        : `--mount=type=secret,id=${certificatesSecret},target=${certificatesPath},mode=0444 `,
    args: [scopeArg, ...Object.keys(platform).filter((name) => !isPredefined(name))],
    variables: request.variables,
    reserved: surroundings.reserved,
  })
  for (const remark of fitted.remarks) log.write(`${remark}\n`)
  const buildArgs = {
    ...declared(fitted, request.variables),
    ...platform,
    ...proxies(environment.variables),
    [scopeArg]: names.of('layers', request.cacheScope),
    BUILDKIT_CACHE_MOUNT_NS: names.of('caches', request.cacheScope),
  }
  const bases = await Promise.all(fitted.images.map(async (name) => [name, await surroundings.id(name)]))
  const key = keyOf({ format: 1, builder, dockerfile: fitted.text, path: dockerfile, buildArgs, bases, tree })
  return {
    key,
    writable: undefined,
    prepare: async (folder) => {
      const context = join(folder, 'app')
      await leaveOut(context, dockerfile)
      // It may be a link.
      await rm(join(context, dockerfile), { force: true })
      await writeFile(join(context, dockerfile), fitted.text)
      return {
        context,
        dockerfile,
        labels: labelsOf(key, kitchen.builder),
        buildArgs,
        fresh: request.fresh,
        path: kitchen.path,
        secrets: secretsOf(kitchen),
        credentials: kitchen.credentials,
        steps: [],
        name: (step) => step.replace(injected, ''),
        python: '',
        holdErrors: false,
        failure: (failed) => failureOf({ ...failed, files: [], base: 'author', lineOf: fitted.lineOf }),
      }
    },
  }
}

const injected = new RegExp(`--mount=type=secret,id=${certificatesSecret},\\S+ `)

/** The author's secrets by their names; the platform's own by names that no variable can have. */
function secretsOf({ request, environment }: Kitchen): ReadonlyMap<string, Buffer> {
  const secrets = new Map<string, Buffer>(
    Object.entries(request.secrets).map(([name, value]) => [name, Buffer.from(value)]),
  )
  if (environment.certificates !== undefined) secrets.set(certificatesSecret, environment.certificates)
  return secrets
}

/** Others would make every layer anew when they change. BuildKit obeys those of its own name. */
function declared({ args }: OwnDockerfile, variables: Readonly<Record<string, string>>) {
  const names = args.filter((name) => variables[name] !== undefined && !/^BUILDKIT_/i.test(name) && name !== scopeArg)
  return Object.fromEntries(names.map((name) => [name, variables[name] ?? '']))
}

/** Build arguments are written into an image's history. */
function withoutPasswords(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => !/\/\/[^/\s]*@/.test(value)))
}

function isPredefined(name: string): boolean {
  return /^(https?|no|all|ftp)_proxy$/i.test(name)
}

async function leaveOut(context: string, dockerfile: string): Promise<void> {
  const own = await readInside(context, `${dockerfile}.dockerignore`, longestDockerfile)
  const written = own ?? (await readInside(context, '.dockerignore', longestDockerfile))
  if (written === undefined) return
  const rules = ignoreRules(written)
  if (rules.length > mostIgnoreRules) {
    throw new BuildError('resolving', `.dockerignore has more than ${mostIgnoreRules} lines.`, 'Name folders instead.')
  }
  await removeIgnored(context, rules, [dockerfile, '.dockerignore'])
}
