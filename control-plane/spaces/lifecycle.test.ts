import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Action, next } from './lifecycle.ts'
import type { Desired, Observed, ObservedBuild, ObservedWorkload } from './observed.ts'
import { stage } from './stage.ts'

const start = new Date('2026-01-01T12:00:00Z')
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000)

const desired = (change: Partial<Desired> = {}): Desired => ({
  deleted: false,
  paused: false,
  target: { sha: 'a', problem: null },
  revision: 0,
  rebuild: 0,
  sleepAfter: -1,
  activeAt: start,
  ...change,
})
const build = (change: Partial<ObservedBuild> = {}): ObservedBuild => ({
  id: 'build-a',
  sha: 'a',
  rebuild: 0,
  state: 'succeeded',
  phases: [],
  image: null,
  error: null,
  endedAt: start,
  ...change,
})
const ready: ObservedWorkload['state'] = {
  kind: 'ready',
  addresses: [{ host: '127.0.0.1', port: 1 }],
  since: start.toISOString(),
}
const exited = (reason: 'error' | 'lost' = 'error'): ObservedWorkload['state'] => ({
  kind: 'exited',
  at: start.toISOString(),
  exit: { code: 1, signal: null, reason, message: 'app.py ended with exit code 1.' },
})
const workload = (change: Partial<ObservedWorkload> = {}): ObservedWorkload => ({
  id: 'w1',
  buildId: 'build-a',
  sha: 'a',
  revision: 0,
  wanted: true,
  state: ready,
  createdAt: start,
  readyAt: start,
  endedAt: null,
  ...change,
})
const routeTo = (one: ObservedWorkload, since = start) => ({
  workloadId: one.id,
  sha: one.sha,
  since,
  addresses: one.state.kind === 'ready' ? one.state.addresses : [{ host: '127.0.0.1', port: 1 }],
})
const frozen: ObservedWorkload['state'] = { kind: 'frozen', since: start.toISOString(), memory: 100 }
const observed = (change: Partial<Observed> = {}): Observed => ({
  builds: [],
  workloads: [],
  route: undefined,
  ...change,
})

