#!/usr/bin/env node
/** plaza serve | user | token | doctor: beside a running server, and without one. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createAccount, findAccountByName, hashPassword, listAccounts, setPassword } from './accounts/account.ts'
import { firstAdministrator } from './accounts/administrator.ts'
import { createSignInLink } from './accounts/sign-in-link.ts'
import { createToken, listTokens, revokeToken } from './accounts/token.ts'
import { type Config, ConfigError, readConfig, unknownSettings } from './config.ts'
import { examine } from './doctor.ts'
import { PlazaError } from './errors.ts'
import { publishExamples } from './examples.ts'
import { readKey } from './key.ts'
import { createLogger } from './log.ts'
import { lookAtMachine } from './machine.ts'
import { buildPage } from './page-build.ts'
import { openData, openPlazaStore, startPlaza, type Surroundings } from './main.ts'
import type { Store } from './store/database.ts'

const folder = path.dirname(import.meta.dirname)

/** Milliseconds from the signal to the end of the process. */
const longestStop = 15_000

const help = `plaza: a community's own Spaces

  plaza serve                              start the platform (npm start does it too)
  plaza doctor                             what this machine can do, what is missing, and the remedy
  plaza user add NAME [--email E] [--admin]
  plaza user list
  plaza user link NAME                     a link that signs in, once, within 24 hours
  plaza user password NAME                 reads the new password from standard input
  plaza token create NAME [--role read|write] [--label L]
  plaza token list NAME
  plaza token revoke NAME ID

Settings are environment variables: docs/operating.md. From a checkout: npm run plaza -- COMMAND
`

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      email: { type: 'string' },
      admin: { type: 'boolean' },
      role: { type: 'string' },
      label: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [command, verb, name, id] = positionals
  if (values.help || command === undefined || command === 'help') return void process.stdout.write(help)
  const config = readConfig(process.env, folder)
  for (const setting of unknownSettings(process.env))
    console.warn(`${setting} is not a setting of Plaza; it is ignored.`)
  for (const warning of config.bootstrap.warnings) console.warn(warning)

  switch (`${command} ${verb ?? ''}`.trim()) {
    case 'serve':
      await serve(config)
      // Everything is closed: a timer that somebody forgot must not keep the process.
      process.exit()
    case 'doctor':
      return await doctor(config)
    case 'user add':
      return await withStore(config, async (store) => {
        const role = values.admin ? 'admin' : 'member'
        const link = await store.transaction(async (tx) => {
          const account = await createAccount(tx, { name: required(name), email: values.email, role })
          return await createSignInLink(tx, account.id)
        })
        console.log(
          `Made ${name}. Their sign-in link, once, within 24 hours:\n${config.url.origin}/sign-in/link#${link}`,
        )
      })
    case 'user list':
      return await withStore(config, async (store) => {
        for (const account of await listAccounts(store.read)) {
          console.log(`${account.name}\t${account.role}\t${account.email ?? ''}`)
        }
      })
    case 'user link':
      return await withStore(config, async (store) => {
        const account = await accountNamed(store, name)
        const link = await store.transaction(async (tx) => await createSignInLink(tx, account.id))
        console.log(`${config.url.origin}/sign-in/link#${link}`)
      })
    case 'user password':
      return await withStore(config, async (store) => {
        const account = await accountNamed(store, name)
        const hash = await hashPassword((await readInput()).replace(/\r?\n$/, ''))
        await store.transaction(async (tx) => await setPassword(tx, account.id, hash))
        console.log(`${account.name} has a new password, and is signed out everywhere.`)
      })
    case 'token create':
      return await withStore(config, async (store) => {
        const account = await accountNamed(store, name)
        const role = values.role ?? 'write'
        if (role !== 'read' && role !== 'write') throw new PlazaError('bad_request', 'The role is read or write.')
        const made = await store.transaction(
          async (tx) => await createToken(tx, account.id, { name: values.label ?? 'command line', role }),
        )
        console.log(made.token)
      })
    case 'token list':
      return await withStore(config, async (store) => {
        for (const token of await listTokens(store.read, (await accountNamed(store, name)).id)) {
          console.log(`${token.id}\t${token.role}\thf_…${token.ending}\t${token.name}`)
        }
      })
    case 'token revoke':
      return await withStore(config, async (store) => {
        const account = await accountNamed(store, name)
        await store.transaction(async (tx) => await revokeToken(tx, account.id, required(id)))
        console.log('Revoked.')
      })
    default:
      throw new PlazaError('bad_request', `There is no command ${positionals.join(' ')}.`, 'See plaza --help.')
  }
}

