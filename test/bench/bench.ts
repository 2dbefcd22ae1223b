/** `npm run bench -- NAME`: ours beside the bare work and beside peers, in the same run, with ratios. */
import { benchDiscover } from './discover.ts'
import { neighbours } from './neighbours.ts'
import { proxy } from './proxy.ts'
import { publishContainers } from './publish-docker.ts'
import { publish } from './publish.ts'
import { keepResults } from './results.ts'
import { wake } from './wake.ts'
import { benchWeb } from './web.ts'

const benches: Readonly<Record<string, () => Promise<void>>> = {
  publish,
  'publish-containers': publishContainers,
  proxy,
  discover: benchDiscover,
  web: benchWeb,
  wake,
  neighbours,
}

const name = process.argv[2] ?? ''
const bench = benches[name]
if (bench) {
  await bench()
  await keepResults(name)
} else {
  console.error(`There is no bench named "${name}". Choose one of: ${Object.keys(benches).join(', ')}.`)
  process.exitCode = 1
}
