import { expect, test } from 'vitest'
import type { SpaceDetail, Version } from '../../api/types.ts'
import { crashed, stepsOf, versionToShow, wayBack } from './phases.ts'

const time = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

const phases = [
  { phase: 'queued', startedAt: time(0), endedAt: time(2) },
  { phase: 'cloning', startedAt: time(2), endedAt: time(3) },
  { phase: 'resolving', startedAt: time(3), endedAt: time(7) },
] as const

const space: SpaceDetail = {
  id: 'mira/eddy',
  owner: 'mira',
  name: 'eddy',
  slug: 'mira-eddy',
  url: '',
  origin: '',
  host: '',
  title: 'Eddy',
  hardware: 'cpu-basic',
  visibility: 'public',
  stage: 'BUILDING',
  createdAt: time(0),
  updatedAt: time(0),
  tags: [],
  likes: 0,
  liked: false,
  card: {},
  commits: { repository: 'b', building: 'b', running: null },
  sleepAfter: -1,
  activeAt: time(0),
  may: { push: true, settings: true, restart: true, delete: true, logs: true },
  driver: { kind: 'local', isolated: true },
  gitUrl: '',
}

function version(
  sha: string,
  build: Omit<NonNullable<Version['build']>, 'steps'> | undefined,
  more: Partial<Version> = {},
): Version {
  const base = { sha, title: sha, author: 'mira', pushedAt: time(0), serving: false, target: false, ...more }
  return build ? { ...base, build: { ...build, steps: 0 } } : base
}

const earlier = version('a', {
  number: 1,
  state: 'succeeded',
  phases: [...phases, { phase: 'installing', startedAt: time(7), endedAt: time(37) }],
})

test('a build on its way has past phases with their times, one present, and what the coming ones took last time', () => {
  const present = version('b', { number: 2, state: 'running', phases: [...phases] }, { target: true })
  const steps = stepsOf(
    { ...space, lastStartSeconds: 6, phase: { name: 'installing', startedAt: time(7) } },
    present,
    earlier,
  )
  expect(steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'now', 'ahead', 'ahead'])
  expect(steps[2]).toMatchObject({ seconds: 4 })
  expect(steps[3]).toMatchObject({ since: time(7), lastSeconds: 30 })
  expect(steps[4]).toMatchObject({ lastSeconds: 6 })
})

test('a failed build shows where it failed, and that the rest was not reached', () => {
  const failed = version('b', { number: 2, state: 'failed', phases: [...phases], error: 'no such package' })
  const steps = stepsOf(
    { ...space, stage: 'BUILD_ERROR', commits: { ...space.commits, building: null } },
    failed,
    undefined,
  )
  expect(steps.map(({ state }) => state)).toEqual(['done', 'done', 'failed', 'never', 'never', 'never'])
})

test('an app that ends at its start failed there, not in its build', () => {
  const crashed = version('b', { number: 2, state: 'succeeded', phases: [...phases] }, { target: true })
  const steps = stepsOf(
    { ...space, stage: 'RUNTIME_ERROR', commits: { ...space.commits, building: null } },
    crashed,
    undefined,
  )
  expect(steps[4]?.state).toBe('failed')
})

test('a new version that crashed beside the serving one is told from one that sleeps', () => {
  const target = version('b', { number: 2, state: 'succeeded', phases: [...phases] }, { target: true })
  const beside: SpaceDetail = { ...space, stage: 'RUNNING', commits: { repository: 'b', building: null, running: 'a' } }
  expect(crashed({ ...beside, errorMessage: 'app.py ended with exit code 1.' }, target)).toBe(true)
  expect(crashed({ ...beside, stage: 'SLEEPING' }, target)).toBe(false)
  expect(crashed({ ...beside, errorMessage: 'Another version failed.' }, { ...target, serving: true })).toBe(false)
})

test('a version that cannot run reached nothing', () => {
  const steps = stepsOf({ ...space, commits: { ...space.commits, building: null } }, version('c', undefined), undefined)
  expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(['never']))
})

test('the way back is the newest earlier version that was built', () => {
  const broken = version('c', { number: 3, state: 'failed', phases: [] }, { target: true })
  const also = version('b', { number: 2, state: 'failed', phases: [] })
  expect(wayBack([broken, also, earlier])).toBe(earlier)
  expect(wayBack([broken, also])).toBeUndefined()
})

test('the log shows the build that was asked for, else the one on its way, else the one that should run', () => {
  const target = version('b', { number: 2, state: 'succeeded', phases: [] }, { target: true })
  expect(versionToShow([target, earlier], null, 1)).toBe(earlier)
  expect(versionToShow([target, earlier], 'a', 0)).toBe(earlier)
  expect(versionToShow([target, earlier], null, Number.NaN)).toBe(target)
})
