/** Which variables of the platform reach the package tools, and which files those name (pure). */

export type PackageSources = {
  /** For uv and pip. */
  env: Readonly<Record<string, string>>
  /** The part of it that decides what is installed. */
  index: Readonly<Record<string, string>>
  /** Absolute paths that a sandbox must show beside the system's own. */
  files: readonly string[]
}

const indexes = [
  'UV_DEFAULT_INDEX',
  'UV_INDEX',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_FIND_LINKS',
  'UV_INDEX_STRATEGY',
  'UV_NO_INDEX',
  'UV_EXCLUDE_NEWER',
]
const certificates = [
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'GIT_SSL_CAINFO',
]
const connections = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'UV_HTTP_TIMEOUT',
  'UV_INSECURE_HOST',
  'UV_NATIVE_TLS',
  'UV_SYSTEM_CERTS',
]
const pips = [
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_TRUSTED_HOST',
  'PIP_DEFAULT_TIMEOUT',
  'PIP_NO_INDEX',
  'PIP_FIND_LINKS',
]

/** pip's names for what uv calls otherwise: many machines have only these set. */
const translated: Readonly<Record<string, string>> = {
  PIP_INDEX_URL: 'UV_DEFAULT_INDEX',
  PIP_EXTRA_INDEX_URL: 'UV_EXTRA_INDEX_URL',
  PIP_TRUSTED_HOST: 'UV_INSECURE_HOST',
  PIP_CERT: 'SSL_CERT_FILE',
}

/** @param env everything that the caller is willing to give; only what package tools know is taken. */
export function packageSources(env: Readonly<Record<string, string | undefined>>): PackageSources {
  const taken: Record<string, string> = {}
  for (const name of [...indexes, ...certificates, ...connections, ...pips]) {
    const value = env[name]
    if (value !== undefined && value !== '') taken[name] = value
  }
  for (const [pip, uv] of Object.entries(translated)) {
    const value = taken[pip]
    // An index of uv's own is a decision; pip's are not mixed into it.
    const decided = pip.includes('INDEX') && indexes.some((name) => env[name] !== undefined)
    if (value !== undefined && !decided) taken[uv] ??= value
  }
  const index = Object.fromEntries(indexes.flatMap((name) => (taken[name] === undefined ? [] : [[name, taken[name]]])))
  const named = [...certificates, 'UV_FIND_LINKS'].flatMap((name) => taken[name] ?? [])
  const files = [...new Set(named)].filter((path) => path.startsWith('/') && !/^\/(usr|etc\/ssl)(\/|$)/.test(path))
  return { env: taken, index, files }
}

/** Hosts that those variables name: a sandbox must be able to reach them although they may have private addresses. */
export function sourceHosts(env: Readonly<Record<string, string>>): string[] {
  const names = [...indexes, ...connections, ...pips].filter((name) => !/^no_proxy$/i.test(name))
  const words = names.flatMap((name) => env[name]?.split(/[\s,]+/) ?? [])
  // `name=https://…` is how uv names an index.
  const urls = words.map((word) => URL.parse(word.replace(/^[\w-]+=(?=https?:)/, '')))
  return [...new Set(urls.flatMap((url) => (url && /^(https?|socks5h?):$/.test(url.protocol) ? [url.hostname] : [])))]
}
