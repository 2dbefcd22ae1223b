/** What a Space does from its first push to its end, the same on every driver, through the whole platform. */
import { afterAll, beforeAll, describe } from 'vitest'
import { capabilities } from '../../runtime/local/capabilities.ts'
import { TestPlaza } from '../plaza.ts'
import { crashing } from './lifecycle/crash.ts'
import { type Driven, driven } from './lifecycle/driven.ts'
import { publishing } from './lifecycle/publish.ts'
import { keeping } from './lifecycle/settings.ts'
import { sleeping } from './lifecycle/sleep.ts'
import { testEngine } from './test-engine.ts'

const can = await capabilities(undefined)
const found = await testEngine()
const engine = 'missing' in found ? undefined : found

const drivers = [
  {
    driver: 'processes in sandboxes',
    missing: can.sandbox === undefined ? 'bubblewrap and passt' : undefined,
    isLimited: can.cgroups?.controllers.has('memory') === true,
    engine: undefined,
  },
  { driver: 'containers', missing: 'missing' in found ? found.missing : undefined, isLimited: true, engine },
]

for (const { driver, missing, isLimited, engine } of drivers) {
  describe.skipIf(missing !== undefined)(
    `Spaces as ${driver}${missing === undefined ? '' : ` (not here: ${missing})`}`,
    () => {
      const settings = 'flavors: [{ name: cpu-basic, cpu: 1, memory: 256Mi, default: true }]'
      let given: Driven | undefined
      beforeAll(async () => {
        const plaza = await TestPlaza.start({ yaml: settings, ...(engine ? { docker: engine } : {}) })
        given = driven(plaza, engine)
      })
      afterAll(async () => await given?.plaza[Symbol.asyncDispose]())
      const on = () => {
        if (!given) throw new Error('Plaza did not start.')
        return given
      }
      publishing(on)
      crashing(on, isLimited)
      keeping(on)
      sleeping(on, settings)
    },
  )
}
