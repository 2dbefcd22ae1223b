import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig, unknownSettings } from './config.ts'

const read = (environment: Record<string, string>, isRoot = false) => readConfig(environment, '/somewhere', isRoot)

describe('without any setting', () => {
  test('it is an install on localhost, on loopback, beside the code', () => {
    expect(read({})).toMatchObject({
      listen: { host: '127.0.0.1', port: 8420 },
      spacesDomain: 'spaces.localhost',
      data: '/somewhere/.plaza',
      databaseUrl: undefined,
      loopbackAddresses: true,
    })
  })

  test('root keeps its data where other users can reach it', () => {
    expect(read({}, true).data).toBe('/var/lib/plaza')
  })
})

test('a public address listens everywhere, and its Spaces have names only', () => {
  expect(read({ PLAZA_URL: 'https://plaza.example.org' })).toMatchObject({
    listen: { host: '0.0.0.0', port: 443 },
    spacesDomain: 'spaces.plaza.example.org',
    loopbackAddresses: false,
  })
})

test.each([
  [{ PLAZA_URL: 'localhost:8420' }, /PLAZA_URL is "localhost:8420"/],
  [{ PLAZA_URL: 'http://localhost/plaza' }, /PLAZA_URL/],
  [{ PLAZA_SPACES_DOMAIN: 'spaces.example.org:8080' }, /without port/],
  [{ PLAZA_SPACES_DOMAIN: 'localhost' }, /a domain of their own/],
  [{ PLAZA_RUNTIME: 'kubernetes' }, /PLAZA_RUNTIME is "kubernetes"/],
  [{ PLAZA_LOG: 'loud' }, /PLAZA_LOG/],
  [{ PLAZA_EXTRA_CA: '/not/there.pem' }, /cannot be read/],
  [{ PLAZA_CONFIG: '/not/there.yaml' }, /not\/there\.yaml/],
])('%j is refused with what to write instead', (environment, words) => {
  expect(() => read(environment)).toThrow(words)
})

test('every problem is told at once', () => {
  try {
    read({ PLAZA_URL: 'x', PLAZA_LOG: 'y', PLAZA_BUILDER: 'z' })
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).problems).toHaveLength(3)
  }
})

test('plaza.yaml beside the code is read without being named', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plaza-config-'))
  try {
    writeFileSync(path.join(folder, 'plaza.yaml'), 'users: [{ name: alice }]\nexamples: false\n')
    expect(readConfig({}, folder).bootstrap).toMatchObject({ users: [{ name: 'alice' }], examples: false })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('only what package tools know of the environment goes on to builds', () => {
  const { packageEnvironment } = read({
    HTTPS_PROXY: 'http://p:1',
    AWS_SECRET_ACCESS_KEY: 'x',
    PIP_INDEX_URL: 'https://i',
  })
  expect(Object.keys(packageEnvironment).toSorted()).toEqual(['HTTPS_PROXY', 'PIP_INDEX_URL', 'UV_DEFAULT_INDEX'])
})

test('a slip of the pen in a setting’s name is noticed', () => {
  expect(unknownSettings({ PLAZA_ULR: 'x', PLAZA_URL: 'y', HOME: 'z' })).toEqual(['PLAZA_ULR'])
})
