/**
 * Every page in every state: loading, empty, failed, long names, 0, 1, 7 and 10,000 Spaces. Each fits the screen,
 * bars nobody's way and fails no script. `PLAZA_PICTURES=FOLDER` looks at each in all of its views and keeps the
 * pictures with an index; without it each is looked at in one view.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { SpaceList } from '../../control-plane/hub/gallery.ts'
import type { Install } from '../../control-plane/hub/whoami.ts'
import { openStore } from '../../control-plane/store/database.ts'
import { fill } from '../bench/many-spaces.ts'
import { TestPlaza } from '../plaza.ts'
import { createDatabase } from '../store/database.ts'
import { Chromium, chromiumProblem } from './chromium.ts'
import { files } from './states/files.ts'
import { everyState, newInstall, oneSpace, someSpaces, tenThousand } from './states/gallery.ts'
import { admin, newcomers, newSpace, people } from './states/people.ts'
import { logs, stages } from './states/space.ts'
import { publishFiles, publishFirst, publishOthers, publishRunning } from './states/spaces.ts'
import { type State, StatePictures, viewNames } from './states/state-pictures.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const limit = 300_000

const all = [
  newInstall,
  oneSpace,
  someSpaces,
  everyState,
  stages,
  logs,
  files,
  newSpace,
  newcomers,
  people,
  admin,
  tenThousand,
].flat()

let plaza: TestPlaza
let browser: Chromium
let pictures: StatePictures
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start({ people: ['newcomer'], pictures: true }), Chromium.start()])
  pictures = await StatePictures.start(plaza, browser, process.env['PLAZA_PICTURES'])
}, limit)
afterAll(async () => {
  await pictures?.writeIndex(all)
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
}, limit)

function looked(what: string, states: readonly State[], where: () => TestPlaza = () => plaza): void {
  for (const view of viewNames) {
    const isAnywhere = states.some((state) => state.everywhere) || view === 'desktop-light' || view === 'phone-dark'
    if (!isAnywhere) continue
    test.skipIf(chromiumProblem !== undefined)(`${what}, ${view}${named}`, { timeout: limit }, async () => {
      await pictures.take(states, view, where())
    })
  }
}

/** The camera has seen these, where the machine can have one. */
async function photographed(...ids: string[]): Promise<void> {
  const { install } = await plaza.json<{ install: Install }>('GET', '/api/plaza/me')
  if (!install.isolated) return
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const { spaces } = await plaza.json<SpaceList>('GET', '/api/plaza/spaces', 'root-admin')
    if (ids.every((id) => spaces.find((space) => space.id === id)?.picture)) return
    await sleep(300)
  }
  throw new Error(`There are no pictures of ${ids.join(', ')}`)
}

describe.skipIf(chromiumProblem !== undefined)('without a Space', () => {
  looked('a new install', newInstall)
  looked('somebody who has nothing', newcomers)
})

describe.skipIf(chromiumProblem !== undefined)('with one Space', () => {
  beforeAll(async () => {
    await publishFirst(plaza)
    await photographed('bob/life')
  }, limit)
  looked('the gallery of one', oneSpace)
})

describe.skipIf(chromiumProblem !== undefined)('with seven Spaces', () => {
  beforeAll(async () => {
    await publishRunning(plaza)
    await photographed('bob/eddy', 'alice/tides')
    for (const id of ['alice/tides', 'bob/life', 'alice/tide-lines']) {
      await plaza.json('POST', `/api/spaces/${id}/like`, 'bob')
    }
    await plaza.json('POST', '/api/spaces/alice/tides/like', 'root-admin')
  }, limit)
  looked('the gallery of seven', someSpaces)
})

describe.skipIf(chromiumProblem !== undefined)('with Spaces in every state', () => {
  beforeAll(async () => {
    await publishFiles(plaza)
    await plaza.json('POST', '/api/spaces/alice/tides/variables', 'alice', { key: 'HARBOUR', value: 'north' })
    await plaza.json('POST', '/api/spaces/alice/tides/secrets', 'alice', { key: 'HF_TOKEN', value: 'hers' })
    await plaza.waitFor('alice/tides', 'RUNNING')
    await publishOthers(plaza)
  }, limit)
  looked('the gallery', everyState)
  looked('a Space', stages)
  looked('logs, versions, settings', logs)
  looked('files', files)
  looked('a new Space', newSpace)
  looked('people', people)
  looked('administration', admin)
})

describe.skipIf(chromiumProblem !== undefined)('with very many Spaces', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>
  let crowded: TestPlaza
  beforeAll(async () => {
    database = await createDatabase()
    await using store = await openStore(database.url)
    await fill(store, 10_000)
    crowded = await TestPlaza.start({ env: { PLAZA_DATABASE_URL: database.url } })
  }, limit)
  afterAll(async () => {
    await crowded?.[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
  }, limit)
  looked('the gallery of 10,000', tenThousand, () => crowded)
})
