import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

function settingsOf(environment: Record<string, string>, yaml?: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'plaza-settings-'))
  try {
    if (yaml !== undefined) writeFileSync(path.join(folder, 'plaza.yaml'), yaml)
    const { settings } = readConfig(environment, folder, false)
    return { settings, of: (name: string) => settings.find((setting) => setting.name === name) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('each setting says what is in force and where it came from', () => {
  const { of } = settingsOf({ PLAZA_URL: 'https://plaza.example.org' }, 'examples: false\nusers: [{ name: alice }]\n')
  expect(of('PLAZA_URL')).toMatchObject({ value: 'https://plaza.example.org', source: 'environment' })
  expect(of('PLAZA_SPACES_DOMAIN')).toMatchObject({ value: 'spaces.plaza.example.org', source: 'default' })
  expect(of('PLAZA_LOG')).toMatchObject({ value: 'info', source: 'default' })
  expect(of('examples')).toMatchObject({ value: 'false', source: 'file' })
  expect(of('pictures')).toMatchObject({ value: 'true', source: 'default' })
  expect(of('users')).toMatchObject({ value: 'alice', source: 'file' })
  expect(of('flavors')).toMatchObject({ value: 'cpu-basic: 2 CPU, 16 GB', source: 'default' })
})

test('no secret is told, only that it is set', () => {
  const { settings, of } = settingsOf(
    {
      PLAZA_DATABASE_URL: 'postgres://plaza:hush@db/plaza',
      UV_DEFAULT_INDEX: 'https://me:hush@index.example.org/simple',
      UV_INDEX: 'https://index.example.org/simple?key=hush',
      NO_PROXY: 'localhost',
    },
    'users: [{ name: alice, password: hush-hush, tokens: [{ name: t, role: read, value: hf_hush }] }]\n',
  )
  expect(JSON.stringify(settings)).not.toContain('hush')
  expect(of('PLAZA_DATABASE_URL')).toMatchObject({ value: null, secret: true, source: 'environment' })
  expect(of('UV_DEFAULT_INDEX')).toMatchObject({ value: null, secret: true })
  expect(of('UV_INDEX')).toMatchObject({ value: null, secret: true })
  expect(of('NO_PROXY')).toMatchObject({ value: 'localhost', secret: false })
})

test('what is not set is not said to be secret', () => {
  expect(settingsOf({}).of('PLAZA_DATABASE_URL')).toMatchObject({ value: null, secret: false, source: 'default' })
})
