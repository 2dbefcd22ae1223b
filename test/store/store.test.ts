import { expect, test } from 'vitest'
import { Changes, type Change, publish } from '../../control-plane/store/changes.ts'
import { testDatabase } from './database.ts'

test('a change is heard if and only if its transaction is committed, in the order of the commits', async () => {
  await using db = await testDatabase()
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
  await using db = await testDatabase()
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
  await using db = await testDatabase()
  let attempts = 0
  let told = 0
  await db.store.transaction(async (tx) => {
    tx.onCommit(() => told++)
    if (++attempts < 3) throw Object.assign(new Error('could not serialize access'), { code: '40001' })
  })
  expect({ attempts, told }).toEqual({ attempts: 3, told: 1 })
})

test('migrations are applied once, though two processes start together', async () => {
  await using db = await testDatabase()
  const applied = await Promise.all([db.store.migrate(), db.store.migrate()])
  expect(applied).toEqual([[], []])
})
