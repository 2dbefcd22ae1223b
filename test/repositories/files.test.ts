import { chmod, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blame } from '../../control-plane/repositories/blame.ts'
import { BlobImport } from '../../control-plane/repositories/blob-import.ts'
import { makeCommit } from '../../control-plane/repositories/commit.ts'
import { diff, mergeBase } from '../../control-plane/repositories/diff.ts'
import { lastCommits } from '../../control-plane/repositories/last-commits.ts'
import { listRefs } from '../../control-plane/repositories/refs.ts'
import { entriesAt, history, listFolder, streamContent } from '../../control-plane/repositories/tree.ts'
import { commitFiles, gitServer, must, scratchFolder, workingCopy } from './git-server.ts'

const id = 'space-demo'

/** A working copy, and a repository of the platform that it was pushed to. */
async function pushed(make: (work: string) => Promise<unknown>) {
  const server = await gitServer()
  const scratch = await scratchFolder()
  const work = await workingCopy(scratch.path)
  const to = server.url('spaces/alice/demo', 'alice-write')
  await make(work)
  await must(work, ['push', '--quiet', '--all', to])
  await must(work, ['push', '--quiet', '--tags', to])
  return {
    repositories: server.repositories,
    work,
    head: await must(work, ['rev-parse', 'main']),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await scratch[Symbol.asyncDispose]()
    },
  }
}

describe('the last commit of each entry', () => {
  it('is what git log says for each, through merges and renames, in one walk', async () => {
    await using place = await pushed(async (work) => {
      await commitFiles(work, { 'a.txt': 'a', 'folder/b.txt': 'b', 'folder/deep/c.txt': 'c', 'ü x.txt': 'ü' }, 'Add')
      await must(work, ['checkout', '--quiet', '-b', 'side'])
      await commitFiles(work, { 'folder/deep/c.txt': 'side' }, 'On the side')
      await must(work, ['checkout', '--quiet', 'main'])
      await commitFiles(work, { 'a.txt': 'main', 'both.txt': 'main' }, 'On main')
      await must(work, ['merge', '--quiet', '--no-ff', '-m', 'Merged', 'side'])
      await must(work, ['mv', 'ü x.txt', 'moved.txt'])
      await commitFiles(work, {}, 'Moved')
    })
    const entries = await listFolder(place.repositories, id, place.head, '', true)
    const paths = entries.map((entry) => entry.path)
    expect(paths).toContain('folder/deep')
    const found = await lastCommits(place.repositories, id, place.head, paths)
    for (const path of paths) {
      const expected = await must(place.work, ['log', '-1', '--format=%H %s', '--', path])
      expect(`${path}: ${found.get(path)?.sha} ${found.get(path)?.title}`).toBe(`${path}: ${expected}`)
    }
    expect(found.get('folder/deep')?.title).toBe('On the side')
    const inFolder = await lastCommits(place.repositories, id, place.head, ['folder/b.txt', 'folder/deep'])
    expect([...inFolder.keys()].toSorted()).toEqual(['folder/b.txt', 'folder/deep'])
  })
})

describe('a diff', () => {
  it('keeps every patch with its file: types, modes, renames, and contents that look like headers', async () => {
    const hostile = 'diff --git a/x b/x\n@@ -1 +1 @@\n--- a\n+++ b\n'
    await using place = await pushed(async (work) => {
      await commitFiles(
        work,
        { type: 'a file', 'run.sh': 'echo', 'z.txt': 'z\n', 'old name': 'x\n'.repeat(30) },
        'Before',
      )
      await rm(join(work, 'type'))
      await symlink('elsewhere', join(work, 'type'))
      await chmod(join(work, 'run.sh'), 0o755)
      await rename(join(work, 'old name'), join(work, 'new name'))
      await commitFiles(work, { 'hostile.txt': hostile, 'line\nend.txt': 'odd\n', 'z.txt': 'zz\n' }, 'After')
    })
    const [after] = await history(place.repositories, id, place.head, { limit: 1 })
    const { files, truncated } = await diff(place.repositories, id, after?.parents[0], place.head)
    const byPath = new Map(files.map((file) => [file.path, file]))
    expect(truncated).toBe(false)
    expect(byPath.get('type')?.patch).toContain('-a file')
    expect(byPath.get('type')?.patch).toContain('+elsewhere')
    expect(byPath.get('run.sh')).toMatchObject({ kind: 'changed', additions: 0 })
    expect(byPath.get('run.sh')).not.toHaveProperty('patch')
    expect(byPath.get('new name')).toMatchObject({ kind: 'renamed', oldPath: 'old name' })
    expect(byPath.get('hostile.txt')?.patch).toContain('+diff --git a/x b/x')
    expect(byPath.get('line\nend.txt')?.patch).toBe('@@ -0,0 +1 @@\n+odd\n')
    expect(byPath.get('z.txt')?.patch).toBe('@@ -1 +1 @@\n-z\n+zz\n')
  })

  it('says that it is cut where there is too much', async () => {
    await using place = await pushed(async (work) => {
      await commitFiles(work, { 'big.txt': 'some line\n'.repeat(100_000), 'small.txt': 's\n' }, 'Big')
    })
    const [big] = await history(place.repositories, id, place.head, { limit: 1 })
    const { files, truncated } = await diff(place.repositories, id, big?.parents[0], place.head)
    expect(truncated).toBe(true)
    expect(files).toMatchObject([
      { path: 'big.txt', additions: 100_000 },
      { path: 'small.txt', patch: expect.any(String) },
    ])
    expect(files[0]).not.toHaveProperty('patch')
  })
})

