/** How many of a Space run side by side, as its owner asks for it. */
import { expect, test } from 'vitest'
import { changeReplicas } from '../../control-plane/spaces/replicas.ts'
import { createSpace } from '../../control-plane/spaces/space.ts'
import { testDatabase } from '../store/database.ts'

const most = 4

test('another number starts the version anew; the same number, and one that cannot run, changes nothing', async () => {
  await using database = await testDatabase()
  const { store } = database
  const owner = { id: 'a1', name: 'ana' }
  await store.transaction(async (tx) => {
    await tx.db
      .insertInto('accounts')
      .values({ ...owner, name_key: 'ana', fullname: 'Ana' })
      .execute()
  })
  const { id } = await createSpace(store, {
    owner,
    name: 'clock',
    visibility: 'public',
    sdk: 'docker',
    hardware: 'cpu-basic',
    sleepAfter: undefined,
    hasAddress: false,
    variables: [],
    secrets: [],
  })
  const now = async () => {
    const { replicas, revision } = await store.read
      .selectFrom('spaces')
      .select(['replicas', 'revision'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return { replicas, revision }
  }
  const changes = async () => (await store.read.selectFrom('changes').select('id').execute()).length
  const { revision } = await now()
  await changeReplicas(store, id, 3, most)
  expect(await now()).toEqual({ replicas: 3, revision: revision + 1 })
  const told = await changes()
  await changeReplicas(store, id, 3, most)
  expect(await now()).toEqual({ replicas: 3, revision: revision + 1 })
  expect(await changes()).toBe(told)
  for (const wrong of [0, -1, 1.5, most + 1, Number.NaN]) {
    await expect(changeReplicas(store, id, wrong, most), String(wrong)).rejects.toThrow('cannot run here')
  }
  expect(await now()).toEqual({ replicas: 3, revision: revision + 1 })
})
