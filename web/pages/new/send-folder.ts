/** The files of a folder as one commit, with every byte of the way told. */
import { ApiError } from '../../api/client.ts'
import { commitAddress, commitLines } from '../../api/commit.ts'
import { words } from '../../words/create.ts'
import type { Chosen } from '../files/upload-list.ts'

export type Sending =
  | { step: 'reading' }
  /** `done`: files whose last byte is on its way. */
  | { step: 'sending'; done: number; sent: number; all: number }
  | { step: 'recording' }

const patience = 600_000

/** @throws ApiError */
export async function sendFolder(
  id: string,
  files: readonly Chosen[],
  onStep: (sending: Sending) => void,
): Promise<void> {
  onStep({ step: 'reading' })
  const changes = files.map(({ path, file }) => ({ put: path, content: file }))
  const lines = await commitLines({ summary: words().folder.summary, parent: undefined, changes })
  const blobs = lines.map((line) => new Blob([line]))
  let end = 0
  const ends = blobs.map(({ size }) => (end += size))
  const all = end
  // Only this old way of asking tells how much has been sent.
  const request = new XMLHttpRequest()
  request.open('POST', commitAddress(id))
  request.setRequestHeader('content-type', 'application/x-ndjson')
  request.timeout = patience
  request.upload.addEventListener('progress', ({ loaded }) => {
    // The first line is the header.
    const done = ends.filter((at) => at <= loaded).length - 1
    onStep({ step: 'sending', done: Math.max(0, done), sent: loaded, all })
  })
  request.upload.addEventListener('load', () => onStep({ step: 'recording' }))
  await new Promise<void>((resolve, reject) => {
    const broken = () => reject(new ApiError(0, words().folder.unanswered, words().folder.tryAgain))
    request.addEventListener('error', broken)
    request.addEventListener('timeout', broken)
    request.addEventListener('load', () => {
      if (request.status < 300) resolve()
      else reject(refusalOf(request))
    })
    request.send(new Blob(blobs))
  })
}

function refusalOf(request: XMLHttpRequest): ApiError {
  let said: { error?: string; remedy?: string } = {}
  try {
    said = JSON.parse(request.responseText) as typeof said
  } catch {
    // A proxy's page: its status is all that it tells.
  }
  const remedy = said.remedy ?? ''
  const message = said.error ?? `${request.status} ${request.statusText}`
  return new ApiError(
    request.status,
    remedy && message.endsWith(remedy) ? message.slice(0, -remedy.length).trim() : message,
    remedy,
  )
}
