/** That the firewall's rules stay, whoever takes them away, and go when nobody needs them. */
import { execFile, execFileSync } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Answers } from './guard-in-namespace.ts'

const run = promisify(execFile)

/** Undefined: it can be done here. */
function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'a network namespace needs root'
  try {
    execFileSync('unshare', ['-n', 'iptables', '-w', '5', '-S'], { stdio: 'ignore', timeout: 10_000 })
    execFileSync('ip', ['-V'], { stdio: 'ignore', timeout: 10_000 })
    return undefined
  } catch {
    return 'no iptables, ip or unshare'
  }
}
const missing = whatIsMissing()

test.skipIf(missing !== undefined)(
  `rules of the firewall stand first, are put back, and outlive the platform while Spaces do${missing === undefined ? '' : ` (not here: ${missing})`}`,
  async () => {
    const script = path.join(import.meta.dirname, 'guard-in-namespace.ts')
    const { stdout } = await run('unshare', ['-n', process.execPath, script], { timeout: 50_000 })
    const answers = JSON.parse(stdout) as Answers
    expect(answers.elsewhere.isolated).toBe(false)
    expect(answers.elsewhere.details[0]).toContain('The networks of the engine are not on this machine')
    expect(answers.opened).toMatchObject({
      isolated: true,
      user: ['-i docker0 -j PLAZA-BUILD-OUT', '-j PLAZA-FORWARD', '-j RETURN'],
      input: ['-i docker0 -j PLAZA-BUILD-IN', '-j PLAZA-INPUT'],
    })
    expect(answers.opened.chains['PLAZA-OUT']).toBeGreaterThan(10)
    expect(answers).toMatchObject({
      flushed: true,
      jumpedTheQueue: true,
      emptied: true,
      oneRuleGone: true,
      byItself: true,
      allowedByBoth: ['-d 10.1.2.3/32 -j ACCEPT', '-d 10.4.5.6/32 -j ACCEPT'],
      afterOne: true,
      withSpaces: { user: ['-j PLAZA-FORWARD', '-j RETURN'], chains: 8 },
      afterAll: 'as before',
    })
  },
)
