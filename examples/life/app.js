import { Life, SEEDS } from './life.js'
import { Sound } from './sound.js'

const find = (selector) => document.querySelector(selector)
const canvas = find('#board')
const context = canvas.getContext('2d')
const dark = matchMedia('(prefers-color-scheme: dark)')
const calm = matchMedia('(prefers-reduced-motion: reduce)')

const STEPS_A_GENERATION = 8
const MOST_VOICES = 6
const LOOKAHEAD = 60 // milliseconds that a note is ordered before it sounds

let life
let layout // where the board lies: { cell, left, top }
let step = 0 // the column under the line
let nextStepAt = 0
let playing = !calm.matches
let sound = null
let heard = false
/** Cell → when it last sounded, for its pulse. */
const rung = new Map()
let cursor = null
let brush = null
let quietGenerations = 0
/** After “Clear” nothing falls from the sky until someone has painted. */
let waiting = false

function fit() {
  const ratio = Math.min(devicePixelRatio || 1, 2)
  canvas.width = Math.round(innerWidth * ratio)
  canvas.height = Math.round(innerHeight * ratio)
  const upright = innerHeight > innerWidth
  const columns = upright ? 16 : 32
  const room = { x: innerWidth - (upright ? 24 : 64), y: innerHeight - (upright ? 104 : 116) }
  const cell = Math.min(room.x / columns, Math.max(room.x / columns / 2, room.y / 8))
  const rows = Math.max(8, Math.min(28, Math.floor(room.y / cell)))
  layout = {
    cell,
    left: (innerWidth - cell * columns) / 2,
    top: Math.max(16, (innerHeight - (upright ? 72 : 84) - cell * rows) / 2),
  }
  if (life?.columns !== columns || life.rows !== rows) {
    life = new Life(columns, rows)
    sow()
  }
}

/** A new board: of several beginnings the one that has become liveliest. */
function sow() {
  let best = null
  for (let attempt = 0; attempt < 14; attempt++) {
    life.clear()
    const count = Math.round((life.columns * life.rows) / 55) + 1
    for (let i = 0; i < count; i++) sprinkle()
    for (let generation = 0; generation < 5; generation++) life.step()
    const alive = life.ages.reduce((sum, age) => sum + (age ? 1 : 0), 0)
    if (!best || alive > best.alive) best = { alive, ages: life.ages.slice() }
  }
  life.clear()
  life.ages = best.ages
  quietGenerations = 0
  waiting = false
}

function sprinkle() {
  const seed = SEEDS[Math.floor(Math.random() * SEEDS.length)]
  const turned = Math.random() < 0.5 ? seed : seed.map((line) => [...line].reverse().join('')).reverse()
  life.draw(turned, Math.floor(Math.random() * life.columns), Math.floor(Math.random() * life.rows))
}

/** From red at the top to violet at the bottom; a pair of shades for the young and the old, per theme. */
const YOUNG = {
  light: ['#e0443e', '#f07c22', '#eeb111', '#3fa45b', '#1c94a3', '#2f6bd0', '#7a4bc4'],
  dark: ['#ff7a70', '#ffa25a', '#ffd35c', '#72d992', '#57cfdc', '#74a6ff', '#b597ff'],
}

function shade(row, toGround) {
  const colors = YOUNG[dark.matches ? 'dark' : 'light']
  const place = (row / Math.max(1, life.rows - 1)) * (colors.length - 1)
  const first = Math.min(colors.length - 2, Math.floor(place))
  const between = `color-mix(in oklab, ${colors[first + 1]} ${((place - first) * 100).toFixed(0)}%, ${colors[first]})`
  return `color-mix(in oklab, ${dark.matches ? '#121114' : '#201d18'} ${(toGround * 100).toFixed(0)}%, ${between})`
}

/** One step of the line: what it meets sounds at `when`, in milliseconds of performance.now(). */
function advance(when) {
  step = (step + 1) % life.columns
  const rows = []
  for (let row = 0; row < life.rows; row++) if (life.ages[life.at(step, row)]) rows.push(row)
  // Young cells first: what is new is what one wants to hear.
  rows.sort((a, b) => life.ages[life.at(step, a)] - life.ages[life.at(step, b)])
  const voices = rows.slice(0, MOST_VOICES)
  for (const row of rows) rung.set(life.at(step, row), when)
  if (heard && sound)
    sound.play(
      voices.map((row) => life.rows - 1 - row),
      when - performance.now(),
    )
  if (step % STEPS_A_GENERATION === 0 && !brush) {
    quietGenerations = life.step() ? quietGenerations + 1 : 0
    if (quietGenerations > 6 && !waiting) {
      sprinkle()
      quietGenerations = 0
    }
  }
}

