/** How a repository's own Dockerfile is built (pure). */
import type { CommitFiles } from './commit-files.ts'
import type { PlanCard, PlanSettings } from './plan.ts'
import { PlanError } from './plan-error.ts'
import { defaultPort } from './port.ts'

const dockerfile = 'Dockerfile'

export function planDockerfile(
  card: PlanCard,
  files: CommitFiles,
  settings: PlanSettings,
  warnings: readonly string[],
) {
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
