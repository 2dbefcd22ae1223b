import { expect, test } from 'vitest'
import { hasTwoFaces, kindOf, languageOf, languageOfFence, sizeWords, textOf } from './kind.ts'

test('a name tells what a file is', () => {
  expect(kindOf('README.md')).toBe('markdown')
  expect(kindOf('a/Model.IPYNB')).toBe('notebook')
  expect(kindOf('weather.csv')).toBe('table')
  expect(kindOf('a.b/cat.webp')).toBe('image')
  expect(kindOf('app.py')).toBe('code')
  expect(kindOf('voice.MP3')).toBe('audio')
  expect(kindOf('a/clip.webm')).toBe('video')
  expect(kindOf('paper.pdf')).toBe('pdf')
  expect(['README.md', 'x.svg', 'x.png', 'x.pdf', 'x.mp4', 'app.py'].filter(hasTwoFaces)).toEqual([
    'README.md',
    'x.svg',
  ])
  expect(languageOf('src/app.py')).toBe('python')
  expect(languageOf('Dockerfile')).toBe('docker')
  expect(languageOf('LICENSE')).toBeUndefined()
  expect(languageOf('constructor')).toBeUndefined()
  expect(languageOfFence('Python')).toBe('python')
})

test('bytes are text only where they are UTF-8 without zeros', () => {
  expect(textOf(new TextEncoder().encode('héllo'))).toBe('héllo')
  expect(textOf(new Uint8Array([1, 0, 2]))).toBeUndefined()
  expect(textOf(new Uint8Array([0xff, 0xfe, 0x41]))).toBeUndefined()
  expect(textOf(new Uint8Array())).toBe('')
})

test.for([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [4210, '4.2 kB'],
  [999_400, '999 kB'],
  [999_600, '1.0 MB'],
  [18_000_000, '18 MB'],
  [3_100_000_000, '3.1 GB'],
] as const)('%d bytes read %s', ([bytes, words]) => {
  expect(sizeWords(bytes)).toBe(words)
})