function draw(now) {
  const ratio = Math.min(devicePixelRatio || 1, 2)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, innerWidth, innerHeight)
  const { cell, left, top } = layout
  const lit = dark.matches
  const along = playing ? Math.min(1, 1 - (nextStepAt - now) / pace()) : 0
  const line = left + (step + Math.max(0, along)) * cell
  const wash = context.createLinearGradient(line - cell * 3, 0, line, 0)
  wash.addColorStop(0, lit ? 'rgb(255 255 255 / 0)' : 'rgb(60 40 10 / 0)')
  wash.addColorStop(1, lit ? 'rgb(255 255 255 / 0.09)' : 'rgb(60 40 10 / 0.08)')
  context.fillStyle = wash
  context.fillRect(Math.max(left, line - cell * 3), top, Math.min(cell * 3, line - left), cell * life.rows)
  for (let row = 0; row < life.rows; row++) {
    for (let column = 0; column < life.columns; column++) {
      const at = row * life.columns + column
      const age = life.ages[at]
      const x = left + (column + 0.5) * cell
      const y = top + (row + 0.5) * cell
      context.beginPath()
      if (!age) {
        context.fillStyle = lit ? 'rgb(255 255 255 / 0.1)' : 'rgb(50 40 20 / 0.12)'
        context.arc(x, y, Math.max(1.2, cell * 0.06), 0, 7)
        context.fill()
        continue
      }
      const since = now - (rung.get(at) ?? -1e9)
      const pulse = since >= 0 && since < 420 ? (1 - since / 420) ** 2 : 0
      const old = Math.min(1, (age - 1) / 14)
      const color = shade(row, Math.max(0, old * (lit ? 0.42 : 0.3) - pulse * 0.3))
      if (pulse > 0) {
        context.globalAlpha = pulse * 0.3
        context.fillStyle = color
        context.arc(x, y, cell * (0.4 + 0.55 * (1 - pulse * 0.6)), 0, 7)
        context.fill()
        context.globalAlpha = 1
        context.beginPath()
      }
      context.fillStyle = color
      context.arc(x, y, cell * (0.34 + 0.1 * pulse), 0, 7)
      context.fill()
    }
  }
  if (cursor && document.activeElement === canvas) {
    context.strokeStyle = lit ? '#f0ece3' : '#201d18'
    context.lineWidth = 2
    context.strokeRect(left + cursor.column * cell + 1, top + cursor.row * cell + 1, cell - 2, cell - 2)
  }
}

function pace() {
  return 30_000 / Number(find('#tempo').value)
}

function frame(now) {
  requestAnimationFrame(frame)
  if (playing) {
    // After a pause or a hidden tab the line goes on from here instead of hurrying after the clock.
    if (now - nextStepAt > 500) nextStepAt = now
    while (nextStepAt < now + LOOKAHEAD) {
      advance(nextStepAt)
      nextStepAt += pace()
    }
  }
  draw(now)
}

// --- hands ----------------------------------------------------------------

function cellAt(event) {
  const column = Math.floor((event.clientX - layout.left) / layout.cell)
  const row = Math.floor((event.clientY - layout.top) / layout.cell)
  return column >= 0 && row >= 0 && column < life.columns && row < life.rows ? { column, row } : null
}

function paint(place) {
  life.set(place.column, place.row, brush.alive)
  if (brush.alive && heard && sound && !playing) sound.play([life.rows - 1 - place.row], 0)
  rung.set(life.at(place.column, place.row), performance.now())
  quietGenerations = 0
  waiting = false
}

canvas.addEventListener('pointerdown', (event) => {
  const place = cellAt(event)
  if (!place) return
  canvas.setPointerCapture(event.pointerId)
  brush = { alive: !life.ages[life.at(place.column, place.row)] }
  cursor = null
  paint(place)
})
canvas.addEventListener('pointermove', (event) => {
  if (!brush) return
  for (const part of event.getCoalescedEvents?.() ?? [event]) {
    const place = cellAt(part)
    if (place) paint(place)
  }
})
for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, () => (brush = null))

function play(now) {
  playing = now
  find('#play').textContent = playing ? 'Pause' : 'Play'
}
function hear(now) {
  heard = now
  if (heard) {
    sound ??= new Sound()
    void sound.context.resume()
  }
  find('#sound').textContent = heard ? 'Sound off' : 'Sound on'
  find('#sound').setAttribute('aria-pressed', String(heard))
}
function clear() {
  life.clear()
  waiting = true
}

find('#sound').addEventListener('click', () => hear(!heard))
find('#play').addEventListener('click', () => play(!playing))
find('#fresh').addEventListener('click', sow)
find('#clear').addEventListener('click', clear)

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'INPUT') return
  const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
  if (move) {
    canvas.focus()
    cursor = cursor
      ? {
          column: (cursor.column + move[0] + life.columns) % life.columns,
          row: (cursor.row + move[1] + life.rows) % life.rows,
        }
      : { column: life.columns >> 1, row: life.rows >> 1 }
    event.preventDefault()
  } else if (event.key === 'Enter' && cursor && event.target === canvas) {
    brush = { alive: !life.ages[life.at(cursor.column, cursor.row)] }
    paint(cursor)
    brush = null
  } else if (event.key === ' ' && event.target.tagName !== 'BUTTON') {
    play(!playing)
    event.preventDefault()
  } else if (event.key === 's') hear(!heard)
  else if (event.key === 'n') sow()
  else if (event.key === 'c') clear()
})
addEventListener('resize', fit)

fit()
play(playing)
requestAnimationFrame(frame)
