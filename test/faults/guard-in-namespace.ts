/**
 * Runs inside a network namespace of its own (`unshare -n`), whose firewall is nobody else's: what becomes of the guard's
 * rules there. Prints the answers as JSON.
 */
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { type Guard, openGuard } from '../../runtime/docker/guard.ts'
import { runProgram } from '../../runtime/docker/program.ts'

/** What each step found: jumps and the number of rules in chains of ours. */
export type Answers = {
  elsewhere: { isolated: boolean; details: string[] }
  opened: { isolated: boolean; user: string[]; input: string[]; chains: Record<string, number> }
  flushed: boolean
  jumpedTheQueue: boolean
  emptied: boolean
  oneRuleGone: boolean
  byItself: boolean
  allowedByBoth: string[]
  afterOne: boolean
  withSpaces: { user: string[]; chains: number }
  afterAll: string
}

const log = { info: () => undefined, warn: () => undefined }
const iptables = async (...args: string[]) => (await runProgram('iptables', ['-w', '5', ...args])).stdout
const ip = (...args: string[]) => execFileSync('ip', args, { timeout: 5_000 })
const rules = async (chain: string) => {
  const listed = (await iptables('-S', chain)).split('\n')
  return listed.flatMap((line) => (line.startsWith('-A ') ? [line.slice(chain.length + 4)] : []))
}
const filter = async () => await iptables('-S')
const chainsOf = (text: string) => {
  const names = [...text.matchAll(/^-N (PLAZA-\S+)/gm)].map((found) => found[1] ?? '')
  return Object.fromEntries(names.map((name) => [name, text.split(`\n-A ${name} `).length - 1]))
}

const network = {
  Id: '0'.repeat(64),
  Name: 'bridge',
  Driver: 'bridge',
  Options: { 'com.docker.network.bridge.name': 'docker0', 'com.docker.network.bridge.default_bridge': 'true' },
  IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] },
}
/** An engine with a default bridge, as far as a guard asks. */
const engine = { listNetworks: async () => [network] } as unknown as Docker
const open = async (allow: string[] = [], every = 600_000): Promise<Guard> =>
  await openGuard({ engine, guardBuilds: true, allow, every, log })

async function within(seconds: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + seconds * 1_000
  while (!(await isSo()) && Date.now() < deadline) await delay(20)
  return await isSo()
}

ip('link', 'set', 'lo', 'up')
const away = await open()
const elsewhere = { isolated: away.isolated, details: (await away.findings()).map(({ detail }) => detail) }
await away[Symbol.asyncDispose]()

ip('link', 'add', 'docker0', 'type', 'bridge')
ip('addr', 'add', '172.17.0.1/16', 'dev', 'docker0')
ip('link', 'set', 'docker0', 'up')
for (const chain of ['DOCKER', 'DOCKER-USER']) await iptables('-N', chain)
await iptables('-A', 'DOCKER-USER', '-j', 'RETURN')
await iptables('-A', 'FORWARD', '-j', 'DOCKER-USER')
const before = await filter()

const first = await open(['10.1.2.3'])
const whole = await filter()
const opened = {
  isolated: first.isolated,
  user: await rules('DOCKER-USER'),
  input: await rules('INPUT'),
  chains: chainsOf(whole),
}
/** After a look, everything is as it was at first. */
const isWhole = async () => {
  await first.check()
  return first.isolated && (await filter()) === whole
}
await iptables('-F')
await iptables('-A', 'DOCKER-USER', '-j', 'RETURN')
await iptables('-A', 'FORWARD', '-j', 'DOCKER-USER')
const flushed = await isWhole()
await iptables('-I', 'INPUT', '1', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT')
await first.check()
const jumpedTheQueue = (await rules('INPUT')).at(-1) === '-p tcp -m tcp --dport 22 -j ACCEPT'
await iptables('-D', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT')
await iptables('-F', 'PLAZA-OUT')
const emptied = await isWhole()
await iptables('-D', 'PLAZA-OUT', '-d', '169.254.0.0/16', '-j', 'PLAZA-REFUSE')
const oneRuleGone = await isWhole()

const second = await open(['10.4.5.6'], 50)
const allowedByBoth = await rules('PLAZA-ALLOW')
await iptables('-F', 'INPUT')
const byItself = await within(10, async () => (await rules('INPUT')).includes('-j PLAZA-INPUT'))
await first[Symbol.asyncDispose]()
const afterOne = (await rules('DOCKER-USER')).includes('-i docker0 -j PLAZA-BUILD-OUT')

ip('link', 'add', 'pz0123456789', 'type', 'bridge')
await second[Symbol.asyncDispose]()
const withSpaces = { user: await rules('DOCKER-USER'), chains: Object.keys(chainsOf(await filter())).length }
ip('link', 'del', 'pz0123456789')
const third = await open()
await third[Symbol.asyncDispose]()
const left = await filter()
const afterAll = left === before ? 'as before' : left

process.stdout.write(
  JSON.stringify({
    elsewhere,
    opened,
    flushed,
    jumpedTheQueue,
    emptied,
    oneRuleGone,
    byItself,
    allowedByBoth,
    afterOne,
    withSpaces,
    afterAll,
  } satisfies Answers),
)
