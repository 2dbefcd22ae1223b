// `npm start` and `npm test` on any Node from 20 up: installs what the lock file names when it has changed, then runs
// the pinned Node that npm brought (or this one, where it can run TypeScript). Plain JavaScript, so that it can.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = path.dirname(fileURLToPath(import.meta.url))
const stamp = path.join(folder, 'node_modules', '.plaza-lock')
const lock = createHash('sha256')
  .update(readFileSync(path.join(folder, 'package-lock.json')))
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.log('Installing what Plaza needs (once, about half a minute) …')
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, lock)
}
if (!process.argv.includes('--install')) {
  const pinned = path.join(folder, 'node_modules', '.bin', 'node')
  const node = existsSync(pinned) ? pinned : process.execPath
  if (node === process.execPath && Number(process.versions.node.split('.')[0]) < 24) {
    console.error(
      `Plaza runs on Node 24 or newer, and this is ${process.version}. Install it, then run npm start again.`,
    )
    process.exit(1)
  }
  const [command = 'serve', ...rest] = process.argv.slice(2)
  await run(node, [path.join(folder, 'control-plane', 'cli.ts'), command, ...rest])
}

/** Ends with the child's exit code where that is not 0; whatever ends this process ends the child. */
function run(program, args) {
  const child = spawn(program, args, { cwd: folder, stdio: 'inherit' })
  // A terminal's ^C reaches the child by itself; the others are passed on. It decides when it is over.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${program} could not be started: ${error.message}`)
      process.exit(1)
    })
    child.on('exit', (code, signal) => (code === 0 ? resolve() : process.exit(signal ? 1 : code)))
  })
}
