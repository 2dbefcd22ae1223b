/**
 * plaza.yaml: what an operator wants to be there. Applied at every start; it adds and changes and never removes, so
 * whoever is not named in it stays.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { type Flavor, flavorSchema, quantity } from '../scheduling/flavors.ts'
import type { Store, Writer } from '../store/database.ts'
import {
  type Account,
  changeAccount,
  createAccount,
  findAccountByName,
  hashPassword,
  longestPassword,
  setPassword,
} from './account.ts'
import { nameKey, nameProblem } from './name.ts'
import { createToken, hashToken, tokenPrefix } from './token.ts'

const name = z.string().superRefine((value, context) => {
  const problem = nameProblem(value)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

const token = z.strictObject({
  name: z.string().min(1).max(100),
  role: z.enum(['read', 'write'], {
    error: (issue) =>
      issue.input === 'fineGrained'
        ? 'Tokens of the role fineGrained are not supported by this version; use read or write.'
        : 'The role of a token is read or write.',
  }),
  value: z.string().regex(/^hf_[\x21-\x7e]+$/, `A token starts with ${tokenPrefix} and has no spaces.`),
})

const user = z.strictObject({
  name,
  fullname: z.string().min(1).max(200).optional(),
  email: z.email().optional(),
  password: z.string().min(1).max(longestPassword).optional(),
  role: z.enum(['admin', 'member']).optional(),
  plan: z.string().min(1).optional(),
  tokens: z.array(token).default([]),
})

const organization = z.strictObject({
  name,
  fullname: z.string().min(1).max(200).optional(),
  defaultVisibility: z.enum(['public', 'private']).optional(),
  members: z.array(z.unknown()).default([]),
})

const range = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'Write an address or a range such as 10.20.0.0/16.',
})

const image = z.string().regex(/^[a-z0-9][\w./:{}@-]{0,250}$/, 'Write the name of an image such as python:3.12-slim.')

const file = z.strictObject({
  users: z.array(user).nullish(),
  organizations: z.array(organization).nullish(),
  flavors: z.array(flavorSchema).nullish(),
  /** Whether a new install shows the demos of examples/; true unless said. */
  examples: z.boolean().nullish(),
  /** Whether Spaces are photographed for the gallery, where the machine can; true unless said. */
  pictures: z.boolean().nullish(),
  /** `allow`: private ranges that repositories may be imported from. */
  imports: z.strictObject({ allow: z.array(range).default([]) }).nullish(),
  /** Base images of container builds; `{version}` in a name stands for the version of Python that a Space asks for. */
  images: z
    .strictObject({
      python: z
        .union([image, z.record(z.string().regex(/^3\.\d{1,2}$/, 'Write versions such as "3.11".'), image)])
        .optional(),
      node: image.optional(),
    })
    .nullish(),
  /** `subnets`: where the networks of containers come from; `guardBuilds`: whether builds are kept from private addresses too. */
  containers: z
    .strictObject({ subnets: z.array(z.cidrv4()).min(1).optional(), guardBuilds: z.boolean().optional() })
    .nullish(),
  /** Memory in which sleeping Spaces may stay, frozen, to wake at once; 0 for none. */
  frozenMemory: quantity.nullish(),
  plans: z.unknown().optional(),
})

export type Bootstrap = {
  users: z.infer<typeof user>[]
  organizations: z.infer<typeof organization>[]
  /** Empty: the default ones. */
  flavors: Flavor[]
  /** Whether a new install shows the demos of examples/. */
  examples: boolean
  /** Whether Spaces are photographed for the gallery, where the machine can. */
  pictures: boolean
  /** Private addresses and ranges that repositories may be imported from all the same. */
  importRanges: readonly string[]
  images: { python: string | Readonly<Record<string, string>>; node: string }
  containers: { subnets: readonly string[]; guardBuilds: boolean }
  /** Bytes; undefined: a part of the machine's. */
  frozenMemory: number | undefined
  /** What the file asks for and this version does not do, a sentence each; to be shown at start. */
  warnings: string[]
}