describe('stage and actions of one moment', () => {
  const old = workload({ id: 'old', buildId: 'build-old', sha: 'old' })
  const oldBuild = build({ id: 'build-old', sha: 'old' })
  const starting = workload({
    state: { kind: 'starting', since: start.toISOString(), probe: 'Nothing answers on port 7860 yet.' },
    readyAt: null,
  })
  const failedStart = workload({ state: exited(), readyAt: null, endedAt: start })

  const table: [string, Desired, Observed, string, Action[]][] = [
    ['nothing pushed', desired({ target: undefined }), observed(), 'NO_APP_FILE', []],
    [
      'a card that cannot be used',
      desired({ target: { sha: 'a', problem: { stage: 'CONFIG_ERROR', message: 'line 3' } } }),
      observed(),
      'CONFIG_ERROR',
      [],
    ],
    ['pushed', desired(), observed(), 'BUILDING', [{ do: 'build', sha: 'a', rebuild: 0, fresh: false }]],
    ['in the queue', desired(), observed({ builds: [build({ state: 'queued' })] }), 'BUILDING', []],
    ['built', desired(), observed({ builds: [build()] }), 'APP_STARTING', [{ do: 'apply', build: 'build-a' }]],
    ['starting', desired(), observed({ builds: [build()], workloads: [starting] }), 'APP_STARTING', []],
    [
      'ready, not yet routed',
      desired(),
      observed({ builds: [build()], workloads: [workload()] }),
      'APP_STARTING',
      [{ do: 'route', workload: 'w1' }],
    ],
    [
      'serving',
      desired(),
      observed({ builds: [build()], workloads: [workload()], route: routeTo(workload()) }),
      'RUNNING',
      [],
    ],
    ['a failed build', desired(), observed({ builds: [build({ state: 'failed' })] }), 'BUILD_ERROR', []],
    [
      'a failed build while an older version serves',
      desired(),
      observed({ builds: [build({ state: 'failed' }), oldBuild], workloads: [old], route: routeTo(old) }),
      'RUNNING',
      [],
    ],
    [
      'a new commit builds while the old one serves',
      desired(),
      observed({ builds: [build({ state: 'running' }), oldBuild], workloads: [old], route: routeTo(old) }),
      'RUNNING_BUILDING',
      [],
    ],
    [
      'a new version starts while the old one serves',
      desired(),
      observed({ builds: [build(), oldBuild], workloads: [starting, old], route: routeTo(old) }),
      'RUNNING_APP_STARTING',
      [],
    ],
    [
      'a failed start',
      desired(),
      observed({ builds: [build()], workloads: [failedStart] }),
      'RUNTIME_ERROR',
      [{ do: 'remove', workload: 'w1' }],
    ],
    [
      'a failed start while the old one serves',
      desired(),
      observed({ builds: [build(), oldBuild], workloads: [failedStart, old], route: routeTo(old) }),
      'RUNNING',
      [{ do: 'remove', workload: 'w1' }],
    ],
    [
      'paused',
      desired({ paused: true }),
      observed({ builds: [build()], workloads: [workload()], route: routeTo(workload()) }),
      'PAUSED',
      [{ do: 'unroute' }, { do: 'remove', workload: 'w1' }],
    ],
    ['deleted, nothing left', desired({ deleted: true }), observed(), 'DELETING', [{ do: 'purge' }]],
    [
      'the machine was restarted',
      desired(),
      observed({
        builds: [build()],
        workloads: [workload({ state: exited('lost'), endedAt: start })],
        route: routeTo(workload()),
      }),
      'APP_STARTING',
      [{ do: 'unroute' }, { do: 'remove', workload: 'w1' }, { do: 'apply', build: 'build-a' }],
    ],
    [
      'another commit is wanted than the one that builds',
      desired(),
      observed({ builds: [build({ id: 'build-b', sha: 'b', state: 'running' })] }),
      'BUILDING',
      [
        { do: 'cancel-build', build: 'build-b' },
        { do: 'build', sha: 'a', rebuild: 0, fresh: false },
      ],
    ],
    [
      'rolled back to a version that is still built',
      desired({ target: { sha: 'old', problem: null } }),
      observed({ builds: [build(), oldBuild], workloads: [workload()], route: routeTo(workload()) }),
      'RUNNING_APP_STARTING',
      [{ do: 'apply', build: 'build-old' }],
    ],
    [
      'restarted: the old process serves until the new one does',
      desired({ revision: 1 }),
      observed({ builds: [build()], workloads: [workload()], route: routeTo(workload()) }),
      'RUNNING_APP_STARTING',
      [{ do: 'apply', build: 'build-a' }],
    ],
  ]
  test.each(table)('%s', (_name, wish, seen, name, actions) => {
    expect(stage(wish, seen, start).name).toBe(name)
    expect(next(wish, seen, start).actions).toEqual(actions)
  })

  test('a failed one says why, though the old one serves', () => {
    const seen = observed({
      builds: [build({ state: 'failed', error: { phase: 'resolving', message: 'No such package.' } }), oldBuild],
      workloads: [old],
      route: routeTo(old),
    })
    expect(stage(desired(), seen, start)).toMatchObject({ running: 'old', errorMessage: 'No such package.' })
  })

  test('after a roll back and a push that cannot run, visitors keep what they had, not a newer version', () => {
    const newer = workload({
      id: 'newer',
      buildId: 'build-newer',
      sha: 'newer',
      wanted: false,
      state: { kind: 'gone' },
    })
    const seen = observed({
      builds: [build({ state: 'failed' }), build({ id: 'build-newer', sha: 'newer' }), oldBuild],
      workloads: [old, newer],
      route: routeTo(old),
    })
    expect(next(desired(), seen, start).actions).toEqual([])
    expect(stage(desired(), seen, start)).toMatchObject({ name: 'RUNNING', running: 'old' })
  })

  test('what has just been replaced keeps its requests for a while, then goes', () => {
    const now = workload({ id: 'now' })
    const seen = observed({ builds: [build(), oldBuild], workloads: [now, old], route: routeTo(now) })
    expect(next(desired(), seen, after(1))).toEqual({ actions: [], checkAgainAt: after(10) })
    expect(next(desired(), seen, after(10)).actions).toEqual([{ do: 'remove', workload: 'old' }])
  })
})

