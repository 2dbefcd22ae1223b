import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeHooks } from '../../control-plane/repositories/hooks.ts'
import { refProblem } from '../../control-plane/repositories/names.ts'
import { scratchFolder } from './git-server.ts'

describe('the pre-receive hook', () => {
  it('takes exactly the names that the platform takes', async () => {
    await using scratch = await scratchFolder()
    await writeHooks(scratch.path)
    const taken = (ref: string): boolean => {
      const input = `${'0'.repeat(40)} ${'1'.repeat(40)} ${ref}\n`
      const { status } = spawnSync(join(scratch.path, 'pre-receive'), { input, env: {}, timeout: 10_000 })
      return status === 0
    }
    const pieces = fc.constantFrom(
      'a',
      'Z',
      '0',
      '-',
      '.',
      '/',
      '_',
      '+',
      '@',
      '=',
      '#',
      '$',
      '(',
      ';',
      '`',
      '*',
      '?',
      '[',
      '\\',
      "'",
      '"',
      '~',
      '^',
      ':',
      '{',
      'é',
      '.lock',
      'HEAD',
      '\u0001',
      '\t',
      '0123456789abcdef0123456789abcdef01234567',
      'n'.repeat(99),
      '$(id)',
      '..',
    )
    const name = fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join(''))
    // The shell's `read` drops blanks at the end of a line; git refuses them itself.
    fc.assert(
      fc.property(
        name.filter((text) => text.trim() === text),
        (text) => {
          expect(taken(`refs/heads/${text}`), JSON.stringify(text)).toBe(refProblem(text) === undefined)
        },
      ),
      { numRuns: 300 },
    )
    expect(taken('refs/tags/v1')).toBe(true)
    expect(taken('refs/notes/x')).toBe(false)
    expect(taken('refs/pr/1')).toBe(false)
    expect(taken('main')).toBe(false)
  })
})
