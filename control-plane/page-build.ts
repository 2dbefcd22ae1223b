/** Builds the page when its sources are newer than what was built: a fresh clone, a pull, an edit. */
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** @param folder the checkout. @returns whether it had to be built. @throws what vite throws. */
export async function buildPage(folder: string): Promise<boolean> {
  const stamp = path.join(folder, 'web', 'dist', '.sources')
  const sources = await hashSources(folder)
  if ((await readFile(stamp, 'utf8').catch(() => '')) === sources) return false
  // Imported here only: a start that has nothing to build does not pay for it.
  const { build } = await import('vite')
  await build({ configFile: path.join(folder, 'vite.config.ts'), logLevel: 'warn' })
  await writeFile(stamp, sources)
  return true
}

async function hashSources(folder: string): Promise<string> {
  const web = path.join(folder, 'web')
  const files = (await readdir(web, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(path.join(web, 'dist') + path.sep))
    .toSorted()
  const hash = createHash('sha256')
  for (const file of [...files, path.join(folder, 'vite.config.ts'), path.join(folder, 'package-lock.json')]) {
    hash
      .update(path.relative(folder, file))
      .update('\0')
      .update(await readFile(file))
  }
  return hash.digest('hex')
}
