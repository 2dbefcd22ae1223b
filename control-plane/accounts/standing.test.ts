import { expect, test } from 'vitest'
import { standingProblem } from './standing.ts'

const admin = { id: 'one', role: 'admin', disabled: false } as const

test('an administrator decides about others', () => {
  expect(standingProblem(admin, 'other')).toBeUndefined()
})

test('nobody decides about themselves, so an administrator is always left', () => {
  expect(standingProblem(admin, 'one')).toMatch(/their own role/)
})

test('whoever has lost the role, or the account, decides nothing', () => {
  expect(standingProblem({ ...admin, role: 'member' }, 'other')).toMatch(/no administrator/)
  expect(standingProblem({ ...admin, disabled: true }, 'other')).toMatch(/no administrator/)
})
