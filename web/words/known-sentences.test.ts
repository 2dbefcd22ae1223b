import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sentences } from './chinese/sentences.ts'
import { translator } from './known-sentences.ts'

const chinese = translator(sentences)

test.each([
  ['Sign in first.', '请先登录。'],
  ['Sign in first. Sign in, or send a token of yours.', '请先登录。请登录，或者提供你的令牌。'],
  ['app.py ran out of memory: it may use 16 GiB.', 'app.py 内存不足：最多可用 16 GiB。'],
  [
    'app.py ended with exit code 1: ValueError: no (app.py, line 3). The run log has the rest.',
    'app.py 已退出，退出码 1：ValueError: no (app.py, line 3). 其余见运行日志。',
  ],
  [
    'The app listens on port 5000, not on 7860. Listen on 7860 (host 0.0.0.0).',
    '应用监听的是端口 5000，而不是 7860。请监听 7860（主机 0.0.0.0）。',
  ],
  ['Something new happened. Try again.', 'Something new happened. 请重试。'],
  ['Nobody knows this', 'Nobody knows this'],
  ['', ''],
])('%s', (said, words) => {
  expect(chinese(said)).toBe(words)
})

test('what a gap holds is text, not a pattern', () => {
  expect(translator([['a {} (b.) {}.', '{}，$1 {}']])('a $& (b.) $1.')).toBe('$&，$1 $1')
  expect(translator([['a.', 'b']])('ax')).toBe('ax')
})

test('what an app prints does not hold the page up', () => {
  const hostile = ' ended with exit code '.repeat(45)
  expect(chinese(hostile)).toBe(hostile)
  const long = 'Sign in first. '.repeat(1_000)
  expect(chinese(long)).toBe(long)
})

test('each sentence is one that the server says, and its translation has the same gaps', () => {
  const root = path.join(import.meta.dirname, '..', '..')
  const files = globSync('{control-plane,builder,runtime}/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] })
  const source = files.map((file) => readFileSync(path.join(root, file), 'utf8')).join('\n')
  const pieces = (text: string) => text.split('{}').map((part) => part.trim())
  const isSaid = (english: string) => pieces(english).every((piece) => source.includes(piece))
  expect(sentences.map(([english]) => english).filter((english) => !isSaid(english))).toEqual([])
  expect(sentences.filter((pair) => pieces(pair[0]).length !== pieces(pair[1]).length)).toEqual([])
  expect(new Set(sentences.map(([english]) => english)).size).toBe(sentences.length)
})
