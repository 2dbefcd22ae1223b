/** What is wrong with a commit that cannot be built, and how faults quote what people wrote. */

/** Keys of the card as the README writes them. */
export type CardField = 'sdk' | 'sdk_version' | 'python_version' | 'app_file' | 'app_build_command'

/** Why a commit cannot be built at all, in words for the person who pushed. */
export class PlanError extends Error {
  readonly stage: 'CONFIG_ERROR' | 'NO_APP_FILE'
  /** What to do about it, one sentence. */
  readonly remedy: string
  /** The key of the card that is at fault: whoever has the README can name its line. */
  readonly field: CardField | undefined
  constructor(stage: 'CONFIG_ERROR' | 'NO_APP_FILE', message: string, remedy: string, field?: CardField) {
    super(message)
    this.name = 'PlanError'
    this.stage = stage
    this.remedy = remedy
    this.field = field
  }
}

/** What people wrote, safe to show on one line. */
export function shown(text: string): string {
  const line = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
  return /^[\w./-]+$/.test(text) ? text : line
}
