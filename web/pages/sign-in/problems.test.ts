import { expect, test } from 'vitest'
import { problemsOf } from './problems.ts'

const good = { username: 'ines-k', name: '', email: 'ines@example.org', password: 'long enough' }

test('what the server takes has no problem', () => {
  expect(problemsOf(good)).toEqual({})
  expect(problemsOf({ ...good, username: ' .I_n-9 ', email: ' i+k@mail.example.org ', password: '8 chars!' })).toEqual(
    {},
  )
})

test('each field has its own', () => {
  expect(problemsOf({ username: '', name: '', email: '', password: '' })).toEqual({
    username: 'noName',
    email: 'noEmail',
    password: 'shortPassword',
  })
  expect(problemsOf({ ...good, username: 'i k', email: 'ines@home' })).toEqual({
    username: 'wrongName',
    email: 'wrongEmail',
  })
})
