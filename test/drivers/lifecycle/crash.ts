/** An app that ends while it serves: its owner is told in words, and it is started again. */
import { expect, test } from 'vitest'
import { eventually } from '../../faults/processes.ts'
import type { TestPlaza } from '../../plaza.ts'
import { ask, type Answer, probingApp } from '../../probing-app.ts'
import type { Driven } from './driven.ts'

type Told = { notifications: { kind: string; message: string }[] }

/** @param isLimited whether this machine limits memory. */
export function crashing(given: () => Driven, isLimited: boolean): void {
  let plaza: TestPlaza
  let cookie = ''
  /** As the page shows it to bob. */
  const told = async () => {
    const answer = await fetch(new URL('/api/plaza/notifications', plaza.url), { headers: { Cookie: cookie } })
    return ((await answer.json()) as Told).notifications
  }
  /** The next start's first answer. */
  const again = async (id: string, before: Answer) =>
    await eventually(async () => {
      const now = await ask(plaza, id)
      expect(now.starts).toBe(before.starts + 1)
      return now
    }, 40_000)

  test('a crash is told in words, with its exit code and last line, and the app is started again', async () => {
    ;({ plaza } = given())
    const signedIn = await fetch(new URL('/api/auth/sign-in/username', plaza.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: plaza.url.origin },
      body: JSON.stringify({ username: 'bob', password: 'bob-password' }),
    })
    cookie = signedIn.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    await plaza.publish('bob', 'fragile', probingApp())
    await plaza.waitFor('bob/fragile', 'RUNNING')
    const before = await ask(plaza, 'bob/fragile')
    await ask(plaza, 'bob/fragile', '/exit?code=7&says=the+disk+is+upside+down')
    const [crash] = await eventually(async () => {
      const crashes = await told()
      expect(crashes.length).toBeGreaterThan(0)
      return crashes
    })
    expect(crash).toMatchObject({ kind: 'crashed', message: expect.stringContaining('exit code 7') })
    expect(crash?.message).toContain('the disk is upside down')
    expect(await again('bob/fragile', before)).not.toMatchObject({ boot: before.boot })
    expect(await plaza.runtime('bob/fragile')).toMatchObject({ stage: 'RUNNING' })
  })

  test.skipIf(!isLimited)(
    `an app that takes more memory than it may is told so, and is started again${isLimited ? '' : ' (not here: nothing limits memory)'}`,
    async () => {
      await plaza.publish('bob', 'hungry', probingApp())
      await plaza.waitFor('bob/hungry', 'RUNNING')
      const before = await ask(plaza, 'bob/hungry')
      await ask(plaza, 'bob/hungry', `/eat?bytes=${2 ** 30}`)
      await eventually(async () => {
        const messages = (await told()).map(({ message }) => message)
        expect(messages.join('\n')).toMatch(/ran out of memory: it may use 256 MiB/)
      })
      await again('bob/hungry', before)
      // Its neighbour did not notice.
      expect(await ask(plaza, 'bob/fragile')).toMatchObject({ starts: 2 })
    },
  )
}
