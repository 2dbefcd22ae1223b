import { assert, constantFrom, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import {
  changes,
  may,
  type Permission,
  permissions,
  repositoryNotFound,
  requirePermission,
  type Viewer,
} from './permissions.ts'

const owner = 'id-owner'
const stranger = 'id-stranger'

type Person = NonNullable<Viewer>
const person = (accountId: string, role: Person['role'], tokenRole?: Person['tokenRole']): Person => ({
  accountId,
  name: accountId,
  role,
  via: tokenRole ? 'token' : 'session',
  ...(tokenRole && { tokenRole }),
})

const viewers: Record<string, Viewer> = {
  nobody: undefined,
  owner: person(owner, 'member'),
  'owner read': person(owner, 'member', 'read'),
  'owner write': person(owner, 'member', 'write'),
  'owner fine': person(owner, 'member', 'fineGrained'),
  stranger: person(stranger, 'member'),
  'stranger write': person(stranger, 'member', 'write'),
  admin: person('id-admin', 'admin'),
  'admin read': person('id-admin', 'admin', 'read'),
  'admin write': person('id-admin', 'admin', 'write'),
}

const publicSpace = { ownerId: owner, visibility: 'public' } as const
const privateSpace = { ownerId: owner, visibility: 'private' } as const

const everyone = Object.keys(viewers)
const readers = ['owner', 'owner read', 'owner write', 'owner fine', 'admin', 'admin read', 'admin write']
const writers = ['owner', 'owner write', 'admin', 'admin write']

/** Who may: everyone who is not named may not. */
const table: Record<Permission, { public: string[]; private: string[]; none: string[] }> = {
  'space.see': { public: everyone, private: readers, none: [] },
  'space.logs': { public: readers, private: readers, none: [] },
  'space.push': { public: writers, private: writers, none: [] },
  'space.settings': { public: writers, private: writers, none: [] },
  'space.restart': { public: writers, private: writers, none: [] },
  'space.delete': { public: writers, private: writers, none: [] },
  'space.create': { public: writers, private: writers, none: [...writers, 'stranger', 'stranger write'] },
  like: { public: writers, private: writers, none: [...writers, 'stranger', 'stranger write'] },
  tokens: { public: ['owner', 'admin'], private: ['owner', 'admin'], none: ['owner', 'stranger', 'admin'] },
  account: { public: ['owner', 'admin'], private: ['owner', 'admin'], none: ['owner', 'stranger', 'admin'] },
  admin: { public: ['admin', 'admin write'], private: ['admin', 'admin write'], none: ['admin', 'admin write'] },
  'admin.accounts': { public: ['admin'], private: ['admin'], none: ['admin'] },
}

const cells = permissions.flatMap((permission) =>
  (['public', 'private', 'none'] as const).flatMap((space) =>
    everyone.map((viewer) => ({ permission, space, viewer, allowed: table[permission][space].includes(viewer) })),
  ),
)

const spaces = { public: publicSpace, private: privateSpace, none: undefined }

test('the table has every permission', () => {
  expect(permissions.toSorted()).toEqual(Object.keys(table).toSorted())
})

test.each(cells)('$permission of a $space Space by $viewer: $allowed', ({ permission, space, viewer, allowed }) => {
  expect(may(viewers[viewer], permission, spaces[space])).toBe(allowed)
})

const anyone = record({
  accountId: constantFrom(owner, stranger),
  name: constantFrom('x'),
  role: constantFrom('admin', 'member'),
  via: constantFrom('session', 'token'),
  tokenRole: constantFrom('read', 'write', 'fineGrained'),
})
const anySpace = constantFrom(publicSpace, privateSpace, undefined)
const anyPermission = constantFrom(...permissions)

test('a token that does not write may nothing that changes anything', () => {
  assert(
    property(anyone, anySpace, anyPermission, (viewer, space, permission) => {
      if (viewer.via === 'token' && viewer.tokenRole !== 'write' && changes(permission)) {
        expect(may(viewer, permission, space)).toBe(false)
      }
    }),
  )
})

test('a token never may what its owner may not', () => {
  assert(
    property(anyone, anySpace, anyPermission, (viewer, space, permission) => {
      if (may({ ...viewer, via: 'token' }, permission, space)) {
        expect(may({ ...viewer, via: 'session' }, permission, space)).toBe(true)
      }
    }),
  )
})

test('a refusal never tells that a private Space exists, and nothing allowed is refused', () => {
  assert(
    property(anyone, constantFrom(publicSpace, privateSpace), anyPermission, (viewer, space, permission) => {
      const ask = () => requirePermission(viewer, permission, space)
      if (may(viewer, permission, space)) expect(ask).not.toThrow()
      else if (permission.startsWith('space.') && permission !== 'space.create' && !may(viewer, 'space.see', space)) {
        expect(ask).toThrow(expect.objectContaining({ code: 'repo_not_found' }))
      } else expect(ask).toThrow(expect.objectContaining({ code: 'forbidden' }))
    }),
  )
})

test('to somebody unknown a private Space is hidden, whatever they try, as one that is not there', () => {
  for (const permission of permissions.filter((name) => name.startsWith('space.') && name !== 'space.create')) {
    expect(() => requirePermission(undefined, permission, privateSpace)).toThrow(repositoryNotFound(undefined))
    expect(() => requirePermission(undefined, permission, privateSpace)).toThrow(
      expect.objectContaining({ code: 'repo_hidden', status: 401, hubCode: 'RepoNotFound' }),
    )
  }
})

test('a refusal says what would help', () => {
  const refused = (viewer: Viewer, permission: Permission) => () => requirePermission(viewer, permission, publicSpace)
  expect(refused(undefined, 'space.push')).toThrow(expect.objectContaining({ code: 'unauthenticated' }))
  expect(refused(viewers['owner read'], 'space.push')).toThrow(
    expect.objectContaining({ code: 'forbidden', remedy: expect.stringContaining('write') }),
  )
  expect(refused(viewers['owner write'], 'tokens')).toThrow(
    expect.objectContaining({ code: 'forbidden', remedy: expect.stringContaining('page') }),
  )
})
