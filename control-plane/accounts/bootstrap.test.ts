import { expect, test } from 'vitest'
import { BootstrapError, parseBootstrap } from './bootstrap.ts'

function problemsOf(text: string): readonly string[] {
  try {
    parseBootstrap(text)
  } catch (error) {
    if (error instanceof BootstrapError) return error.problems
    throw error
  }
  return []
}

test('an empty file asks for nothing', () => {
  const nothing = {
    users: [],
    organizations: [],
    flavors: [],
    examples: true,
    pictures: true,
    importRanges: [],
    images: { python: 'python:{version}-slim', node: 'node:24-slim' },
    containers: { subnets: ['10.213.0.0/16'], guardBuilds: true },
    frozenMemory: undefined,
    warnings: [],
  }
  for (const text of ['', '\n# only a comment\n', '{}', 'users:\norganizations: []\nflavors: []\nplans: {}']) {
    expect(parseBootstrap(text)).toEqual(nothing)
  }
})

test('every problem is told at once, with its line', () => {
  const problems = problemsOf(`users:
  - name: a/b
    password: 12345678
  - name: a b
    role: owner
    tokens:
      - { name: t, role: fineGrained, value: hf_x }
      - { name: t, role: write, value: ghp_x }
  - fullname: Nobody
  - name: carol
    emial: c@example.org
colour: red
`)
  const expected = [
    [2, 'users[0].name'],
    [3, 'quotes'],
    [4, 'users[1].name'],
    [5, 'users[1].role'],
    [7, 'fineGrained are not supported by this version'],
    [8, 'starts with hf_'],
    [9, 'users[2].name'],
    [10, 'emial'],
    [0, 'colour'],
  ] as const
  for (const [line, words] of expected) {
    expect(problems).toContainEqual(
      expect.stringMatching(new RegExp(`${line ? `line ${line}:` : ''}.*${words.replace(/[[\]]/g, '\\$&')}`)),
    )
  }
  expect(problems).toHaveLength(expected.length)
})

test('what is there twice is told', () => {
  expect(
    problemsOf(`users:
  - { name: alice, email: a@example.org, tokens: [{ name: t, role: read, value: hf_same }] }
  - { name: ALICE, email: A@example.org, tokens: [{ name: u, role: read, value: hf_same }] }
organizations:
  - name: Alice
`),
  ).toEqual([
    expect.stringMatching(/line 3: .*ALICE/),
    expect.stringMatching(/line 3: .*A@example.org/),
    expect.stringMatching(/line 3: .*token u/),
    expect.stringMatching(/line 5: .*Alice/),
  ])
})

test('broken YAML is told with its line', () => {
  expect(problemsOf('users:\n  - name: [alice\n')[0]).toMatch(/^plaza\.yaml line \d+: /)
  expect(problemsOf('just words')).toHaveLength(1)
})

test('no message repeats a password or a token', () => {
  const problems = problemsOf(`users:
  - { name: a/b, password: geheim-geheim, tokens: [{ name: t, role: write, value: "wrong-geheim" }] }
  - { name: c, password: "geheim
`)
  expect(problems.length).toBeGreaterThan(0)
  expect(problems.join()).not.toContain('geheim')
  expect(
    problemsOf(
      'users: [{ name: a/b, password: geheim, tokens: [{ name: t, role: write, value: "wrong-geheim" }] }]',
    ).join(),
  ).not.toContain('geheim')
})

test('what this version does not do is said, and the rest is applied', () => {
  const bootstrap = parseBootstrap(`users: [{ name: alice }]
organizations:
  - { name: lab, members: [{ user: alice, role: admin }] }
flavors:
  - { name: cpu-basic, cpu: 2, memory: 16Gi }
  - { name: a10g-small, cpu: 4, memory: 15Gi, gpu: { count: 1 }, tolerations: [] }
images: { python: { "3.11": our/python:3.11 }, node: our/node:24 }
containers: { subnets: [10.9.0.0/20], guardBuilds: false }
frozenMemory: 2Gi
plans: { free: { spaces: 20 } }
`)
  expect(bootstrap.users).toHaveLength(1)
  expect(bootstrap.organizations).toHaveLength(1)
  expect(bootstrap).toMatchObject({
    flavors: [
      { name: 'cpu-basic', cpu: 2, memory: 16 * 1024 ** 3, gpus: 0 },
      { name: 'a10g-small', gpus: 1 },
    ],
    images: { python: { '3.11': 'our/python:3.11' }, node: 'our/node:24' },
    containers: { subnets: ['10.9.0.0/20'], guardBuilds: false },
    frozenMemory: 2 * 1024 ** 3,
  })
  expect(bootstrap.warnings).toEqual([
    expect.stringMatching(/line 10: "plans" has no effect/),
    expect.stringMatching(/line 3: The members of lab/),
  ])
})
