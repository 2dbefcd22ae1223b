/** What has to be done to run a repository, decided from its card and files alone (pure). */
import type { CommitFiles } from './commit-files.ts'
import { planDockerfile } from './dockerfile-plan.ts'
import { defaultPort } from './port.ts'
import { planPython } from './python-plan.ts'
import { planStatic } from './static-plan.ts'

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

export type PlanSettings = {
  /** Full versions that builds can use, newest first (`Builder.pythons`). */
  pythons: readonly string[]
  /** Whether the builder makes container images (`Builder.containers`). */
  containers: boolean
}

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
