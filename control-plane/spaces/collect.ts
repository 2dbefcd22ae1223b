/** Removal of what replaced versions left: images that nobody goes back to soon, logs of old runs. */
import type { Builder, Image } from '../../builder/builder.ts'
import type { Store } from '../store/database.ts'
import type { Logs } from './logs.ts'
import { observeSpace } from './observe.ts'

const keptRuns = 5

/** Drops what replaced versions left: images that nobody goes back to soon, logs of old runs. Returns bytes freed. */
export async function collectUnused(parts: { store: Store; builder: Builder; logs: Logs }): Promise<number> {
  const { store, builder, logs } = parts
  const spaces = await store.read.selectFrom('spaces').select('id').execute()
  const keep: Image[] = []
  for (const { id } of spaces) {
    const state = await observeSpace(store.read, id)
    if (!state) continue
    const used = new Set(state.observed.workloads.filter((one) => one.wanted).map((one) => one.buildId))
    const built = state.observed.builds.filter((one) => one.state === 'succeeded')
    for (const [age, build] of built.entries()) {
      const isTarget = build.sha === state.desired.target?.sha
      if (build.image && (age < keptRuns || isTarget || used.has(build.id))) keep.push(build.image)
      else await store.read.updateTable('builds').set({ image: null }).where('id', '=', build.id).execute()
    }
    await logs.prune(
      id,
      state.observed.workloads.filter((one, age) => one.wanted || age < keptRuns).map((one) => one.id),
    )
  }
  return await builder.collect(keep)
}
