/** Which Python of this machine a card's `python_version` means (pure). */
import { PlanError, shown } from './plan-error.ts'

export function checkedPython(wanted: string, pythons: readonly string[]): string {
  if (!/^3\.\d{1,2}(\.\d{1,2})?$/.test(wanted)) {
    throw new PlanError(
      'CONFIG_ERROR',
      `python_version ${shown(wanted)} is not a Python version.`,
      'Write it as "3.11" or "3.11.2", in quotes.',
      'python_version',
    )
  }
  if (pythonFor(wanted, pythons) !== undefined) return wanted
  const available = pythons.length === 0 ? 'none at all' : pythons.join(', ')
  throw new PlanError(
    'CONFIG_ERROR',
    `Python ${wanted} is not on this machine.`,
    `Leave python_version out or choose one that is there: ${available}.`,
    'python_version',
  )
}

/**
 * The newest of `pythons` (newest first) that is `wanted` or one of its patch versions; one without a patch (`3.12`) stands
 * for each of its patch versions.
 */
export function pythonFor(wanted: string | undefined, pythons: readonly string[]): string | undefined {
  if (wanted === undefined) return pythons[0]
  return (
    pythons.find((version) => version === wanted || version.startsWith(`${wanted}.`)) ??
    pythons.find((version) => /^\d+\.\d+$/.test(version) && wanted.startsWith(`${version}.`))
  )
}