describe('what is in a repository', () => {
  it('names branches and tags by the commits that they stand for', async () => {
    await using place = await pushed(async (work) => {
      await must(work, ['branch', 'feature/x'])
      await must(work, ['tag', 'light'])
      await must(work, ['tag', '-a', '-m', 'words', 'heavy'])
    })
    const { head } = place
    expect(await listRefs(place.repositories, id)).toEqual([
      { kind: 'branch', name: 'feature/x', ref: 'refs/heads/feature/x', commit: head },
      { kind: 'branch', name: 'main', ref: 'refs/heads/main', commit: head },
      { kind: 'tag', name: 'heavy', ref: 'refs/tags/heavy', commit: head },
      { kind: 'tag', name: 'light', ref: 'refs/tags/light', commit: head },
    ])
    expect(await mergeBase(place.repositories, id, head, head)).toBe(head)
  })

  it('is found at names that only a push can bring, and streamed in parts', async () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `${index}`).join('\n')
    await using place = await pushed(async (work) => {
      await commitFiles(work, { 'line\nend.txt': 'odd', ':(glob)*': 'magic', 'big.txt': text }, 'Odd')
    })
    const found = await entriesAt(place.repositories, id, place.head, ['line\nend.txt', ':(glob)*', '../x', '-x', ''])
    expect([...found.keys()].toSorted()).toEqual([':(glob)*', 'line\nend.txt'])
    const big = (await entriesAt(place.repositories, id, place.head, ['big.txt'])).get('big.txt')
    const part = async (start: number, end: number) =>
      Buffer.concat(
        await Array.fromAsync(streamContent(place.repositories, id, big?.object ?? '', { start, end })),
      ).toString()
    expect(await part(0, text.length - 1)).toBe(text)
    expect(await part(100_000, 100_010)).toBe(text.slice(100_000, 100_011))
  })

  it('tells who wrote the lines of a file, in the order of the file', async () => {
    await using place = await pushed(async (work) => {
      await commitFiles(work, { 'a.txt': 'one\ntwo\nthree\nfour\n' }, 'First lines')
      await commitFiles(work, { 'a.txt': 'zero\none\n2\nthree\nfour\n' }, 'Second lines')
    })
    expect(await blame(place.repositories, id, place.head, 'a.txt')).toMatchObject([
      { start: 1, lines: 1, title: 'Second lines', author: 'Alice A' },
      { start: 2, lines: 1, title: 'First lines' },
      { start: 3, lines: 1, title: 'Second lines' },
      { start: 4, lines: 2, title: 'First lines' },
    ])
    await expect(blame(place.repositories, id, place.head, 'none')).rejects.toMatchObject({ code: 'entry_not_found' })
  })
})

describe('contents that come one by one', () => {
  it('become a commit, few or many, and those of the one that is broken off are gone', async () => {
    await using server = await gitServer()
    const { repositories } = server
    await repositories.create(id)
    const author = { name: 'a', email: 'a@example.org' }
    for (const count of [1, 250]) {
      await using blobs = await BlobImport.open(repositories, id)
      for (let index = 0; index < count; index++) await blobs.add([Buffer.from(`${count} `), Buffer.from(`${index}`)])
      const objects = await blobs.finish()
      const changes = objects.map((object, index) => ({ put: `${count}/${index}.txt`, object }))
      await makeCommit(repositories, id, { message: `${count}`, author, changes })
    }
    const head = (await repositories.head(id)) ?? ''
    expect(await listFolder(repositories, id, head, '250', false)).toHaveLength(250)
    const { output } = { output: await repositories.run(id, ['fsck', '--full', '--strict']) }
    expect(output.toString()).toBe('')

    const count = async () => (await repositories.run(id, ['count-objects', '-v'])).toString()
    const before = await count()
    {
      await using blobs = await BlobImport.open(repositories, id)
      await blobs.add([Buffer.from('never')])
    }
    expect(await count()).toBe(before)
  })
})