describe('sleep and wake', () => {
  const seen = observed({ builds: [build()], workloads: [workload()], route: routeTo(workload()) })

  test('it sleeps so many seconds after the last visit, and says when to look again', () => {
    // Visits are told late, so a Space in use would seem unused for a second.
    expect(next(desired({ sleepAfter: 1 }), seen, after(2))).toEqual({ actions: [], checkAgainAt: after(3) })
    expect(next(desired({ sleepAfter: 60 }), seen, after(59))).toEqual({ actions: [], checkAgainAt: after(60) })
    expect(next(desired({ sleepAfter: 60 }), seen, after(60)).actions).toEqual([
      { do: 'unroute' },
      { do: 'remove', workload: 'w1' },
    ])
  })

  test('it never sleeps with -1, and a static one never sleeps', () => {
    expect(next(desired(), seen, after(1e9)).actions).toEqual([])
    const files = { ...seen, builds: [build({ image: { kind: 'static', root: '/x' } })] }
    expect(next(desired({ sleepAfter: 1 }), files, after(1e9)).actions).toEqual([])
  })

  const asleep = observed({ builds: [build()], workloads: [workload({ wanted: false, state: { kind: 'gone' } })] })
  test('asleep, nothing is done; a visit starts it', () => {
    expect(stage(desired({ sleepAfter: 60 }), asleep, after(100)).name).toBe('SLEEPING')
    expect(next(desired({ sleepAfter: 60 }), asleep, after(100)).actions).toEqual([])
    const visited = desired({ sleepAfter: 60, activeAt: after(100) })
    expect(stage(visited, asleep, after(100)).name).toBe('APP_STARTING')
    expect(next(visited, asleep, after(100)).actions).toEqual([{ do: 'apply', build: 'build-a' }])
  })

  const still = observed({ builds: [build()], workloads: [workload({ state: frozen })] })
  const stays = { mayStay: () => true, sideBySide: true }
  test('with room for it, it stands still instead of ending, and goes on at a visit', () => {
    const wish = desired({ sleepAfter: 60 })
    expect(next(wish, seen, after(60), stays).actions).toEqual([{ do: 'unroute' }, { do: 'freeze', workload: 'w1' }])
    expect(stage(wish, { ...seen, route: undefined }, after(100)).name).toBe('SLEEPING')
    expect(stage(wish, still, after(100)).name).toBe('SLEEPING')
    expect(next(wish, still, after(100), stays).actions).toEqual([])
    const visited = desired({ sleepAfter: 60, activeAt: after(100) })
    expect(stage(visited, still, after(100)).name).toBe('APP_STARTING')
    expect(next(visited, still, after(100), stays).actions).toEqual([{ do: 'thaw', workload: 'w1' }])
  })

  test('without room any more it ends', () => {
    expect(next(desired({ sleepAfter: 60 }), still, after(100)).actions).toEqual([{ do: 'remove', workload: 'w1' }])
  })

  test('other settings than it was frozen with end it; paused and deleted ones do not stay', () => {
    const remove = [{ do: 'remove', workload: 'w1' }]
    expect(next(desired({ sleepAfter: 60, revision: 1 }), still, after(100), stays).actions).toEqual(remove)
    expect(next(desired({ sleepAfter: 60, paused: true }), still, after(100), stays).actions).toEqual(remove)
    expect(next(desired({ deleted: true }), still, after(100), stays).actions).toEqual(remove)
  })

  test('one that stands still although it never should sleep goes on', () => {
    expect(next(desired(), still, after(1e9), stays).actions).toEqual([{ do: 'thaw', workload: 'w1' }])
  })

  test('a start that takes longer than it may sleep after is not cut', () => {
    const slow = observed({
      builds: [build()],
      workloads: [workload({ state: { kind: 'pending', reason: '' }, readyAt: null })],
    })
    expect(next(desired({ sleepAfter: 1 }), slow, after(300)).actions).toEqual([])
  })
})

test('where both need the same processor, the old version ends before the new one starts', () => {
  const room = { mayStay: () => false, sideBySide: false }
  const seen = observed({ builds: [build()], workloads: [workload()], route: routeTo(workload()) })
  expect(next(desired({ revision: 1 }), seen, start, room).actions).toEqual([
    { do: 'unroute' },
    { do: 'remove', workload: 'w1' },
  ])
  const ended = observed({ builds: [build()], workloads: [workload({ wanted: false, state: { kind: 'gone' } })] })
  expect(next(desired({ revision: 1 }), ended, start, room).actions).toEqual([{ do: 'apply', build: 'build-a' }])
})

describe('replicas', () => {
  test('the route follows the replicas that answer', () => {
    const two = workload({
      state: {
        kind: 'ready',
        addresses: [
          { host: '127.0.0.1', port: 1 },
          { host: '127.0.0.1', port: 2 },
        ],
        since: start.toISOString(),
      },
    })
    const seen = observed({ builds: [build()], workloads: [two], route: routeTo(workload()) })
    expect(next(desired(), seen, start).actions).toEqual([{ do: 'route', workload: 'w1' }])
    expect(next(desired(), { ...seen, route: routeTo(two) }, start).actions).toEqual([])
  })
})

