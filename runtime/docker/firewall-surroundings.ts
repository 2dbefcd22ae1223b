/** What of this machine the firewall's rules depend on. */
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { hostNetwork, privateRanges } from '../host-network.ts'
import type { Family } from './firewall-rules.ts'

/** IPv6 counts where the kernel has it: bridges have link-local addresses there, whatever the engine gives out. */
export function families(): Family[] {
  return read('/proc/net/if_inet6') === '' ? [4] : [4, 6]
}

/** Gateways with public addresses are somebody's machines as well; private ones are in a range already. */
export function forbiddenRanges(): string[] {
  const ranges = new BlockList()
  for (const range of privateRanges) {
    const [address = '', bits] = range.split('/')
    ranges.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  const own = hostNetwork().own.filter((address) => !ranges.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'))
  return [...privateRanges, ...own]
}

/** Where names are asked for: the engine hands the machine's nameservers on, but loopback ones; or has its own. */
export function containerResolvers(): string[] {
  const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']
  const named = files.flatMap((file) =>
    [...read(file).matchAll(/^\s*nameserver\s+(\S+)/gm)].map((line) => line[1] ?? ''),
  )
  const set = /"dns"\s*:\s*\[([^\]]*)\]/.exec(read('/etc/docker/daemon.json'))?.[1] ?? ''
  const all = [...named, ...[...set.matchAll(/"([^"]+)"/g)].map((word) => word[1] ?? '')]
  return [...new Set(all)].filter((address) => isIP(address) !== 0 && !/^127\.|^::1$/.test(address)).sort()
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Whether networks of Spaces are there. Those that are down are listed too; /sys may be another network namespace's. */
export function hasSpaces(interfaces: string): boolean {
  const prefix = interfaces.replace(/\+$/, '')
  const names = read('/proc/net/dev')
    .split('\n')
    .map((line) => line.trim())
  return names.some((name) => name.startsWith(prefix))
}
