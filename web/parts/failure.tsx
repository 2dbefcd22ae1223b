import { ApiError } from '../api/client.ts'
import { together } from '../words/known-sentences.ts'
import { words } from '../words/shared.ts'
import { Button } from './button.tsx'
import { Mark } from './mark.tsx'

/** The words for an error: what happened, and what to do about it. */
export function errorWords(error: unknown): string {
  if (error instanceof ApiError) return together([error.message, error.remedy].filter(Boolean))
  return error instanceof Error ? error.message : String(error)
}

/** An error where content should be, with the way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { failure } = words()
  const requestId = error instanceof ApiError ? error.requestId : ''
  const message = error instanceof Error ? error.message : String(error)
  const remedy = error instanceof ApiError ? error.remedy : ''
  return (
    <div className="empty" role="alert">
      <p>{message}</p>
      {remedy && <p>{remedy}</p>}
      {retry && <Button onClick={retry}>{failure.retry}</Button>}
      {requestId && <small className="mono">{failure.request(requestId)}</small>}
    </div>
  )
}

/** An error beside the form or button that caused it. */
export function Refusal({ error }: { error: unknown }) {
  if (!error) return null
  return (
    <div className="notice bad" role="alert">
      <Mark name="failed" />
      <p>{errorWords(error)}</p>
    </div>
  )
}