describe('crashes', () => {
  const crash = (id: string, ended: number) =>
    workload({ id, state: exited(), readyAt: after(ended - 5), endedAt: after(ended), wanted: false })

  test('one that ran is started again, each time later, and fails after three times', () => {
    const once = observed({ builds: [build()], workloads: [crash('w1', 10)] })
    expect(next(desired(), once, after(10))).toEqual({ actions: [], checkAgainAt: after(10.5) })
    expect(next(desired(), once, after(10.5)).actions).toEqual([{ do: 'apply', build: 'build-a' }])
    const often = observed({ builds: [build()], workloads: [4, 3, 2, 1].map((n) => crash(`w${n}`, n * 10)) })
    expect(stage(desired(), often, after(1e6)).name).toBe('RUNTIME_ERROR')
    expect(next(desired(), often, after(1e6)).actions).toEqual([])
  })

  test('a restart by hand forgets them', () => {
    const often = observed({ builds: [build()], workloads: [4, 3, 2, 1].map((n) => crash(`w${n}`, n * 10)) })
    expect(next(desired({ revision: 1 }), often, after(100)).actions).toEqual([{ do: 'apply', build: 'build-a' }])
  })
})

/** A world that does what it is told: enough of the platform to see where a Space ends up. */
class World {
  seen: Observed = observed()
  count = 0
  purged = false
  room = { mayStay: () => false, sideBySide: true }
  readonly fails: { build: boolean; start: boolean }
  constructor(fails: { build: boolean; start: boolean }) {
    this.fails = fails
  }

  do(action: Action, now: Date): void {
    const { builds, workloads } = this.seen
    const set = (change: Partial<Observed>) => (this.seen = { ...this.seen, ...change })
    const change = (id: string, to: Partial<ObservedWorkload>) =>
      set({ workloads: workloads.map((one) => (one.id === id ? { ...one, ...to } : one)) })
    switch (action.do) {
      case 'build': {
        const already = builds.some((one) => one.sha === action.sha && one.rebuild === action.rebuild)
        const made = build({ ...action, id: `b${++this.count}`, state: 'queued', endedAt: null })
        if (!already) set({ builds: [made, ...builds] })
        return
      }
      case 'cancel-build':
        set({ builds: builds.map((one) => (one.id === action.build ? { ...one, state: 'cancelled' } : one)) })
        return
      case 'apply': {
        const of = builds.find((one) => one.id === action.build)
        if (!of || this.wish === undefined) throw new Error('apply of an unknown build')
        const made = workload({
          id: `w${++this.count}`,
          buildId: of.id,
          sha: of.sha,
          revision: this.wish.revision,
          state: { kind: 'pending', reason: '' },
          createdAt: now,
          readyAt: null,
        })
        set({ workloads: [made, ...workloads] })
        return
      }
      case 'remove':
        change(action.workload, { wanted: false, endedAt: now })
        set({
          workloads: this.seen.workloads.map((one) =>
            one.id === action.workload && one.state.kind !== 'exited' ? { ...one, state: { kind: 'gone' } } : one,
          ),
        })
        return
      case 'route': {
        const to = workloads.find((one) => one.id === action.workload)
        if (to?.state.kind !== 'ready') throw new Error('route to what is not ready')
        set({ route: { workloadId: to.id, sha: to.sha, since: now, addresses: to.state.addresses } })
        return
      }
      case 'freeze':
        change(action.workload, { state: frozen })
        return
      case 'thaw':
        change(action.workload, { state: ready })
        return
      case 'unroute':
        set({ route: undefined })
        return
      case 'purge':
        this.purged = true
    }
  }
  wish: Desired | undefined

  /** Builds end, starts become ready or exit. */
  progress(now: Date): void {
    this.seen = {
      ...this.seen,
      builds: this.seen.builds.map((one) =>
        one.state === 'queued' ? { ...one, state: this.fails.build ? 'failed' : 'succeeded', endedAt: now } : one,
      ),
      workloads: this.seen.workloads.map((one) => {
        if (one.state.kind !== 'pending' || !one.wanted) return one
        return this.fails.start ? { ...one, state: exited(), endedAt: now } : { ...one, state: ready, readyAt: now }
      }),
    }
  }

