import { expect, test } from 'vitest'
import { packageSources, sourceHosts } from './package-sources.ts'

test('only what package tools know passes', () => {
  const { env } = packageSources({
    HTTPS_PROXY: 'http://proxy:3128',
    PLAZA_DATABASE_URL: 'secret',
    PATH: '/bin',
    UV_INDEX: '',
    PYTHONPATH: '/x',
  })
  expect(env).toEqual({ HTTPS_PROXY: 'http://proxy:3128' })
})

test('what is set for pip holds for uv', () => {
  const { env, index } = packageSources({ PIP_INDEX_URL: 'https://mirror.example/simple', PIP_CERT: '/srv/ca.pem' })
  expect(env).toMatchObject({ UV_DEFAULT_INDEX: 'https://mirror.example/simple', SSL_CERT_FILE: '/srv/ca.pem' })
  expect(index).toEqual({ UV_DEFAULT_INDEX: 'https://mirror.example/simple' })
})

test('an index of uv’s own is not mixed with pip’s', () => {
  const { index } = packageSources({ PIP_EXTRA_INDEX_URL: 'https://a.example', UV_INDEX: 'https://b.example' })
  expect(index).toEqual({ UV_INDEX: 'https://b.example' })
})

test('files that the variables name are shown to the sandbox unless they are the system’s', () => {
  const { files } = packageSources({
    SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
    PIP_CERT: '/srv/ca.pem',
    REQUESTS_CA_BUNDLE: '/srv/ca.pem',
    UV_FIND_LINKS: '/opt/wheels',
  })
  expect(files).toEqual(['/srv/ca.pem', '/opt/wheels'])
})

test('hosts of indexes and proxies are known, so that a sandbox can let builds reach them', () => {
  expect(
    sourceHosts({
      UV_INDEX: 'own=https://packages.corp.example/simple https://user:secret@other.example:8443/simple',
      HTTPS_PROXY: 'http://10.1.2.3:3128',
      NO_PROXY: 'https://not.a.source',
      PIP_FIND_LINKS: '/opt/wheels',
      SSL_CERT_FILE: '/etc/ca.pem',
    }),
  ).toEqual(['packages.corp.example', 'other.example', '10.1.2.3'])
})
