/**
 * The Dockerfiles that the platform writes: of a Python Space, and of a site that a command makes (pure).
 *
 * Layers stand in the order in which they change, so that a push of `app.py` makes the last one only. What a build needs
 * and an image must not keep (tools, certificates, addresses of package indexes, caches) is mounted below `/dev/shm`,
 * a tmpfs of the build's own: there not even an empty folder is left behind.
 */
import type { PythonPlan } from './plan.ts'

export type PythonImage = {
  /** What the image is built upon; it has `python3` and `sh`. */
  base: string
  /** An image whose only file is `/uv`. */
  uv: string
  /** `wheels`: nothing is built, so no stranger's code runs. */
  mode: 'wheels' | 'sources'
  /** Ids of cache mounts; nobody else can guess them. */
  caches: { debian: string; python: string }
  /** Stands for the index that was chosen and, where strangers' code runs, for whose it is: layers are shared by it. */
  layer: string
  /** Packages get bytecode, in a layer of its own: what was installed, as 64 hex digits. Undefined: none. */
  bytecode?: string | undefined
}

/** One step as people read it; `installs` says what it brings. */
export type DockerfileStep = { name: string; installs?: 'requirements' | 'debian' | 'bytecode' }

export type GeneratedDockerfile = {
  text: string
  /** In the order in which BuildKit counts them, the first is its number 1. */
  steps: readonly DockerfileStep[]
}

/** Where a build finds what is mounted for it. */
export const buildFolder = '/dev/shm/plaza'
/** The user's home folder and below it the app's files, as on Hugging Face. */
export const home = '/home/user'
/** Set when nothing that was looked up before may be used again. */
export const refreshVariable = 'PLAZA_REFRESH'
/** Set where bytecode may be compiled; elsewhere it is taken from BuildKit's cache, or that step fails at once. */
export const compileVariable = 'PLAZA_COMPILE'

/** Of the context: `app/` the commit's files, `requirements/` what installing needs of them, and this file. */
export const sdkFile = 'sdk-requirements.txt'

export type PythonDockerfile = GeneratedDockerfile & {
  /** The text of the layers that packages are in, equal for all versions of an app; undefined: nothing is installed. */
  environment: string | undefined
}

type Layer = { step: DockerfileStep; text: string }

/** @throws Error for a name that a shell or a Dockerfile could read as anything else. */
export function pythonDockerfile(plan: PythonPlan, image: PythonImage): PythonDockerfile {
  const layers: Layer[] = [
    { step: { name: `FROM ${image.base}` }, text: `FROM ${image.base}\n${variables}` },
    { step: { name: 'RUN add user 1000' }, text: `RUN ${joined(addUser)}` },
    { step: { name: `WORKDIR ${home}/app` }, text: `WORKDIR ${home}/app` },
  ]
  if (plan.systemPackages.length > 0) layers.push(debianPackages(plan.systemPackages, image))
  layers.push(...pythonPackages(plan, image))
  const environment = layers.some(({ step }) => step.installs === 'requirements') ? textOf(layers) : undefined
  if (environment !== undefined && image.bytecode !== undefined) layers.push(bytecode(image.bytecode))
  layers.push({
    step: { name: `COPY . ${home}/app` },
    text: `COPY --chown=1000:1000 app/ ${home}/app/\nUSER 1000:1000`,
  })
  return { text: textOf(layers), steps: layers.map(({ step }) => step), environment }
}

function textOf(layers: readonly Layer[]): string {
  return `${layers.map(({ text }) => text).join('\n\n')}\n`
}

const variables = `ENV HOME=${home} VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:${home}/.local/bin:$PATH`

/** Written by hand: small images have no `useradd`. The app's files come later, and belong to that user too. */
const addUser = [
  `{ grep -q '^[^:]*:[^:]*:1000:' /etc/group || echo 'user:x:1000:' >> /etc/group; }`,
  `{ grep -q '^[^:]*:[^:]*:1000:' /etc/passwd || echo 'user:x:1000:1000::${home}:/bin/sh' >> /etc/passwd; }`,
  `mkdir -p ${home}/app`,
  `chown -R 1000:1000 ${home}`,
]

