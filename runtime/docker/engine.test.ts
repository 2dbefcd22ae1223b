import { expect, test } from 'vitest'
import { findEngine, isAtLeast, optionsOf } from './engine.ts'

test('sockets and addresses, as DOCKER_HOST writes them', () => {
  expect(optionsOf('unix:///run/docker.sock')).toEqual({ socketPath: '/run/docker.sock' })
  expect(optionsOf('tcp://engine.example.org:2376')).toMatchObject({ host: 'engine.example.org', port: 2376 })
  expect(optionsOf('tcp://10.0.0.1')).toMatchObject({ port: 2375 })
  expect(optionsOf('ssh://me@engine')).toBeUndefined()
  expect(optionsOf('engine')).toBeUndefined()
})

test('versions are compared by their numbers', () => {
  expect(isAtLeast('1.41', '1.39')).toBe(true)
  expect(isAtLeast('1.100', '1.39')).toBe(true)
  expect(isAtLeast('1.9', '1.39')).toBe(false)
  expect(isAtLeast('2.0', '1.39')).toBe(true)
})

test('where nothing answers, that is said with the place', async () => {
  expect(await findEngine('unix:///nowhere/docker.sock')).toMatchObject({
    missing: expect.stringContaining('unix:///nowhere/docker.sock'),
  })
  expect(await findEngine('ssh://me@engine')).toMatchObject({ missing: expect.stringContaining('DOCKER_HOST') })
})
