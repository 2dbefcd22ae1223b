/** What a visitor sees while a Space wakes, builds or starts, or when it cannot: the truth, which turns into the app by itself. */
import type { Said } from '../../web/words/english/server.ts'
import type { Words } from '../words.ts'
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

export function waitingView(stage: StageAnswer, ready: boolean, now: Date, words: Words): WaitingView {
  const face = ready ? 'ready' : stage.willStart || stage.stage.startsWith('RUNNING') ? 'waiting' : 'stopped'
  const said = face === 'stopped' ? stopped(stage, words) : waiting(stage, words)
  return { face, stage: stage.stage, ...said, since: stage.phase?.startedAt.getTime() ?? null, now: now.getTime() }
}

/** @param host that the visitor asked for. */
export function waitingPage(stage: StageAnswer, host: string, now: Date, words: Words): Page {
  const view = waitingView(stage, false, now, words)
  const title = stage.emoji === undefined ? stage.title : `${stage.emoji} ${stage.title}`
  const common = {
    title: words.waiting.title(stage.title, view.heading),
    heading: view.heading,
    sentence: view.sentence,
    script: script(view),
  }
  if (view.face === 'stopped') {
    return {
      ...common,
      status: { tone: toneOf(stage.stage), words: title },
      ...(stage.errorMessage === undefined ? {} : { said: stage.errorMessage }),
      link: { url: stage.pageUrl, words: words.waiting.openPage, signal: false },
      strip: { left: host, right: stage.stage },
    }
  }
  return {
    ...common,
    status: { tone: 'working', words: title },
    ...(view.since === null ? {} : { since: view.since }),
    link: { url: stage.pageUrl, words: words.waiting.openPage, signal: false },
    strip: { left: host, right: words.waiting.turns },
  }
}

function waiting(stage: StageAnswer, { waiting: say }: Words): Said {
  const { phase } = stage
  if (!phase) {
    if (stage.stage === 'SLEEPING') return say.asleep
    if (stage.stage === 'BUILDING') return say.building
    return stage.stage.startsWith('RUNNING') ? say.silent : say.phase.starting
  }
  // What the app itself answers comes as it is.
  const detail = phase.detail ?? ''
  if (!isOneOf(say.phase, phase.name)) return { heading: phase.name, sentence: detail }
  const { heading, sentence } = say.phase[phase.name]
  const first = phase.position === undefined ? sentence : say.place(phase.position)
  return { heading, sentence: `${first} ${detail}`.trim() }
}

function stopped(stage: StageAnswer, { waiting: say }: Words): Said {
  return isOneOf(say.stopped, stage.stage) ? say.stopped[stage.stage] : say.notRunning(stage.stage)
}

function isOneOf<Name extends string>(all: Record<Name, Said>, name: string): name is Name {
  return Object.hasOwn(all, name)
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
