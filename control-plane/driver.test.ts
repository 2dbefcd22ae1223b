import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { driverBefore, driverOf, rememberDriver, waitForEngine } from './driver.ts'

test.each([
  ['a new install takes containers where an engine answers', 'auto', undefined, true, 'docker'],
  ['and processes where none does', 'auto', undefined, false, 'local'],
  ['an install of processes stays so, though an engine has come', 'auto', 'local', true, 'local'],
  ['an install of containers waits for its engine', 'auto', 'docker', false, 'missing'],
  ['the operator’s word changes it', 'docker', 'local', true, 'docker'],
  ['back too', 'local', 'docker', true, 'local'],
  ['containers that are asked for need an engine', 'docker', undefined, false, 'missing'],
] as const)('%s', (_what, wish, before, answers, driver) => {
  expect(driverOf(wish, before, answers)).toBe(driver)
})

test('what an install has used is remembered; one with Spaces and no note has used processes', async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'plaza-driver-'))
  try {
    expect(await driverBefore(data)).toBeUndefined()
    await mkdir(path.join(data, 'spaces', 'one'), { recursive: true })
    expect(await driverBefore(data)).toBe('local')
    await rememberDriver(data, 'docker')
    expect(await driverBefore(data)).toBe('docker')
    await writeFile(path.join(data, 'driver'), 'nonsense')
    expect(await driverBefore(data)).toBe('local')
  } finally {
    await rm(data, { recursive: true })
  }
})

test('an engine that comes late is waited for', async () => {
  let looks = 0
  expect(await waitForEngine(async () => (++looks < 2 ? {} : { engine: 'here' }))).toEqual({ engine: 'here' })
})
