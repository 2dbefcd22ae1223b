import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { keepAssets } from './page-build.ts'

test('a new build keeps what open pages may still ask for, not what is old', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-page-build-'))
  try {
    const [old, fresh] = ['old', 'fresh'].map((name) => path.join(folder, name, 'assets')) as [string, string]
    await mkdir(old, { recursive: true })
    await mkdir(fresh, { recursive: true })
    const now = Date.parse('2030-05-20T12:00:00Z')
    const daysAgo = (days: number) => new Date(now - days * 86_400_000)
    for (const [name, days] of [
      ['yesterday-a1.js', 1],
      ['spring-b2.js', 60],
      ['same-c3.js', 10],
    ] as const) {
      await writeFile(path.join(old, name), 'old')
      await utimes(path.join(old, name), daysAgo(days), daysAgo(days))
    }
    await writeFile(path.join(fresh, 'same-c3.js'), 'fresh')
    await writeFile(path.join(fresh, 'today-d4.js'), 'fresh')

    await keepAssets(path.dirname(old), path.dirname(fresh), now)

    expect((await readdir(fresh)).toSorted()).toEqual(['same-c3.js', 'today-d4.js', 'yesterday-a1.js'])
    expect(await readFile(path.join(fresh, 'same-c3.js'), 'utf8')).toBe('fresh')
    // Its own age, or it would be kept for ever.
    expect((await stat(path.join(fresh, 'yesterday-a1.js'))).mtime).toEqual(daysAgo(1))
    await keepAssets(path.join(folder, 'nothing'), path.dirname(fresh), now)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