/** Lists and archives lie elsewhere than usual, for images of Debian's empty the usual places after each installation. */
function debianPackages(packages: readonly string[], { caches }: PythonImage) {
  const folder = `${buildFolder}/apt`
  const options = [
    `-o Dir::State::lists=${folder}/lists`,
    `-o Dir::Cache::archives=${folder}/archives`,
    '-o APT::Sandbox::User=root',
    '-o Acquire::Retries=3',
    '${SSL_CERT_FILE:+-o Acquire::https::CaInfo=$SSL_CERT_FILE}',
    '-qq',
  ].join(' ')
  const names = packages.map((name) => quoted(checked(name, /^[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?(=[\w.+:~-]+)?$/)))
  return {
    step: { name: `RUN apt-get install ${packages.join(' ')}`, installs: 'debian' as const },
    text: run(
      [`type=cache,id=${caches.debian},target=${folder},sharing=locked`],
      [
        `mkdir -p ${folder}/lists/partial ${folder}/archives/partial`,
        `apt-get ${options} update`,
        `DEBIAN_FRONTEND=noninteractive apt-get ${options} -o Dpkg::Use-Pty=0 install -y --no-install-recommends -- ${names.join(' ')}`,
      ],
    ),
  }
}

/** `pre-requirements.txt` is installed by itself, everything else is resolved together, as Hugging Face does it. */
function pythonPackages(plan: PythonPlan, image: PythonImage) {
  const paths = plan.requirements.map(({ path }) => checked(path, /^[\w.][\w./-]*$/))
  const before = paths.filter((path) => path === 'pre-requirements.txt')
  const last = paths.filter((path) => path !== 'pre-requirements.txt')
  const sdk = plan.sdkRequirements.length > 0 ? [sdkFile] : []
  const groups = [before, [...last, ...sdk]].filter((files) => files.length > 0)
  const venv = `${buildFolder}/uv venv --quiet --python python3 /opt/venv`
  if (groups.length === 0) return [{ step: { name: 'RUN uv venv' }, text: run([uvMount(image)], [venv]) }]
  return groups.map((files, index) => ({
    step: {
      name: `RUN uv pip install ${files.map((file) => `-r ${file}`).join(' ')}`,
      installs: 'requirements' as const,
    },
    text: run(
      [
        uvMount(image),
        `type=bind,source=build,target=${buildFolder}/build,rw`,
        `type=cache,id=${image.caches.python},target=${buildFolder}/cache`,
      ],
      [...(index === 0 ? [venv] : []), `cd ${buildFolder}/build/requirements`, install(files, image)],
    ),
  }))
}

/**
 * Packages are read and never run, behind whatever else the engine's machine does. What was installed is named, for
 * BuildKit would give the bytecode of an installation, and that with it, where a fresh build has made another since.
 */
function bytecode(installed: string): Layer {
  const nice = "$(test -x /usr/bin/nice && echo '/usr/bin/nice -n 19')"
  const python = '/opt/venv/bin/python -I -S'
  // Docker's own images of Python come without the standard library's: 0.3 s of a Gradio app's start.
  const library = `"$(${python} -c 'import os; print(os.path.dirname(os.__file__))')"`
  const compile = `${nice} ${python} -m compileall -q /opt/venv/lib ${library}`
  return {
    step: { name: 'RUN compile bytecode', installs: 'bytecode' },
    text: run(
      [],
      [
        `test -n "$${compileVariable}"`,
        // 1: some file does not compile, which is its author's affair; the others are done.
        `{ PLAZA_LAYER=${checked(installed, /^[0-9a-f]{64}$/)} ${compile} || test $? -eq 1; }`,
      ],
    ),
  }
}

export type SiteImage = {
  /** With `node`, `npm` and `sh`. */
  base: string
  /** Id of npm's cache, its owner's own. */
  cache: string
  /** Whose it is: strangers' code runs, so layers are shared with nobody else. */
  layer: string
  /** As its author wrote it; the context has it in `build/command`. */
  command: string
  npm: 'ci' | 'install' | undefined
}

/** The site's files are below the app's folder of the image that this makes. */
export function siteDockerfile({ base, cache, layer, command, npm }: SiteImage): GeneratedDockerfile {
  const npmCache = `type=cache,id=${cache},target=${buildFolder}/npm,uid=1000,gid=1000,mode=0755`
  const script = `type=bind,source=build,target=${buildFolder}/build`
  const layers: Layer[] = [
    { step: { name: `FROM ${base}` }, text: `FROM ${base}\nENV HOME=${home}` },
    { step: { name: 'RUN add user 1000' }, text: `RUN ${joined(addUser)}` },
    { step: { name: `WORKDIR ${home}/app` }, text: `WORKDIR ${home}/app` },
    {
      step: { name: `COPY . ${home}/app` },
      text: `COPY --chown=1000:1000 app/ ${home}/app/\nUSER 1000:1000`,
    },
  ]
  if (npm !== undefined) {
    const options = `--cache=${buildFolder}/npm --no-audit --no-fund --no-update-notifier`
    layers.push({
      step: { name: `RUN npm ${npm}` },
      text: run([npmCache], [`PLAZA_LAYER=${layer} npm ${npm} ${options}`]),
    })
  }
  layers.push({
    step: { name: `RUN ${command}` },
    text: run([npmCache, script], [`PLAZA_LAYER=${layer} sh ${buildFolder}/build/command`]),
  })
  return { text: textOf(layers), steps: layers.map(({ step }) => step) }
}

function install(files: readonly string[], { mode, layer }: PythonImage): string {
  return [
    `PLAZA_LAYER=${layer}`,
    `${buildFolder}/uv pip install`,
    '--python=/opt/venv/bin/python',
    '--no-editable',
    `--cache-dir=${buildFolder}/cache`,
    '--link-mode=copy',
    ...(mode === 'wheels' ? ['--no-build'] : []),
    // Not in the text, or the layer that a fresh build makes would be found by fresh builds only.
    `\${${refreshVariable}:+--refresh}`,
    ...files.map((file) => `-r ${quoted(file === sdkFile ? `../${sdkFile}` : file)}`),
  ].join(' ')
}

function uvMount({ uv }: PythonImage): string {
  return `type=bind,from=${uv},source=/uv,target=${buildFolder}/uv`
}

/** What package tools must know of this machine comes as secrets: those are in no layer, no history and no key. */
export const environmentSecret = 'plaza-environment'
export const certificatesSecret = 'plaza-certificates'
export const certificatesPath = `${buildFolder}/certificates.pem`

function run(mounts: readonly string[], commands: readonly string[]): string {
  const all = [
    `type=secret,id=${environmentSecret},target=${buildFolder}/environment,mode=0444`,
    `type=secret,id=${certificatesSecret},target=${certificatesPath},mode=0444`,
    ...mounts,
  ]
  const words = joined([`. ${buildFolder}/environment`, ...commands])
  return `RUN ${all.map((mount) => `--mount=${mount} \\\n    `).join('')}${words}`
}

function joined(commands: readonly string[]): string {
  return commands.join(' && \\\n    ')
}

function checked(name: string, pattern: RegExp): string {
  if (pattern.test(name)) return name
  throw new Error(`Not a name for a Dockerfile: ${JSON.stringify(name)}`)
}

function quoted(word: string): string {
  return `'${word}'`
}
