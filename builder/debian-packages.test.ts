import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDebianPackages } from './debian-packages.ts'

const names = (text: string) => readDebianPackages(text).map(({ name }) => name)

describe('packages.txt', () => {
  test('comments, blank lines, a byte order mark and the line ends of Windows are no packages', () => {
    const text = '\uFEFF# sound\r\nffmpeg\r\n\r\n  libsndfile1   # for librosa\r\n'
    expect(readDebianPackages(text)).toEqual([
      { line: 2, text: 'ffmpeg', name: 'ffmpeg' },
      { line: 4, text: 'libsndfile1', name: 'libsndfile1' },
    ])
  })

  test('several names of one line are several packages', () => {
    expect(names('git\tcmake  g++')).toEqual(['git', 'cmake', 'g++'])
  })

  test.each(['g++', 'libstdc++6', 'python3.11', 'libgl1:amd64', 'git=1:2.39.5-0+deb12u2', 'x264=2:0.164~rc1-1'])(
    '%s is one',
    (name) => expect(names(name)).toEqual([name]),
  )

  test.each([
    '-y',
    '--allow-unauthenticated',
    'ffmpeg;id',
    '$(id)',
    'a`id`',
    'libc6-',
    'Ffmpeg',
    'x',
    './own.deb',
    'https://example.org/x.deb',
    'vim/unstable',
    'ffmpeg=',
    'ffmpeg=~root',
    'ffmpeg=1;id',
    'g*',
    '^ffmpeg$',
    'a|b',
    'a&&b',
    'ffmpeg>x',
  ])('%j is none', (text) => expect(names(text)).toEqual([undefined]))

  test('whatever is written, a name means nothing to a shell and is no option', () => {
    const piece = fc.constantFrom('ffmpeg', '-', '=', ':', '1', '~', '$', '`', ';', ' ', '\n', '\u2028', '+', '.', '*')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 8 }), (pieces) => {
        for (const { name } of readDebianPackages(pieces.join(''))) {
          if (name === undefined) continue
          expect(name).toMatch(/^[a-z0-9][A-Za-z0-9+.:=~-]+$/)
          expect(name).not.toMatch(/[=:]~|-$/)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
