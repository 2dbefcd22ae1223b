/** `npm run bench -- NAME`: ours beside the bare work and beside peers, in the same run, with ratios. */
import { benchDiscover } from './discover.ts'
import { proxy } from './proxy.ts'
import { publish } from './publish.ts'
import { benchWeb } from './web.ts'

const benches: Readonly<Record<string, () => Promise<void>>> = {
  publish,
  proxy,
  discover: benchDiscover,
  web: benchWeb,
}

const name = process.argv[2] ?? ''
const bench = benches[name]
if (bench) await bench()
else {
  console.error(`There is no bench named "${name}". Choose one of: ${Object.keys(benches).join(', ')}.`)
  process.exitCode = 1
}