/** Everything that is wrong with plaza.yaml, a line each. No value of the file is repeated in it: it holds passwords. */
export class BootstrapError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'BootstrapError'
    this.problems = problems
  }
}

/**
 * @param text of plaza.yaml; an empty one asks for nothing.
 * @throws BootstrapError with every problem at once, each with its line.
 */
export function parseBootstrap(text: string): Bootstrap {
  const lines = new LineCounter()
  // `prettyErrors` would print the line itself, with a password in it.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problem = (offset: number | undefined, message: string) =>
    offset === undefined ? `plaza.yaml: ${message}` : `plaza.yaml line ${lines.linePos(offset).line}: ${message}`
  if (document.errors.length > 0) {
    throw new BootstrapError(document.errors.map((error) => problem(error.pos[0], error.message)))
  }
  const parsed = file.safeParse(document.toJS() ?? {})
  if (!parsed.success) {
    throw new BootstrapError(
      parsed.error.issues.map((issue) => problem(offsetOf(document, issue.path), sentence(issue))),
    )
  }
  const users = parsed.data.users ?? []
  const organizations = parsed.data.organizations ?? []
  const repeated = repetitions({ users, organizations })
  if (repeated.length > 0) {
    throw new BootstrapError(repeated.map(({ path, message }) => problem(offsetOf(document, path), message)))
  }
  const flavors = parsed.data.flavors ?? []
  const unsupported = (['plans'] as const).filter((key) => !isEmpty(parsed.data[key]))
  return {
    users,
    organizations,
    examples: parsed.data.examples ?? true,
    pictures: parsed.data.pictures ?? true,
    importRanges: parsed.data.imports?.allow ?? [],
    images: {
      python: parsed.data.images?.python ?? 'python:{version}-slim',
      node: parsed.data.images?.node ?? 'node:24-slim',
    },
    containers: {
      subnets: parsed.data.containers?.subnets ?? ['10.213.0.0/16'],
      guardBuilds: parsed.data.containers?.guardBuilds ?? true,
    },
    frozenMemory: parsed.data.frozenMemory ?? undefined,
    flavors,
    warnings: [
      ...unsupported.map((key) => problem(offsetOf(document, [key]), `"${key}" has no effect in this version.`)),
      ...organizations.flatMap((entry, index) =>
        entry.members.length > 0
          ? [
              problem(
                offsetOf(document, ['organizations', index]),
                `The members of ${entry.name} have no effect in this version.`,
              ),
            ]
          : [],
      ),
    ],
  }
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

function sentence(issue: Issue): string {
  const place = issue.path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`),
    '',
  )
  const quotes =
    issue.code === 'invalid_type' && issue.expected === 'string' && !issue.message.endsWith('undefined')
      ? ' Put it in quotes.'
      : ''
  return `${place ? `${place}: ` : ''}${issue.message}${quotes}`
}

/** Where the value stands in the text, or the nearest thing around it that is there. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: Path): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true)
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const [start]: unknown[] = node.range
      if (typeof start === 'number') return start
    }
  }
  return undefined
}

function repetitions(wanted: Pick<Bootstrap, 'users' | 'organizations'>): { path: Path; message: string }[] {
  const seen = new Set<string>()
  const repeated: { path: Path; message: string }[] = []
  const note = (key: string, path: Path, message: string) => {
    if (seen.has(key)) repeated.push({ path, message })
    seen.add(key)
  }
  for (const [index, entry] of wanted.users.entries()) {
    note(`name ${nameKey(entry.name)}`, ['users', index, 'name'], `The name ${entry.name} is there twice.`)
    if (entry.email) {
      note(`email ${entry.email.toLowerCase()}`, ['users', index, 'email'], `${entry.email} is there twice.`)
    }
    for (const [position, given] of entry.tokens.entries()) {
      note(
        `token ${given.value}`,
        ['users', index, 'tokens', position, 'value'],
        `The value of the token ${given.name} is there twice.`,
      )
    }
  }
  for (const [index, entry] of wanted.organizations.entries()) {
    note(`name ${nameKey(entry.name)}`, ['organizations', index, 'name'], `The name ${entry.name} is there twice.`)
  }
  return repeated
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** Under which provider a credential remembers the password that the file gave last. */
const fileProvider = 'plaza.yaml'

/**
 * Makes it so. Once applied, applying it again changes nothing; a password that its owner has changed since stays,
 * until the file gives another one; a token that was revoked stays revoked.
 * @param options.key the install's own: by it the file's password is recognised without being stored.
 * @throws PlazaError conflict where an address, name or token belongs to somebody else.
 */
export async function applyBootstrap(options: { store: Store; key: Buffer }, bootstrap: Bootstrap): Promise<void> {
  const { store, key } = options
  const passwords = new Map<string, { mark: string; hash: string }>()
  for (const wanted of bootstrap.users) {
    if (wanted.password === undefined) continue
    const mark = passwordMark(key, wanted.name, wanted.password)
    const known = await store.read
      .selectFrom('credentials')
      .select('id')
      .where('provider', '=', fileProvider)
      .where('subject', '=', mark)
      .executeTakeFirst()
    if (!known) passwords.set(nameKey(wanted.name), { mark, hash: await hashPassword(wanted.password) })
  }
  await store.transaction(async (tx) => {
    for (const wanted of bootstrap.users) {
      const account = await applyUser(tx, wanted)
      const password = passwords.get(nameKey(wanted.name))
      if (password) {
        await setPassword(tx, account.id, password.hash)
        await rememberMark(tx, account.id, password.mark)
      }
      for (const given of wanted.tokens) await applyToken(tx, account, given)
    }
    for (const wanted of bootstrap.organizations) await applyOrganization(tx, wanted)
  })
}

async function applyUser(tx: Writer, wanted: Bootstrap['users'][number]): Promise<Account> {
  const account = await findAccountByName(tx.db, wanted.name)
  if (!account) return await createAccount(tx, { ...wanted, kind: 'user' })
  const differs =
    (wanted.fullname !== undefined && wanted.fullname !== account.fullname) ||
    (wanted.email !== undefined && wanted.email.toLowerCase() !== account.email) ||
    (wanted.role !== undefined && wanted.role !== account.role) ||
    (wanted.plan !== undefined && wanted.plan !== account.plan)
  if (differs) await changeAccount(tx, account.id, wanted)
  return account
}

async function applyOrganization(tx: Writer, wanted: Bootstrap['organizations'][number]): Promise<void> {
  const account = await findAccountByName(tx.db, wanted.name)
  if (!account) {
    await createAccount(tx, { name: wanted.name, fullname: wanted.fullname, kind: 'organization' })
  } else if (wanted.fullname !== undefined && wanted.fullname !== account.fullname) {
    await changeAccount(tx, account.id, { fullname: wanted.fullname })
  }
}

async function applyToken(
  tx: Writer,
  account: Account,
  wanted: Bootstrap['users'][number]['tokens'][number],
): Promise<void> {
  const present = await tx.db
    .selectFrom('tokens')
    .select(['id', 'account_id', 'name', 'role'])
    .where('hash', '=', hashToken(wanted.value))
    .executeTakeFirst()
  if (!present || present.account_id !== account.id) {
    await createToken(tx, account.id, wanted)
  } else if (present.name !== wanted.name || present.role !== wanted.role) {
    await tx.db
      .updateTable('tokens')
      .set({ name: wanted.name, role: wanted.role })
      .where('id', '=', present.id)
      .execute()
  }
}

async function rememberMark(tx: Writer, accountId: string, mark: string): Promise<void> {
  await tx.db
    .deleteFrom('credentials')
    .where('account_id', '=', accountId)
    .where('provider', '=', fileProvider)
    .execute()
  await tx.db
    .insertInto('credentials')
    .values({ id: randomUUID(), account_id: accountId, provider: fileProvider, subject: mark })
    .execute()
}

/** Tells nothing to whoever reads the store without the key. */
function passwordMark(key: Buffer, name: string, password: string): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(['plaza.yaml password', nameKey(name), password]))
    .digest('hex')
}
