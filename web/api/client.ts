import { said as inWords } from '../words/said.ts'
import { words } from '../words/shared.ts'
import { setServerTime } from './clock.ts'

/** An answer that says no: a sentence, what to do about it, and the id under which the server logged it. */
export class ApiError extends Error {
  readonly status: number
  readonly remedy: string
  readonly requestId: string
  /** Which of a form's fields is wrong, where it is one. */
  readonly field: string
  constructor(status: number, message: string, remedy = '', requestId = '', field = '') {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.remedy = remedy
    this.requestId = requestId
    this.field = field
  }
}

const patience = 30_000

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What a refusal's body says. */
async function refusal(response: Response): Promise<ApiError> {
  const body: Record<string, unknown> = await response.json().catch(() => ({}))
  const remedy = text(body['remedy'])
  // For clients that show one field only, `error` ends with the remedy; here each has its own place.
  const said = text(body['error']) || text(body['message']) || words().failure.answered(response.status)
  const message = remedy && said.endsWith(remedy) ? said.slice(0, -remedy.length).trim() : said
  const requestId = text(body['requestId']) || (response.headers.get('x-request-id') ?? '')
  return new ApiError(response.status, inWords(message), inWords(remedy), requestId, text(body['field']))
}

/**
 * Asks the platform and returns a good answer, whatever it holds.
 * @throws ApiError with status 0 when there was no answer within `limit` milliseconds.
 */
export async function ask(
  path: string,
  init: RequestInit = {},
  signal?: AbortSignal,
  limit = patience,
): Promise<Response> {
  const timeout = AbortSignal.timeout(limit)
  let response: Response
  try {
    response = await fetch(path, { ...init, signal: signal ? AbortSignal.any([signal, timeout]) : timeout })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, words().failure.noAnswer, words().failure.checkConnection)
  }
  setServerTime(response.headers.get('date'))
  if (!response.ok) throw await refusal(response)
  return response
}

/** Asks the platform for JSON; `T` is what the route is known to answer (api/types.ts). @throws ApiError */
export async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> =
    body === undefined ? { accept: 'application/json' } : { 'content-type': 'application/json' }
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await ask(path, { method, headers, ...json }, signal)
  const answer = await response.text()
  try {
    return JSON.parse(answer) as T
  } catch {
    // `DELETE /api/repos/delete` answers plain "OK", as the hub does.
    return answer as T
  }
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>('GET', path, undefined, signal)
}

export function post<T>(path: string, body: unknown = {}): Promise<T> {
  return request<T>('POST', path, body)
}