async function serve(config: Config): Promise<void> {
  const stop = new AbortController()
  const around = surroundings(config)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stop.abort()
      // Whatever hangs then is no worse off than after a kill, which may come at any moment.
      setTimeout(() => {
        around.log.error('stopping took too long: ended at once; the next start puts everything right')
        process.exit(1)
      }, longestStop).unref()
    })
  }
  await buildPage(folder, around.path).catch((error: unknown) =>
    around.log.error({ err: error }, 'the page could not be built'),
  )
  await using plaza = await startPlaza(config, around)
  const admin = await firstAdministrator(plaza.store, config.url)
  greet(config, admin, plaza.isolated)
  const examples = config.bootstrap.examples ? showExamples(config, around, plaza.store, stop.signal) : undefined
  const over = AbortSignal.any([stop.signal, plaza.lost])
  if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve))
  if (plaza.lost.aborted) throw new Error('Another Plaza has taken over the store: this one ends.')
  await examples
}

async function showExamples(config: Config, around: Surroundings, store: Store, signal: AbortSignal): Promise<void> {
  try {
    await publishExamples({
      store,
      url: config.url,
      log: around.log,
      folder: path.join(folder, 'examples'),
      record: path.join(config.data, 'examples'),
      path: around.path,
      signal,
    })
  } catch (error) {
    if (!signal.aborted) around.log.warn({ err: error }, 'the examples could not be published')
  }
}

function greet(config: Config, admin: Awaited<ReturnType<typeof firstAdministrator>>, isIsolated: boolean): void {
  const { url } = config
  const token = admin.token ?? 'TOKEN'
  const lines = [
    '',
    `  Plaza is at ${url.origin}`,
    ...(admin.signInLink
      ? ['', `  Sign in as ${admin.name}, its administrator (once, within 24 hours):`, `  ${admin.signInLink}`]
      : []),
    '',
    '  Publish a demo of your own:',
    `    git clone ${url.origin}/spaces/plaza/eddy my-demo && cd my-demo`,
    `    curl -s ${url.origin}/api/repos/create -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d '{"type":"space","name":"my-demo"}'`,
    `    git push ${url.protocol}//${admin.name}:${token}@${url.host}/spaces/${admin.name}/my-demo main`,
    ...(admin.token ? [] : [`  with a token from ${url.origin}/settings/tokens`]),
    ...(isIsolated
      ? []
      : [
          '',
          '  Warning: this machine cannot keep Spaces apart, so every Space can read what Plaza can read.',
          '  Let only people publish whom you trust, or install bubblewrap and passt: npm run plaza -- doctor',
        ]),
    '',
    '',
  ]
  process.stdout.write(lines.join('\n'))
}

async function doctor(config: Config): Promise<void> {
  await openData(config.data)
  await using disposal = new AsyncDisposableStack()
  const around = surroundings(config)
  const machine = await lookAtMachine({
    config,
    surroundings: around,
    disposal,
    key: await readKey(config.data),
  })
  const findings = await examine({ config, ...machine, searchPath: around.path })
  for (const finding of findings) {
    console.log(`${finding.ok ? 'ok ' : 'no '} ${finding.what}: ${finding.detail}`)
    if (!finding.ok && finding.remedy) console.log(`     ${finding.remedy}`)
  }
  console.log(`\n${machine.chosen}`)
}

async function withStore(config: Config, work: (store: Store) => Promise<void>): Promise<void> {
  await openData(config.data)
  await using disposal = new AsyncDisposableStack()
  await using store = await openPlazaStore(config, disposal)
  await work(store)
}

async function accountNamed(store: Store, name: string | undefined) {
  const account = await findAccountByName(store.read, required(name))
  if (!account) throw new PlazaError('not_found', `There is nobody named ${name}.`, 'See plaza user list.')
  return account
}

function required(argument: string | undefined): string {
  if (argument !== undefined) return argument
  throw new PlazaError('bad_request', 'An argument is missing.', 'See plaza --help.')
}

function surroundings(config: Config): Surroundings {
  return {
    log: createLogger(config.log),
    path: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    home: process.env['HOME'],
    pageFolder: path.join(folder, 'web', 'dist'),
    templatesFolder: path.join(folder, 'examples', 'templates'),
  }
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}

try {
  await main()
} catch (error) {
  if (error instanceof ConfigError) console.error(error.problems.join('\n'))
  else if (error instanceof PlazaError) console.error([error.message, error.remedy].filter(Boolean).join(' '))
  else console.error(error instanceof Error && !(error instanceof TypeError) ? error.message : error)
  process.exitCode = 1
}
