/** A platform that dies in the middle: prints its port, then `moved` once a push has moved the refs and nobody has recorded it. */
import { gitServer } from './git-server.ts'

const [folder] = process.argv.slice(2)
const server = await gitServer(
  {
    pushed: () => {
      process.stdout.write('moved\n')
      return new Promise(() => {})
    },
  },
  folder,
)
process.stdout.write(`${server.port}\n`)
