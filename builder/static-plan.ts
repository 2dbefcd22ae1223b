/** How a static site is made: of the commit's files as they are, or by a command of its author's (pure). */
import { appFileOf, builtFileOf } from './app-file.ts'
import type { CommitFiles } from './commit-files.ts'
import type { PlanCard, PlanSettings } from './plan.ts'
import { PlanError } from './plan-error.ts'

export function planStatic(card: PlanCard, files: CommitFiles, settings: PlanSettings, warnings: readonly string[]) {
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