  /** Asks and does until nothing is left to do. `loses` says which actions never happen. */
  settle(wish: Desired, at: Date, loses: () => boolean = () => false): void {
    this.wish = wish
    for (let round = 0; round < 50; round++) {
      const { actions } = next(wish, this.seen, at, this.room)
      if (actions.length === 0 || this.purged) return
      for (const action of actions) {
        if (loses()) break
        this.do(action, at)
      }
      if (this.purged) return
    }
    throw new Error(`no fixpoint: ${JSON.stringify(next(wish, this.seen, at, this.room).actions)}`)
  }
}

const wishes = fc.record({
  deleted: fc.constant(false),
  paused: fc.boolean(),
  target: fc.option(
    fc.record({
      sha: fc.constantFrom('a', 'b', 'c'),
      problem: fc.constantFrom(null, null, null, { stage: 'CONFIG_ERROR' as const, message: 'x' }),
    }),
    { nil: undefined },
  ),
  revision: fc.integer({ min: 0, max: 3 }),
  rebuild: fc.integer({ min: 0, max: 1 }),
  sleepAfter: fc.constantFrom(-1, 5, 1000),
})
const steps = fc.array(
  fc.record({
    wish: wishes,
    seconds: fc.integer({ min: 0, max: 60 }),
    failsBuild: fc.boolean(),
    failsStart: fc.boolean(),
    room: fc.record({
      mayStay: fc.constantFrom(
        () => true,
        () => false,
      ),
      sideBySide: fc.boolean(),
    }),
    visited: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
)

describe('properties over random lives', () => {
  test('every life comes to rest, and asking again asks for nothing', () => {
    fc.assert(
      fc.property(steps, (life) => {
        const world = new World({ build: false, start: false })
        let clock = 0
        for (const step of life) {
          clock += step.seconds
          world.fails.build = step.failsBuild
          world.fails.start = step.failsStart
          world.room = step.room
          const wish: Desired = { ...step.wish, activeAt: step.visited ? after(clock) : start }
          for (let round = 0; round < 4; round++) {
            world.settle(wish, after(clock))
            expect(next(wish, world.seen, after(clock), step.room).actions).toEqual([])
            world.progress(after(clock))
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  test('actions that are lost on the way and asked for again end in the same place', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.boolean()), (life, losses) => {
        const steady = new World({ build: false, start: false })
        const shaken = new World({ build: false, start: false })
        let clock = 0
        for (const step of life) {
          clock += step.seconds
          const wish: Desired = { ...step.wish, activeAt: step.visited ? after(clock) : start }
          for (const world of [steady, shaken]) {
            world.room = step.room
            world.fails.build = step.failsBuild
            world.fails.start = step.failsStart
            let budget = 20
            for (let round = 0; round < 4; round++) {
              world.settle(wish, after(clock), () => world === shaken && budget-- > 0 && losses.next().value)
              world.progress(after(clock))
            }
            world.settle(wish, after(clock))
          }
          expect(stage(wish, shaken.seen, after(clock)).name).toBe(stage(wish, steady.seen, after(clock)).name)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the route is taken from a living version only for one that is ready, for sleep, pause or deletion', () => {
    fc.assert(
      fc.property(steps, (life) => {
        const world = new World({ build: false, start: false })
        let clock = 0
        for (const step of life) {
          clock += step.seconds
          world.fails.build = step.failsBuild
          world.fails.start = step.failsStart
          const wish: Desired = { ...step.wish, sleepAfter: -1, activeAt: start }
          for (let round = 0; round < 4; round++) {
            const before = world.seen.route?.workloadId
            const serving = world.seen.workloads.find((one) => one.id === before && one.state.kind === 'ready')
            world.settle(wish, after(clock))
            if (serving && !wish.paused && wish.target) {
              expect(world.seen.route).toBeDefined()
              const now = world.seen.workloads.find((one) => one.id === world.seen.route?.workloadId)
              expect(now?.state.kind).toBe('ready')
            }
            world.progress(after(clock))
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  test('deletion leaves nothing running, and then asks for the rest to be removed', () => {
    fc.assert(
      fc.property(steps, (life) => {
        const world = new World({ build: false, start: false })
        for (const step of life) {
          world.room = step.room
          world.settle({ ...step.wish, activeAt: start }, start)
          world.progress(start)
        }
        world.settle(desired({ deleted: true }), start)
        expect(world.purged).toBe(true)
        expect(world.seen.workloads.filter((one) => one.wanted)).toEqual([])
        expect(world.seen.route).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })
})
