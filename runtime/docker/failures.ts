/** What went wrong between the platform and the engine. */
import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds. */
const retryEvery = 250

/** The HTTP status that the engine answered with. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined
}

export const isMissing = (error: unknown): boolean => statusOf(error) === 404
/** Already so, or just becoming so. */
export const isConflict = (error: unknown): boolean => statusOf(error) === 409
export const isUnchanged = (error: unknown): boolean => statusOf(error) === 304

/** It did not answer, or is going down: whether it did what it was asked is not known. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (/^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_)/.test(code) || /socket hang up|aborted/.test(error.message))
    return true
  const goesDown =
    /shutting down|transport is closing|connection error|code = Unavailable|context canceled|database not open/
  return statusOf(error) === 503 || (statusOf(error) === 500 && goesDown.test(error.message))
}

/** It failed itself, be it for good or because it is about to go down: nobody can tell from its words. */
export const isRefusal = (error: unknown): boolean => (statusOf(error) ?? 0) >= 500

/** The engine's own words, without what dockerode puts around them. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const answered = 'json' in error && typeof error.json === 'object' && error.json !== null ? error.json : {}
  const words = 'message' in answered && typeof answered.message === 'string' ? answered.message : error.message
  return words.trim()
}

/** Does it again while the engine is away, for at most `limit` milliseconds. The work must bear being done twice. */
export async function patiently<T>(work: () => Promise<T>, limit = 30_000): Promise<T> {
  const deadline = Date.now() + limit
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isAway(error) || Date.now() >= deadline) throw error
      await delay(retryEvery)
    }
  }
}
