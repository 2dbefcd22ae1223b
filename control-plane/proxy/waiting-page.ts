/** What a visitor sees while a Space wakes, builds or starts, or when it cannot: the truth, which turns into the app by itself. */
import type { Page } from './page.ts'
import type { StageAnswer } from './wake.ts'

/** Paths below it are the proxy's own on every Space's origin. */
export const reservedPrefix = '/.plaza/'
export const eventsPath = `${reservedPrefix}events`
export const stagePath = `${reservedPrefix}stage`

/** What the page follows over `eventsPath`: `face` changes where the page has to be made anew. */
export type WaitingView = {
  face: 'ready' | 'waiting' | 'stopped'
  stage: string
  heading: string
  sentence: string
  /** Milliseconds since 1970, by the server's clock, which `now` tells. */
  since: number | null
  now: number
}

export function waitingView(stage: StageAnswer, ready: boolean, now: Date): WaitingView {
  const face = ready ? 'ready' : stage.willStart || stage.stage.startsWith('RUNNING') ? 'waiting' : 'stopped'
  const words = face === 'stopped' ? stopped(stage) : waiting(stage)
  return { face, stage: stage.stage, ...words, since: stage.phase?.startedAt.getTime() ?? null, now: now.getTime() }
}

/** @param host that the visitor asked for. */
export function waitingPage(stage: StageAnswer, host: string, now: Date): Page {
  const view = waitingView(stage, false, now)
  const title = stage.emoji === undefined ? stage.title : `${stage.emoji} ${stage.title}`
  const common = {
    title: `${stage.title}: ${view.heading}`,
    heading: view.heading,
    sentence: view.sentence,
    script: script(view),
  }
  if (view.face === 'stopped') {
    return {
      ...common,
      status: { tone: toneOf(stage.stage), words: title },
      ...(stage.errorMessage === undefined ? {} : { said: stage.errorMessage }),
      link: { url: stage.pageUrl, words: 'Open its page', signal: false },
      strip: { left: host, right: stage.stage },
    }
  }
  return {
    ...common,
    status: { tone: 'working', words: title },
    ...(view.since === null ? {} : { since: view.since }),
    link: { url: stage.pageUrl, words: 'Open its page', signal: false },
    strip: { left: host, right: 'This page turns into the app by itself.' },
  }
}

type Words = { heading: string; sentence: string }

function waiting(stage: StageAnswer): Words {
  const { phase } = stage
  const detail = phase?.detail === undefined ? '' : ` ${phase.detail}`
  if (!phase) {
    if (stage.stage === 'SLEEPING') return { heading: 'Waking up', sentence: 'It slept because nobody was here.' }
    if (stage.stage === 'BUILDING') return { heading: 'Building', sentence: 'Its newest version is being prepared.' }
    if (stage.stage.startsWith('RUNNING')) {
      return { heading: 'No answer yet', sentence: 'The app runs, but takes no connections at the moment.' }
    }
    return { heading: 'Starting', sentence: 'The app has been started and loads.' }
  }
  switch (phase.name) {
    case 'queued':
      return {
        heading: 'Queued',
        sentence:
          (phase.position === undefined ? 'It waits for its turn.' : `Place ${phase.position} in the queue.`) + detail,
      }
    case 'cloning':
      return { heading: 'Copying the files', sentence: `The newest version is taken from the repository.${detail}` }
    case 'resolving':
      return { heading: 'Choosing packages', sentence: `The versions that fit together are looked up.${detail}` }
    case 'installing':
      return { heading: 'Installing', sentence: `What the app needs is being installed.${detail}` }
    case 'starting':
      return { heading: 'Starting', sentence: `The app has been started and loads.${detail}` }
    case 'health-checking':
      return { heading: 'Starting', sentence: `The app runs; its first answer is awaited.${detail}` }
    default:
      return { heading: phase.name, sentence: detail.trim() }
  }
}

function stopped(stage: StageAnswer): Words {
  switch (stage.stage) {
    case 'PAUSED':
      return { heading: 'Paused', sentence: 'Its author has paused it. Only they can start it again.' }
    case 'NO_APP_FILE':
      return {
        heading: 'Nothing to run yet',
        sentence: 'Its repository has no app file yet. It appears here with the next push.',
      }
    case 'CONFIG_ERROR':
      return { heading: 'The card cannot be used', sentence: 'The author has to correct the README of the repository.' }
    case 'BUILD_ERROR':
      return { heading: 'The build failed', sentence: 'Its log on the page of the Space says more.' }
    case 'RUNTIME_ERROR':
      return { heading: 'The app has crashed', sentence: 'Its log on the page of the Space says more.' }
    case 'DELETING':
      return { heading: 'Deleting', sentence: 'This Space is being removed.' }
    default:
      return { heading: 'Not running', sentence: `It is in stage ${stage.stage}.` }
  }
}

function toneOf(stage: string): Page['status']['tone'] {
  switch (stage) {
    case 'PAUSED':
      return 'paused'
    case 'STOPPED':
      return 'asleep'
    case 'NO_APP_FILE':
    case 'DELETING':
      return 'absent'
    default:
      return 'failed'
  }
}

/** Follows the stage; a reload keeps path, query and fragment, and shows whatever is there then. */
function script(view: WaitingView): string {
  // JSON inside a script element: nothing in it may end the element.
  const first = JSON.stringify(view).replace(/</g, '\\u003c')
  return `(() => {
const by = (id) => document.getElementById(id)
let view = ${first}
let ahead = Date.now() - view.now
const tick = () => {
  by('clock').hidden = view.since === null
  if (view.since === null) return
  const seconds = Math.max(0, Math.floor((Date.now() - ahead - view.since) / 1000))
  by('clock').textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0')
}
const show = (next) => {
  if (next.face !== view.face || (next.face === 'stopped' && next.stage !== view.stage)) { source.close(); return location.reload() }
  view = next
  ahead = Date.now() - view.now
  if (by('heading').textContent !== view.heading) by('heading').textContent = view.heading
  by('sentence').textContent = view.sentence
  tick()
}
const source = new EventSource('${eventsPath}')
source.onmessage = (event) => show(JSON.parse(event.data))
source.onerror = () => { if (source.readyState === 2) setTimeout(() => location.reload(), 5000) }
setInterval(tick, 1000)
tick()
})()`
}
