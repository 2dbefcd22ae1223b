import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { asShell, buildEnvironment, certificatesAt } from './build-environment.ts'

test('what names a file of this machine stays here, certificates go along', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-certificates-'))
  const file = join(folder, 'ca.pem')
  await writeFile(file, 'PEM')
  try {
    const { variables, certificates, index } = await buildEnvironment(
      {
        PIP_CERT: file,
        PIP_FIND_LINKS: '/opt/wheels',
        HTTPS_PROXY: 'http://proxy:1',
        PLAZA_KEY: 'x',
        PIP_INDEX_URL: '',
      },
      undefined,
    )
    expect(variables).toEqual({ HTTPS_PROXY: 'http://proxy:1' })
    expect(certificates?.toString()).toBe('PEM')
    expect(index).toBe('')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('another index is another name, and its password is not in it', async () => {
  const named = (url: string) => buildEnvironment({ PIP_INDEX_URL: url }, undefined).then(({ index }) => index)
  expect(await named('https://u:hush@a.example/simple')).toMatch(/^[0-9a-f]{12}$/)
  expect(await named('https://a.example/simple')).not.toBe(await named('https://b.example/simple'))
})

test('certificates that cannot be read are none', async () => {
  const { certificates } = await buildEnvironment({ SSL_CERT_FILE: '/nowhere/ca.pem' }, '/nowhere/else.pem')
  expect(certificates).toBeUndefined()
  expect(certificatesAt('/x')).toMatchObject({ SSL_CERT_FILE: '/x', NODE_EXTRA_CA_CERTS: '/x', PIP_CERT: '/x' })
})

test('a shell reads each value as it is', () => {
  const hostile = `a'b"c$(touch /tmp/no)\`d\\e`
  const printed = execFileSync('sh', ['-c', `${asShell({ VALUE: hostile })}printf %s "$VALUE"`], { encoding: 'utf8' })
  expect(printed).toBe(hostile)
})
