import fc from 'fast-check'
import { expect, test } from 'vitest'
import { environmentKey } from './environment.ts'

const plan = {
  requirements: [{ path: 'requirements.txt', text: 'six' }],
  sdkRequirements: ['gradio==6.31.0'],
  includes: [],
}
const made = { python: { version: '3.11.2', path: '/usr/bin/python3.11' }, uv: '0.13.9', index: {}, scope: undefined }

test('equal inputs have one key, in any order of variables', () => {
  const index = { UV_INDEX: 'https://a.example', UV_DEFAULT_INDEX: 'https://b.example' }
  const turned = { UV_DEFAULT_INDEX: 'https://b.example', UV_INDEX: 'https://a.example' }
  expect(environmentKey(plan, { ...made, index })).toBe(
    environmentKey(structuredClone(plan), { ...made, index: turned }),
  )
  expect(environmentKey(plan, made)).toMatch(/^[0-9a-f]{64}$/)
})

test.each([
  ['a requirement', { ...plan, requirements: [{ path: 'requirements.txt', text: 'six ' }] }, made],
  ['the file it stands in', { ...plan, requirements: [{ path: 'pre-requirements.txt', text: 'six' }] }, made],
  ['the SDK', { ...plan, sdkRequirements: ['gradio==6.30.0'] }, made],
  ['an included file', { ...plan, includes: [{ path: 'a.txt', kind: 'file' as const, object: '1' }] }, made],
  ['the patch version of Python', plan, { ...made, python: { ...made.python, version: '3.11.9' } }],
  ['the interpreter', plan, { ...made, python: { ...made.python, path: '/opt/python' } }],
  ['uv', plan, { ...made, uv: '0.13.10' }],
  ['the index', plan, { ...made, index: { UV_INDEX: 'https://a.example' } }],
  ['the owner, where an environment is its own', plan, { ...made, scope: 'ann' }],
])('%s changes the key', (_, otherPlan, otherMade) => {
  expect(environmentKey(otherPlan, otherMade)).not.toBe(environmentKey(plan, made))
})

test('texts cannot be moved between fields to get another’s key', () => {
  const texts = fc.array(fc.record({ path: fc.string(), text: fc.string() }), { maxLength: 3 })
  const plans = fc.record({
    requirements: texts,
    sdkRequirements: fc.array(fc.string(), { maxLength: 2 }),
    includes: fc.constant([]),
  })
  fc.assert(
    fc.property(plans, plans, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other)
      expect(environmentKey(one, made) === environmentKey(other, made)).toBe(same)
    }),
  )
})
