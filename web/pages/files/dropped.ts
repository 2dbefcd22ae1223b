/** Files and folders that were dropped or chosen, with their paths. */
import type { Chosen } from './upload-list.ts'

const mostRead = 5000

async function inFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const found: FileSystemEntry[] = []
  // A reader gives at most 100 entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0 || found.length > mostRead) return found
    found.push(...some)
  }
}

async function walk(entry: FileSystemEntry, into: Chosen[]): Promise<void> {
  if (into.length > mostRead) return
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    into.push({ path: entry.fullPath.replace(/^\/+/, ''), file })
  } else if (entry instanceof FileSystemDirectoryEntry) {
    // A folder of thousands that is left out anyway is not read; its name tells why it is missing.
    if (/^(\.git|node_modules|\.venv|__pycache__)$/.test(entry.name)) {
      into.push({ path: `${entry.fullPath.replace(/^\/+/, '')}/`, file: new File([], entry.name) })
      return
    }
    for (const inside of await inFolder(entry)) await walk(inside, into)
  }
}

/** What was dropped, folders with all that is in them. Call it while the event is handled: later the list is empty. */
export async function droppedFiles(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const plain = [...transfer.files]
  if (entries.length === 0) return chosenFiles(plain)
  const found: Chosen[] = []
  for (const entry of entries) await walk(entry, found)
  return found
}

/** What a file field holds; of a chosen folder each file has its way within it. */
export function chosenFiles(files: Iterable<File>): Chosen[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
}

let kept: Promise<Chosen[]> | undefined

/** Keeps what was dropped on one page for the page that uploads it. */
export function keepDropped(transfer: DataTransfer): void {
  kept = droppedFiles(transfer)
}

export function takeDropped(): Promise<Chosen[]> | undefined {
  const taken = kept
  kept = undefined
  return taken
}
