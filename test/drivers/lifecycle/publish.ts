/** From a push to an answer, and from one version to another. */
import { expect, test } from 'vitest'
import type { SpaceRuntime } from '../../../control-plane/hub/runtime.ts'
import type { TestPlaza } from '../../plaza.ts'
import { ask, probingApp } from '../../probing-app.ts'
import type { Driven } from './driven.ts'

const isAt = (sha: string) => (runtime: SpaceRuntime) => runtime.stage === 'RUNNING' && runtime.sha === sha

/** A package that cannot be built, without the internet. */
const brokenPackage = {
  'broken/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  'broken/backend.py': 'raise RuntimeError("no such compiler")\n',
  'requirements.txt': './broken\n',
}

export function publishing(given: () => Driven): void {
  let plaza: TestPlaza
  const shas: string[] = []

  test('a push is built, started and answers through the proxy', async () => {
    ;({ plaza } = given())
    shas.push(await plaza.publish('alice', 'shop', probingApp({ says: 'one' })))
    expect(await plaza.waitFor('alice/shop', 'RUNNING')).toMatchObject({ sha: shas[0] })
    expect(await ask(plaza, 'alice/shop')).toMatchObject({ says: 'one', starts: 1 })
    expect(await plaza.log('alice/shop', 'run', (text) => text.includes('start 1'))).toContain('start 1')
  })

  test('a change is built and started while the version before serves, and takes its place without a gap', async () => {
    const heard: string[] = []
    const done = new AbortController()
    const visiting = (async () => {
      while (!done.signal.aborted) heard.push((await ask(plaza, 'alice/shop')).says)
    })()
    const sha = await plaza.push('alice', 'shop', probingApp({ says: 'two', takes: 1 }))
    shas.push(sha)
    try {
      await plaza.waitFor('alice/shop', isAt(sha))
      expect((await ask(plaza, 'alice/shop')).says).toBe('two')
    } finally {
      done.abort()
      await visiting
    }
    // In turn: once the new one has answered, the old one does not.
    expect(heard.filter((says, n) => says !== heard[n - 1])).toEqual(['one', 'two'].slice(0, new Set(heard).size))
    expect(heard[0]).toBe('one')
  })

  test('a build that fails says why, and the version before goes on', async () => {
    await plaza.push('alice', 'shop', { ...probingApp({ says: 'never' }), ...brokenPackage })
    const failed = await plaza.waitFor('alice/shop', (runtime) => runtime.errorMessage !== undefined)
    expect(failed).toMatchObject({ stage: 'RUNNING', sha: shas[1] })
    expect(await plaza.log('alice/shop', 'build')).toContain('no such compiler')
    expect((await ask(plaza, 'alice/shop')).says).toBe('two')
  })

  test('a version that ends before it answers says why, and the version before goes on', async () => {
    const first = 'print("the model file is gone", file=sys.stderr); sys.exit(3)'
    await plaza.push('alice', 'shop', { ...probingApp({ first }), 'requirements.txt': '' })
    const failed = await plaza.waitFor('alice/shop', (runtime) => runtime.errorMessage?.includes('exit code') === true)
    expect(failed).toMatchObject({
      stage: 'RUNNING',
      sha: shas[1],
      errorMessage: expect.stringMatching(/exit code 3: the model file is gone/),
    })
    expect((await ask(plaza, 'alice/shop')).says).toBe('two')
  })

  test('back to an earlier version is one call', async () => {
    await plaza.json('POST', '/api/plaza/spaces/alice/shop/rollback', 'alice', { sha: shas[0] })
    await plaza.waitFor('alice/shop', isAt(shas[0] ?? ''))
    expect((await ask(plaza, 'alice/shop')).says).toBe('one')
  })
}
