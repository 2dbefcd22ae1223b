/** Writes what every confined command sees of the system: the few files of /etc that are not the host's, and the routes. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { checkedRange, type HostNetwork } from '../host-network.ts'
import type { Confinement } from './confinement.ts'
import { resolverFamily, resolverFile, routes } from './network.ts'

export type SystemOptions = {
  folder: string
  network: HostNetwork
  forbidden: readonly string[]
  allow: readonly string[]
  extraCa: string | undefined
  programs: Confinement['programs']
  disableUserNamespaces: boolean
}

/** Where distributions keep the bundle of certificate authorities. */
const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem']

/** The path inside of a bundle with the operator's own authorities in it. */
export const extraBundle = '/etc/plaza-ca.pem'

/** Folder and files are readable by all: the users that Spaces run as open them. They hold no secret. */
export function writeSystemFiles(options: SystemOptions): Confinement {
  const { folder, network } = options
  const offline = network.families.length === 0
  const files = join(folder, 'system')
  mkdirSync(files, { recursive: true, mode: 0o755 })
  for (const path of [folder, files]) chmodSync(path, 0o755)
  const write = (name: string, text: string) => {
    const path = join(files, name)
    // Somebody may be starting with the file that was there.
    writeFileSync(`${path}.new`, text, { mode: 0o644 })
    chmodSync(`${path}.new`, 0o644)
    renameSync(`${path}.new`, path)
    return path
  }
  const etc = [
    {
      to: '/etc/passwd',
      text:
        'root:x:0:0:root:/tmp:/bin/sh\nspace:x:1000:1000:space:/home/space:/bin/sh\n' +
        'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    },
    { to: '/etc/group', text: 'root:x:0:\nspace:x:1000:\nnogroup:x:65534:\n' },
    { to: '/etc/hosts', text: '127.0.0.1 localhost space\n::1 localhost ip6-localhost\n' },
    { to: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
    { to: '/etc/resolv.conf', text: resolverFile(network) },
    ...(options.extraCa === undefined ? [] : [{ to: extraBundle, text: withHostBundle(options.extraCa) }]),
  ]
  const batch = (family: 4 | 6) =>
    write(
      `routes${family}`,
      routes(family, network, options.forbidden.map(checkedRange), options.allow.map(checkedRange)),
    )
  return {
    programs: options.programs,
    topFolders: ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']
      .filter((path) => existsSync(path))
      .map((path) => ({ path, link: lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined })),
    etc: etc.map(({ to, text }) => ({ from: write(to.replaceAll('/', '_'), text), to })),
    routes: Object.fromEntries((offline ? [4 as const] : network.families).map((family) => [family, batch(family)])),
    offline,
    resolverFamily: resolverFamily(network),
    disableUserNamespaces: options.disableUserNamespaces,
  }
}

function withHostBundle(extraCa: string): string {
  const host = bundles.find((path) => existsSync(path))
  return `${host === undefined ? '' : readFileSync(host, 'utf8')}\n${readFileSync(extraCa, 'utf8')}`
}
