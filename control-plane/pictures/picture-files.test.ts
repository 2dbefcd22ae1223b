import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PictureFiles } from './picture-files.ts'

test('a picture is found by its content, once, and goes when nobody shows it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-pictures-'))
  try {
    const files = new PictureFiles(folder)
    const [one, again, other] = [
      await files.put(Buffer.from('a')),
      await files.put(Buffer.from('a')),
      await files.put(Buffer.from('b')),
    ]
    expect(again).toBe(one)
    expect((await files.get(one))?.toString()).toBe('a')
    expect(await files.get('0'.repeat(64))).toBeUndefined()
    await expect(files.get('../../secret')).rejects.toThrow('sha256')

    await files.keepOnly(new Set(), Date.now())
    expect(await files.get(other), 'its row may be about to come').toBeDefined()
    await files.keepOnly(new Set([one]), Date.now() + 3_600_000)
    expect(await files.get(other)).toBeUndefined()
    expect(await files.get(one)).toBeDefined()
    expect((await readdir(folder)).length).toBeGreaterThan(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
