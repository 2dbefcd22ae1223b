import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { takeShortTurns } from './short-turns.ts'

/** The kernel tells a task's slice, in nanoseconds, where it was built to tell. */
const sliceOf = (pid: number) => /^se\.slice\s*:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/sched`, 'utf8'))?.[1]
const release = execFileSync('uname', ['-r'], { encoding: 'utf8' }).split('.').map(Number.parseFloat)
const isNew = (release[0] ?? 0) > 6 || (release[0] === 6 && (release[1] ?? 0) >= 12)
const tells = isNew && existsSync(`/proc/${process.pid}/sched`) && sliceOf(process.pid) !== undefined

test.skipIf(!tells)('a process, those below it and those to come take shorter turns (needs Linux 6.12)', async () => {
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; read again; sleep 60 & echo $!; wait'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const pid = shell.pid ?? 0
  try {
    const [first] = (await once(shell.stdout, 'data')) as [Buffer]
    await takeShortTurns(pid)
    const second = once(shell.stdout, 'data')
    shell.stdin.write('again\n')
    const [later] = (await second) as [Buffer]
    for (const one of [pid, Number(String(first)), Number(String(later))]) expect(sliceOf(one)).toBe('300000')
  } finally {
    process.kill(-pid, 'SIGKILL')
  }
})

test('of a process that is not there nothing is taken, and nothing fails', async () => {
  await expect(takeShortTurns(2 ** 22 + 1)).resolves.toBeUndefined()
})
