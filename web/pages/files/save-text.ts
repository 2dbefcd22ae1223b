/** Commits one file's new text, and finds out what stands in the way when somebody was faster. */
import { ApiError } from '../../api/client.ts'
import { commitFiles } from '../../api/commit.ts'
import { get } from '../../api/client.ts'
import { readFile } from '../../api/files.ts'
import { spacePath } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import type { CommitText } from './commit-words.tsx'
import { textOf } from './kind.ts'

/** Where main is now, and the file there; undefined where it is deleted or no text any more. */
export type Theirs = { commit: string; text: string | undefined }

export type Saved = { sha: string } | { conflict: Theirs }

/** Pushes of others that are stepped over before it is left to the person. */
const attempts = 4

async function headOf(id: string): Promise<string | undefined> {
  return (await get<SpaceDetail>(spacePath(id))).commits.repository ?? undefined
}

async function theirsAt(id: string, commit: string, path: string): Promise<string | undefined> {
  try {
    return textOf((await readFile(id, commit, path)).bytes)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/**
 * @param base the text that the change began from; undefined for a new file.
 * @param parent the commit that it was read from.
 * Where main has moved on but the file is as it was, the change goes on top of it.
 */
export async function saveText(change: {
  id: string
  path: string
  text: string
  message: CommitText
  base: string | undefined
  parent: string | undefined
}): Promise<Saved> {
  const { id, path, text, message, base } = change
  let parent = change.parent
  for (let attempt = 1; ; attempt += 1) {
    try {
      const content = new Blob([text])
      return { sha: await commitFiles(id, { ...message, parent, changes: [{ put: path, content }] }) }
    } catch (error) {
      const moved = error instanceof ApiError && error.status === 412
      if (!moved || attempt === attempts) throw error
      const head = await headOf(id)
      const theirs = head === undefined ? undefined : await theirsAt(id, head, path)
      if (theirs !== base) return { conflict: { commit: head ?? '', text: theirs } }
      parent = head
    }
  }
}
