/** The machine's iptables: listing, replacing, placing. */
import { allowChain, isOurs, type Family, type Jump, parseRules } from './firewall-rules.ts'
import { runProgram } from './program.ts'

export type Iptables = {
  program: string
  /** Chains of the filter table with their rules. */
  rules(): Promise<Map<string, string[]>>
  /** Text for `iptables-restore`, in one transaction; chains that it does not name stay. */
  restore(text: string): Promise<void>
  place(jump: Jump): Promise<void>
  /** One of a chain that is so. */
  remove(jump: Jump): Promise<void>
  /** Makes the chain if it is missing, and adds to it. */
  addTo(chain: string, rules: readonly string[]): Promise<void>
  dropChains(names: readonly string[]): Promise<void>
}

/** Seconds that a command waits while others hold the lock of the tables. */
const wait = ['-w', '5']

/**
 * The one of the variants whose tables the engine uses (`iptables-nft` and `iptables-legacy` do not see each other), else
 * the usual. @throws Error in words when there is none, or it may not be used.
 */
export async function findIptables(family: Family): Promise<Iptables> {
  const base = family === 4 ? 'iptables' : 'ip6tables'
  let usual: Iptables | undefined
  let failure: unknown
  for (const program of [base, `${base}-nft`, `${base}-legacy`]) {
    const one = iptables(program)
    try {
      const rules = await one.rules()
      if (rules.has('DOCKER') || rules.has('DOCKER-USER')) return one
      usual ??= one
    } catch (error) {
      failure ??= error
    }
  }
  if (usual !== undefined) return usual
  throw failure
}

function iptables(program: string): Iptables {
  const run = async (...args: string[]) => await runWell(program, [...wait, ...args])
  const words = (rule: string) => rule.split(' ')
  const rules = async () => parseRules(await run('-S'))
  const restore = async (text: string) => void (await runWell(`${program}-restore`, [...wait, '--noflush'], text))
  return {
    program,
    rules,
    restore,
    async place({ chain, rule }) {
      const before = (await rules()).get(chain) ?? []
      const leading = before.findIndex((one) => !isOurs(one))
      const place = before.indexOf(rule)
      if (place >= 0 && (leading < 0 || place < leading)) return
      // In one transaction: at no moment is there none, and nobody's rule is taken for the old one by its number.
      const former = place >= 0 ? [`-D ${chain} ${rule}`] : []
      await restore(['*filter', ...former, `-I ${chain} 1 ${rule}`, 'COMMIT', ''].join('\n'))
    },
    async remove({ chain, rule }) {
      await run('-D', chain, ...words(rule))
    },
    async addTo(chain, wanted) {
      const there = (await rules()).get(chain)
      // Another platform of this machine may make it at this moment.
      if (there === undefined) await run('-N', chain).catch(() => undefined)
      for (const rule of wanted) if (there?.includes(rule) !== true) await run('-A', chain, ...words(rule))
    },
    async dropChains(names) {
      const there = await rules()
      const present = names.filter((name) => there.has(name))
      for (const name of present) await run('-F', name)
      for (const name of present) await run('-X', name)
    },
  }
}

/** In the order in which they can be removed. */
export const ourChains: readonly string[] = [
  'PLAZA-BUILD-OUT',
  'PLAZA-BUILD-IN',
  'PLAZA-FORWARD',
  'PLAZA-INPUT',
  'PLAZA-OUT',
  'PLAZA-IN',
  'PLAZA-REFUSE',
  allowChain,
]

async function runWell(program: string, args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, { input })
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr.trim().slice(-500)}`)
  return stdout
}
