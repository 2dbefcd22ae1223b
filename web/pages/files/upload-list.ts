/** Which of the chosen files are uploaded, and under which paths (pure). */
import { words } from '../../words/files.ts'
import { joined, pathProblem } from './place.ts'
import { sizeWords } from './kind.ts'

export type Chosen = { path: string; file: File }

/** What tools leave behind, and what another machine makes again. */
const leftOut = /(^|\/)(\.git|node_modules|__pycache__|\.venv|venv|\.ipynb_checkpoints|\.DS_Store|Thumbs\.db)(\/|$)/

/** One commit carries at most this: the platform's own limit for what comes through the page. */
export const mostBytes = 50_000_000
const mostFiles = 1000

export type UploadList = {
  files: Chosen[]
  /** Paths that are not taken; with the reason, where it is not the name alone. */
  refused: { path: string; why: string | undefined }[]
  /** Why nothing can be sent, or undefined. */
  problem: string | undefined
  bytes: number
}

/** @param folder where they go; '' is the root. Of two with one path, the one that was chosen last stays. */
export function uploadList(chosen: readonly Chosen[], folder: string): UploadList {
  const files = new Map<string, Chosen>()
  const refused = new Map<string, string | undefined>()
  for (const { path, file } of chosen) {
    if (leftOut.test(path)) {
      // One line for a folder of thousands.
      const root = leftOut.exec(path)
      const end = (root?.index ?? 0) + (root?.[0].length ?? 0)
      refused.set(path.slice(0, end).replace(/\/$/, ''), undefined)
      continue
    }
    const to = joined(folder, path)
    const problem = pathProblem(to)
    if (problem) refused.set(path, problem)
    else files.set(to, { path: to, file })
  }
  const list = [...files.values()]
  const bytes = list.reduce((sum, { file }) => sum + file.size, 0)
  const problem =
    list.length > mostFiles
      ? words().upload.tooMany(mostFiles, list.length)
      : bytes > mostBytes
        ? words().upload.tooLarge(sizeWords(mostBytes))
        : undefined
  return { files: list, refused: [...refused].map(([path, why]) => ({ path, why })), problem, bytes }
}

export function uploadTitle(files: readonly Chosen[]): string {
  const [first] = files
  const say = words().commit
  return files.length === 1 && first ? say.upload(first.path) : say.uploadMany(files.length)
}
