/** Builds the page when its sources are newer than what was built: a fresh clone, a pull, an edit. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzip, type ZlibOptions } from 'node:zlib'

const run = promisify(execFile)
const gzipped = promisify<Buffer, ZlibOptions, Buffer>(gzip)
const limit = 120_000
/** Milliseconds for which an open page still finds the files of the build that it came from. */
const keptFor = 14 * 24 * 3600 * 1000
/** Whoever changes the page builds it every minute: so many old files are enough. */
const mostKept = 1000

/**
 * @param folder the checkout.
 * @param searchPath the platform's PATH.
 * @returns whether it had to be built. @throws Error with vite's words.
 */
export async function buildPage(folder: string, searchPath: string): Promise<boolean> {
  const dist = path.join(folder, 'web', 'dist')
  const sources = await hashSources(folder)
  if ((await readFile(path.join(dist, '.sources'), 'utf8').catch(() => '')) === sources) return false
  // Beside the old one and then in its place: a platform that serves the page meanwhile never sees half of it.
  const fresh = `${dist}-${process.pid}`
  const vite = path.join(folder, 'node_modules', 'vite', 'bin', 'vite.js')
  try {
    await run(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', fresh], {
      cwd: folder,
      timeout: limit,
      // An inherited NODE_ENV of a test run would make a development build.
      env: { PATH: searchPath, NODE_ENV: 'production' },
    })
    await compressAssets(path.join(fresh, 'assets'))
    await writeFile(path.join(fresh, '.sources'), sources)
    await keepAssets(dist, fresh, Date.now())
    await replace(fresh, dist)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return true
}

/** Once here, so that nobody's request waits for it: `NAME.gz` beside what is text. */
async function compressAssets(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/\.(js|mjs|css)$/.test(name)) continue
    const file = path.join(folder, name)
    await writeFile(`${file}.gz`, await gzipped(await readFile(file), { level: 9 }))
  }
}

/** A page that somebody has open asks for its parts by their hashed names: those of earlier builds stay for a while. */
export async function keepAssets(old: string, fresh: string, now: number): Promise<void> {
  const names = await readdir(path.join(old, 'assets')).catch(() => [])
  const files = await Promise.all(
    names.map(async (name) => {
      const file = path.join(old, 'assets', name)
      // Another platform of the same checkout may replace the old build in this moment.
      const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }))
      return { name, file, mtimeMs }
    }),
  )
  const recent = files
    .filter(({ mtimeMs }) => now - mtimeMs <= keptFor)
    .toSorted((one, other) => other.mtimeMs - one.mtimeMs)
  for (const { name, file } of recent.slice(0, mostKept)) {
    // The same name is the same content; the fresh one is the one whose time counts from now.
    await cp(file, path.join(fresh, 'assets', name), { force: false, preserveTimestamps: true }).catch(() => undefined)
  }
}

/** Two platforms that build at once: the last one wins, each from the same sources. */
async function replace(fresh: string, dist: string): Promise<void> {
  for (let left = 5; ; left--) {
    await rm(dist, { recursive: true, force: true, maxRetries: 5 })
    try {
      return await rename(fresh, dist)
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

async function hashSources(folder: string): Promise<string> {
  const web = path.join(folder, 'web')
  const files = (await readdir(web, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(path.join(web, 'dist')))
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
