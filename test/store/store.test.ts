import { describe, expect, inject, test } from 'vitest'
import { Changes, type Change, publish } from '../../control-plane/store/changes.ts'
import { discover, noFilter } from '../../control-plane/community/discover.ts'
import { testDatabase } from './database.ts'

const servers: [string, string][] = [
  ['the run’s own PostgreSQL', inject('databaseUrl')],
  ['PostgreSQL 15, the oldest that is promised', inject('oldestDatabaseUrl')],
]

describe.each(servers)('on %s', (name, server) => {
  if (server === '') {
    test.skip(`(left out: ${name} is not on this machine; Debian has it as postgresql-15)`, () => {})
    return
  }

  test('a change is heard if and only if its transaction is committed, in the order of the commits', async () => {
    await using db = await testDatabase(server)
    await using changes = await Changes.follow(db.store)
    const heard: Change[] = []
    const three = new Promise<void>((resolve) => {
      changes.on((batch) => {
        heard.push(...batch)
        if (heard.length >= 3) resolve()
      })
    })
    await db.store.transaction(async (tx) => await publish(tx, { type: 'space', spaceId: 'a' }))
    await expect(
      db.store.transaction(async (tx) => {
        await publish(tx, { type: 'space', spaceId: 'never' })
        throw new Error('taken back')
      }),
    ).rejects.toThrow('taken back')
    await db.store.transaction(
      async (tx) => await publish(tx, { type: 'build', spaceId: 'b' }, { type: 'route', spaceId: 'b' }),
    )
    await three
    expect(heard).toEqual([
      { type: 'space', spaceId: 'a' },
      { type: 'build', spaceId: 'b' },
      { type: 'route', spaceId: 'b' },
    ])
  })

  test('transactions that publish at once are all heard, none twice', async () => {
    await using db = await testDatabase(server)
    await using changes = await Changes.follow(db.store)
    const heard: string[] = []
    const all = new Promise<void>((resolve) => {
      changes.on((batch) => {
        heard.push(...batch.map((change) => change.spaceId))
        if (heard.length >= 100) resolve()
      })
    })
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await db.store.transaction(async (tx) => await publish(tx, { type: 'space', spaceId: `s${n}` }))
      }),
    )
    await all
    expect(new Set(heard).size).toBe(100)
    expect(heard).toHaveLength(100)
  })

  test('a transaction that meets a serialization failure is run again, and tells its followers once', async () => {
    await using db = await testDatabase(server)
    let attempts = 0
    let told = 0
    await db.store.transaction(async (tx) => {
      tx.onCommit(() => told++)
      if (++attempts < 3) throw Object.assign(new Error('could not serialize access'), { code: '40001' })
    })
    expect({ attempts, told }).toEqual({ attempts: 3, told: 1 })
  })

  test('migrations are applied once, though two processes start together', async () => {
    await using db = await testDatabase(server)
    const applied = await Promise.all([db.store.migrate(), db.store.migrate()])
    expect(applied).toEqual([[], []])
  })

  test('the rows of a whole life of a Space fit, and search over them works', async () => {
    await using db = await testDatabase(server)
    const space = await db.store.transaction(async (tx) => {
      await tx.db
        .insertInto('accounts')
        .values({ id: 'a1', name: 'Alice', name_key: 'alice', fullname: 'Alice', email: null, avatar: null })
        .execute()
      return await tx.db
        .insertInto('spaces')
        .values({
          id: 's1',
          owner_id: 'a1',
          name: 'Demo',
          name_key: 'demo',
          slug: 'alice-demo',
          address: null,
          sdk: 'gradio',
          card: JSON.stringify({ title: 'Birdsong lens', tags: ['audio'] }),
        })
        .returning(['id', 'card'])
        .executeTakeFirstOrThrow()
    })
    expect(space.card).toMatchObject({ title: 'Birdsong lens' })
    const filter = { ...noFilter, search: 'birds', tags: ['audio'] }
    const found = await discover(db.store.read, undefined, filter, { sort: 'trending', cursor: null, limit: 10 })
    expect(found.ids).toEqual(['s1'])
  })
})
