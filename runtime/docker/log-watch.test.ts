import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { printing } from '../printing.ts'
import { logFileSize } from './container.ts'
import { watchLog } from './log-watch.ts'

async function watched() {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-log-'))
  const file = path.join(folder, 'log')
  await writeFile(file, '')
  let times = 0
  const stop = watchLog(file, () => (times += 1), 5)
  onTestFinished(async () => {
    stop()
    await rm(folder, { recursive: true })
  })
  return { file, times: () => times }
}

test('a file that grows by more than the burst is much', async () => {
  const { file, times } = await watched()
  await sleep(50)
  await appendFile(file, Buffer.alloc(printing.burst + printing.rate))
  await expect.poll(times, { timeout: 5_000 }).toBeGreaterThan(0)
})

test('files that take turns count whole', async () => {
  const { file, times } = await watched()
  for (let turn = 0; turn < 10 && times() === 0; turn++) {
    await sleep(50)
    await writeFile(`${file}.new`, Buffer.alloc(logFileSize / 2))
    await rename(`${file}.new`, file)
  }
  await expect.poll(times, { timeout: 5_000 }).toBeGreaterThan(0)
})

test('what is printed once, and fits, is not much', async () => {
  const { file, times } = await watched()
  await sleep(50)
  await appendFile(file, Buffer.alloc(printing.burst / 2))
  await sleep(100)
  expect(times()).toBe(0)
})
