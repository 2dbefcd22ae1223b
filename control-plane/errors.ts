/** The errors that a caller can meet: a stable code, an HTTP status, a sentence, and what to do about it. */

const statuses = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  repo_not_found: 404,
  // The same to someone who has not signed in: it may be there, for others.
  repo_hidden: 401,
  revision_not_found: 404,
  entry_not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unprocessable: 422,
  rate_limited: 429,
  unavailable: 503,
} as const

export type ErrorCode = keyof typeof statuses

/** What the hub's clients read from `X-Error-Code` (huggingface_hub, `hf_raise_for_status`). */
const hubCodes: Partial<Record<ErrorCode, string>> = {
  repo_not_found: 'RepoNotFound',
  repo_hidden: 'RepoNotFound',
  revision_not_found: 'RevisionNotFound',
  entry_not_found: 'EntryNotFound',
}

export class PlazaError extends Error {
  readonly code: ErrorCode
  /** What the caller can do, one sentence; empty where the message already says it. */
  readonly remedy: string
  /** Further fields of the JSON answer, e.g. the `url` that a 409 of repos/create carries. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, remedy = '', fields: Record<string, unknown> = {}) {
    super(message)
    this.name = 'PlazaError'
    this.code = code
    this.remedy = remedy
    this.fields = fields
  }

  get status(): number {
    return statuses[this.code]
  }

  get hubCode(): string | undefined {
    return hubCodes[this.code]
  }
}
