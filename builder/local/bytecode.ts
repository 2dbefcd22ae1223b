/**
 * Compiles an environment's bytecode after its first start: a read-only environment never gets it by itself, and
 * without it every start of a Gradio app takes about twice as long. Compiling at once would delay the first one.
 */
import { access, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sandbox } from '../../runtime/local/sandbox.ts'
import type { Limits } from '../../runtime/runtime.ts'
import { open, readOnlyUnlessSystem, seal, type BuildUser } from './folders.ts'
import type { Python } from './pythons.ts'

export type BytecodeWork = {
  /** Absolute path of a finished environment. */
  environment: string
  python: Python
  sandbox: Sandbox
  user: BuildUser
  limits: Limits
}

/** Does nothing where it is done already. Sources are read and never run, by a process that can write this environment alone. */
export async function compileBytecode(work: BytecodeWork, signal: AbortSignal): Promise<void> {
  const { environment, python, sandbox, user, limits } = work
  const done = `${environment}.compiled`
  const already = await access(done).then(
    () => true,
    () => false,
  )
  if (already) return
  const [, minor = ''] = /^(\d+\.\d+)\./.exec(python.version) ?? []
  const packages = join(environment, 'lib', `python${minor}`, 'site-packages')
  // Linked to a cache, it belongs to the build's user already and must stay so.
  const owner = (await stat(environment)).uid === user?.uid ? undefined : user
  await open(environment, owner)
  try {
    const end = await sandbox.run(
      {
        name: `bytecode-${environment.slice(-12)}`,
        command: [...(await nice()), python.path, '-I', '-S', '-m', 'compileall', '-q', packages],
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
        cwd: '/',
        mounts: [
          ...readOnlyUnlessSystem(python.prefix).map((path) => ({ from: path, to: path, writable: false })),
          { from: environment, to: environment, writable: true },
        ],
        network: {},
        limits,
        user,
      },
      () => undefined,
      AbortSignal.any([signal, AbortSignal.timeout(15 * 60_000)]),
    )
    // 1: some file does not compile, which is its author's affair; the others are done.
    if (end.code !== 0 && end.code !== 1)
      throw new Error(`compileall ended with ${end.code ?? end.signal ?? 'nothing'}.`)
  } finally {
    await seal(environment, owner)
  }
  await writeFile(done, '')
}

/** Behind whatever a Space is doing at that moment. */
async function nice(): Promise<readonly string[]> {
  const program = '/usr/bin/nice'
  return access(program).then(
    () => [program, '-n', '19'],
    () => [],
  )
}
