/** Who may do what: the one table. Everything that asks goes through `may`; nothing else compares owners or roles. */
import { PlazaError } from '../errors.ts'

/** Whoever a request speaks for; undefined where nobody has signed in. */
export type Viewer =
  | {
      accountId: string
      name: string
      role: 'admin' | 'member'
      via: 'session' | 'token'
      /** Which session, where it is one. */
      sessionId?: string
      /** The token's own fields, where `via` is 'token'. */
      tokenRole?: 'read' | 'write' | 'fineGrained'
      tokenName?: string
      tokenCreatedAt?: Date
    }
  | undefined

export type Permission = keyof typeof rules

export type Guarded = { ownerId: string; visibility: 'public' | 'private' }

type Rule = {
  /** `audience`: the world where it is public, else its owner. `person`: anyone who signed in; for what somebody owns already, its owner. */
  who: 'audience' | 'owner' | 'person' | 'admin'
  /** Whether anything is different afterwards. Tokens without the role write never may. */
  changes: boolean
  /** Only people at the page, no token: a token must not make another one. */
  sessionOnly?: true
}

const rules = {
  'space.see': { who: 'audience', changes: false },
  'space.logs': { who: 'owner', changes: false },
  'space.push': { who: 'owner', changes: true },
  'space.settings': { who: 'owner', changes: true },
  'space.restart': { who: 'owner', changes: true },
  'space.delete': { who: 'owner', changes: true },
  'space.create': { who: 'person', changes: true },
  /** What one may see, one may like: asked together with `space.see`, and about no Space. */
  like: { who: 'person', changes: true },
  tokens: { who: 'person', changes: true, sessionOnly: true },
  /** One's own profile, password, sessions and notifications. */
  account: { who: 'person', changes: true, sessionOnly: true },
  admin: { who: 'admin', changes: true },
  /** Other people's accounts: their role, their ways in. */
  'admin.accounts': { who: 'admin', changes: true, sessionOnly: true },
} as const satisfies Record<string, Rule>

export const permissions: readonly Permission[] = Object.keys(rules).filter((name): name is Permission =>
  Object.hasOwn(rules, name),
)

/** Whether it leaves anything different. */
export function changes(permission: Permission): boolean {
  return rules[permission].changes
}

/**
 * @param space what it is about. For `space.create` the name space that it is created in (`visibility` is not looked
 * at), or undefined for one's own; `tokens`, `account` and those of administrators are about no Space.
 */
export function may(viewer: Viewer, permission: Permission, space: Guarded | undefined): boolean {
  const rule: Rule = rules[permission]
  if (rule.who === 'audience' && space?.visibility === 'public') return true
  if (!viewer) return false
  if (viewer.via === 'token') {
    if (rule.sessionOnly) return false
    if (rule.changes && viewer.tokenRole !== 'write') return false
  }
  switch (rule.who) {
    case 'audience':
    case 'owner':
      return space !== undefined && (space.ownerId === viewer.accountId || viewer.role === 'admin')
    case 'person':
      return space === undefined || space.ownerId === viewer.accountId || viewer.role === 'admin'
    case 'admin':
      return viewer.role === 'admin'
  }
}

/**
 * Returns where it is allowed, else throws what the caller shall see: a private Space is not there for others
 * (repositoryNotFound), nobody is asked to sign in (unauthenticated), a token that is too weak is told so (forbidden).
 */
export function requirePermission(viewer: Viewer, permission: Permission, space: Guarded | undefined): void {
  if (may(viewer, permission, space)) return
  const { who, sessionOnly }: Rule = rules[permission]
  if (space && (who === 'audience' || who === 'owner') && !may(viewer, 'space.see', space)) {
    throw repositoryNotFound(viewer)
  }
  if (!viewer) throw new PlazaError('unauthenticated', 'Sign in first.', 'Sign in, or send a token of yours.')
  const tooWeak = viewer.via === 'token' && may({ ...viewer, via: 'session' }, permission, space)
  if (!tooWeak) throw new PlazaError('forbidden', 'You may not do this.')
  throw sessionOnly
    ? new PlazaError('forbidden', 'A token cannot do this.', 'Do it on the page.')
    : new PlazaError('forbidden', 'This token may only read.', 'Use a token with the role write.')
}

/**
 * For a Space that is not there, and for one that is not there for this viewer: the two must look the same. As at the
 * hub, somebody unknown gets 401 and may try again with a token.
 */
export function repositoryNotFound(viewer: Viewer): PlazaError {
  return viewer
    ? new PlazaError('repo_not_found', 'Repository not found.')
    : new PlazaError('repo_hidden', 'Repository not found.', 'If it is private, send a token of its owner.')
}
