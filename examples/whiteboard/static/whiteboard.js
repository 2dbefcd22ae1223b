import { Connection } from './connection.js'
import { bounds, COLORS, drawDots, drawStroke, onThemeChange, personShade, shade, WIDTHS } from './ink.js'

const find = (selector) => document.querySelector(selector)
const strokeCanvas = find('#strokes')
const liveCanvas = find('#live')
const below = strokeCanvas.getContext('2d', { alpha: false })
const above = liveCanvas.getContext('2d')

const view = { x: 0, y: 0, scale: 1 }
const strokes = new Map()
/** Own strokes that the server has not confirmed yet, by id: sent again after every welcome. */
const pending = new Map()
/** What others are drawing at this moment: person → stroke. */
const living = new Map()
const people = new Map()
const cursors = new Map()
const fingers = new Map()

let me = { key: '', name: '', id: 0, author: '0000' }
let pen = { color: 'ink', width: WIDTHS[1] }
let drawing = null
let grip = null // while two fingers, the space bar or the middle button move the board
let spaceHeld = false
let viewed = false
let kept = true
let stale = true

// --- who am I -------------------------------------------------------------

/** Storage may be forbidden in a frame of another site; then one is a new person with every visit. */
function remembered(name, make) {
  try {
    const value = localStorage.getItem(name) ?? make()
    localStorage.setItem(name, value)
    return value
  } catch {
    return make()
  }
}

function pick(words) {
  return words[Math.floor(Math.random() * words.length)]
}

me.key = remembered('whiteboard-key', () =>
  Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
)
me.name = remembered(
  'whiteboard-name',
  () =>
    `${pick(['Amber', 'Quiet', 'Merry', 'Swift', 'Velvet', 'Copper', 'Misty', 'Bold'])} ${pick(['Otter', 'Heron', 'Fox', 'Puffin', 'Lynx', 'Newt', 'Robin', 'Seal'])}`,
)

// --- talking --------------------------------------------------------------

const connection = new Connection({
  greet: () => ({ t: 'hello', name: me.name, key: me.key }),
  hear: (message) => hearing[message.t]?.(message),
  change: showState,
})

const hearing = {
  welcome(message) {
    me.id = message.you
    me.author = message.author
    kept = message.kept
    strokes.clear()
    for (const stroke of message.strokes) strokes.set(stroke.id, stroke)
    people.clear()
    living.clear()
    for (const cursor of cursors.values()) cursor.remove()
    cursors.clear()
    for (const person of message.people) people.set(person.id, person)
    for (const stroke of pending.values()) connection.tell({ t: 'stroke', ...stroke })
    if (!viewed) fit()
    viewed = true
    showPeople()
    showState(true)
    stale = true
  },
  person(message) {
    people.set(message.id, message)
    const name = cursors.get(message.id)?.querySelector('span')
    if (name) name.textContent = message.name
    showPeople()
  },
  left({ id }) {
    people.delete(id)
    living.delete(id)
    cursors.get(id)?.remove()
    cursors.delete(id)
    showPeople()
    paint()
  },
  cursor: moveCursor,
  live(message) {
    const stroke = living.get(message.from)
    if (stroke?.id === message.id) stroke.points.push(...message.points)
    else living.set(message.from, { ...message, points: [...message.points] })
    paint()
  },
  stroke(message) {
    strokes.set(message.id, message)
    pending.delete(message.id)
    if (living.get(message.from)?.id === message.id) living.delete(message.from)
    stale = true
    paint()
  },
  removed({ ids }) {
    for (const id of ids) {
      strokes.delete(id)
      pending.delete(id)
    }
    stale = true
    paint()
  },
  cleared({ by }) {
    strokes.clear()
    stale = true
    paint()
    toast(`${by === me.name ? 'You' : by} cleared the board.`, true)
  },
  restored(message) {
    const since = [...strokes]
    strokes.clear()
    for (const stroke of message.strokes) strokes.set(stroke.id, stroke)
    for (const [id, stroke] of since) strokes.set(id, stroke)
    stale = true
    paint()
    toast(`${message.by === me.name ? 'You' : message.by} brought it back.`, false)
  },
}

// --- showing --------------------------------------------------------------

let painting = 0
function paint() {
  painting ||= requestAnimationFrame(() => {
    painting = 0
    const ratio = Math.min(devicePixelRatio || 1, 2)
    const place = (context) => {
      context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y)
      context.lineCap = 'round'
      context.lineJoin = 'round'
    }
    if (stale) {
      stale = false
      below.setTransform(ratio, 0, 0, ratio, 0, 0)
      below.fillStyle = shade('paper')
      below.fillRect(0, 0, innerWidth, innerHeight)
      drawDots(below, view, innerWidth, innerHeight)
      place(below)
      for (const stroke of strokes.values()) drawStroke(below, stroke)
    }
    above.setTransform(1, 0, 0, 1, 0, 0)
    above.clearRect(0, 0, liveCanvas.width, liveCanvas.height)
    place(above)
    for (const stroke of [...pending.values(), ...living.values()]) drawStroke(above, stroke)
    if (drawing) drawStroke(above, drawing)
  })
}

function resize() {
  const ratio = Math.min(devicePixelRatio || 1, 2)
  for (const canvas of [strokeCanvas, liveCanvas]) {
    canvas.width = Math.round(innerWidth * ratio)
    canvas.height = Math.round(innerHeight * ratio)
  }
  stale = true
  paint()
}

/** Everything in sight, clear of the people above and the tools below. */
function fit() {
  const box = bounds([...strokes.values(), ...pending.values()])
  const narrow = innerWidth < 760
  const room = { left: narrow ? 18 : 60, right: narrow ? 18 : 60, top: narrow ? 64 : 56, bottom: narrow ? 136 : 100 }
  const width = Math.max(80, innerWidth - room.left - room.right)
  const height = Math.max(80, innerHeight - room.top - room.bottom)
  view.scale = Math.max(0.05, Math.min(1.6, width / (box.right - box.left), height / (box.bottom - box.top)))
  view.x = room.left + width / 2 - ((box.left + box.right) / 2) * view.scale
  view.y = room.top + height / 2 - ((box.top + box.bottom) / 2) * view.scale
  moved()
}

function zoom(at, factor) {
  const scale = Math.max(0.05, Math.min(8, view.scale * factor))
  view.x = at.x - ((at.x - view.x) * scale) / view.scale
  view.y = at.y - ((at.y - view.y) * scale) / view.scale
  view.scale = scale
  moved()
}

function moved() {
  stale = true
  for (const cursor of cursors.values()) placeCursor(cursor)
  paint()
}

function showState(connected) {
  for (const act of [find('#undo'), find('#clear')]) act.disabled = !connected
  find('#state').textContent = connected
    ? kept
      ? ''
      : 'Kept until the next restart'
    : 'Reconnecting. Keep drawing, nothing gets lost.'
}

function showPeople() {
  const list = [...people.values()].sort((a, b) => (a.id === me.id ? -1 : b.id === me.id ? 1 : a.id - b.id))
  const shown = list.slice(0, innerWidth < 760 ? 3 : 8)
  find('#people').replaceChildren(
    ...shown.map((person) => {
      const item = document.createElement('li')
      item.style.setProperty('--person', personShade(person.author))
      const label = document.createElement(person.id === me.id ? 'button' : 'span')
      label.append(document.createElement('i'), person.name)
      if (person.id === me.id) {
        const you = document.createElement('em')
        you.textContent = 'you'
        label.append(you)
        label.title = 'Change your name'
        label.addEventListener('click', rename)
      }
      item.append(label)
      return item
    }),
  )
  if (list.length > shown.length) {
    const more = document.createElement('li')
    const label = document.createElement('span')
    label.textContent = `and ${list.length - shown.length} more`
    more.append(label)
    find('#people').append(more)
  }
}

function moveCursor({ id, x, y }) {
  let cursor = cursors.get(id)
  if (x === undefined) {
    cursor?.remove()
    cursors.delete(id)
    return
  }
  const person = people.get(id)
  if (!person) return
  if (!cursor) {
    cursor = document.createElement('div')
    cursor.className = 'cursor'
    cursor.style.setProperty('--person', personShade(person.author))
    cursor.innerHTML = '<svg viewBox="0 0 18 18"><path d="M2 1.5 16 9l-6.4 1.6L6.5 16.5z" /></svg><span></span>'
    cursor.querySelector('span').textContent = person.name
    cursors.set(id, cursor)
    find('#cursors').append(cursor)
  }
  cursor.at = { x, y }
  placeCursor(cursor)
}

function placeCursor(cursor) {
  cursor.style.transform = `translate(${cursor.at.x * view.scale + view.x}px, ${cursor.at.y * view.scale + view.y}px)`
}

let toastTimer
function toast(words, canRestore) {
  const box = find('#toast')
  box.querySelector('span').textContent = words
  box.querySelector('button').hidden = !canRestore
  box.hidden = false
  clearTimeout(toastTimer)
  toastTimer = setTimeout(() => (box.hidden = true), canRestore ? 15_000 : 4000)
}

// --- drawing --------------------------------------------------------------

function toBoard(event) {
  return { x: Math.round((event.clientX - view.x) / view.scale), y: Math.round((event.clientY - view.y) / view.scale) }
}

function begin(event) {
  const { x, y } = toBoard(event)
  const id = `${me.author.slice(0, 6)}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`
  // A pen is as wide as it looks on this screen, whatever the zoom.
  const width = Math.max(1, Math.min(80, Math.round(pen.width / Math.min(1.6, view.scale))))
  drawing = { id, color: pen.color, width, points: [x, y], told: 0 }
}

function extend(event) {
  for (const part of event.getCoalescedEvents?.() ?? [event]) {
    const { x, y } = toBoard(part)
    const { points } = drawing
    if (Math.hypot(x - points.at(-2), y - points.at(-1)) * view.scale < 1.5) continue
    points.push(x, y)
    if (points.length >= 3900) {
      finish()
      begin(event)
    }
  }
}

function finish() {
  const { id, color, width, points } = drawing
  drawing = null
  const stroke = { id, color, width, points }
  pending.set(id, stroke)
  connection.tell({ t: 'stroke', ...stroke })
  paint()
}

let lastAt = null
let cursorAt = null
/** A few times a second, what has changed since: enough for the eye, little for the network. */
setInterval(() => {
  if (drawing && drawing.points.length > drawing.told) {
    const { id, color, width, points, told } = drawing
    if (connection.tell({ t: 'live', id, color, width, points: points.slice(told) })) drawing.told = points.length
  }
  if (cursorAt !== lastAt) {
    connection.tell({ t: 'cursor', ...(cursorAt ?? { x: null }) })
    lastAt = cursorAt
  }
}, 50)

function pinch() {
  const [a, b] = [...fingers.values()]
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, span: Math.hypot(a.x - b.x, a.y - b.y) }
}

liveCanvas.addEventListener('pointerdown', (event) => {
  try {
    liveCanvas.setPointerCapture(event.pointerId)
  } catch {
    // The pointer is already gone again.
  }
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
  if (fingers.size === 2 && event.pointerType === 'touch') {
    drawing = null // the first finger did not mean to draw
    grip = pinch()
  } else if (event.button === 1 || spaceHeld) {
    grip = { x: event.clientX, y: event.clientY }
    liveCanvas.classList.add('panning')
  } else if (event.button === 0 && fingers.size === 1) begin(event)
  paint()
})

liveCanvas.addEventListener('pointermove', (event) => {
  if (event.pointerType !== 'touch' || drawing) cursorAt = toBoard(event)
  if (fingers.has(event.pointerId)) fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
  if (grip) {
    const now = fingers.size >= 2 ? pinch() : { x: event.clientX, y: event.clientY }
    view.x += now.x - grip.x
    view.y += now.y - grip.y
    if (now.span && grip.span) zoom(now, now.span / grip.span)
    else moved()
    grip = now
  } else if (drawing) {
    extend(event)
    paint()
  }
})

function lift(event) {
  fingers.delete(event.pointerId)
  if (grip) {
    if (fingers.size === 0) grip = null
    else if (fingers.size === 1) grip = { ...[...fingers.values()][0] }
    liveCanvas.classList.remove('panning')
  } else if (drawing) finish()
  if (event.pointerType === 'touch') cursorAt = null
}
liveCanvas.addEventListener('pointerup', lift)
liveCanvas.addEventListener('pointercancel', lift)
liveCanvas.addEventListener('pointerleave', () => (cursorAt = null))
liveCanvas.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault()
    if (event.ctrlKey || event.metaKey) zoom({ x: event.clientX, y: event.clientY }, Math.exp(-event.deltaY * 0.008))
    else {
      view.x -= event.deltaX
      view.y -= event.deltaY
      moved()
    }
  },
  { passive: false },
)

// --- tools ----------------------------------------------------------------

function radios(box, choices, choose) {
  const buttons = choices.map(({ label, face }, index) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.setAttribute('role', 'radio')
    button.setAttribute('aria-label', label)
    button.title = label
    button.append(face)
    button.addEventListener('click', () => set(index))
    return button
  })
  function set(index) {
    buttons.forEach((button, i) => {
      button.setAttribute('aria-checked', String(i === index))
      button.tabIndex = i === index ? 0 : -1
    })
    choose(index)
  }
  box.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (!step) return
    const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length
    set(next)
    buttons[next].focus()
    event.preventDefault()
  })
  box.replaceChildren(...buttons)
  return set
}

function face(className, style) {
  const element = document.createElement('span')
  element.className = className
  Object.assign(element.style, style)
  return element
}

function makeTools() {
  const color = radios(
    find('#colors'),
    COLORS.map((name) => {
      const swatch = face(name === 'paper' ? 'swatch eraser' : 'swatch')
      swatch.style.setProperty('--color', shade(name))
      return { label: name === 'paper' ? 'Eraser' : name[0].toUpperCase() + name.slice(1), face: swatch }
    }),
    (index) => (pen.color = COLORS[index]),
  )
  const width = radios(
    find('#widths'),
    WIDTHS.map((size, index) => ({
      label: ['Fine', 'Medium', 'Broad'][index],
      face: face('nib', { width: `${size}px`, height: `${size}px` }),
    })),
    (index) => (pen.width = WIDTHS[index]),
  )
  color(COLORS.indexOf(pen.color))
  width(WIDTHS.indexOf(pen.width))
  return color
}

function undo() {
  connection.tell({ t: 'undo' })
}

async function ask(dialog) {
  dialog.returnValue = 'no'
  dialog.showModal()
  await new Promise((done) => dialog.addEventListener('close', done, { once: true }))
  return dialog.returnValue === 'yes'
}

async function clear() {
  const others = people.size - 1
  const company = others > 0 ? ` ${others === 1 ? 'Somebody else is' : `${others} others are`} here.` : ''
  find('#confirm p').textContent = `${strokes.size} strokes will go.${company}`
  if (await ask(find('#confirm'))) connection.tell({ t: 'clear' })
}

async function rename() {
  find('#name').value = me.name
  const yes = ask(find('#rename'))
  find('#name').select()
  const name = (await yes) && find('#name').value.trim()
  if (!name) return
  me.name = name
  try {
    localStorage.setItem('whiteboard-name', name)
  } catch {
    // Without storage the name lasts as long as the page.
  }
  connection.tell({ t: 'rename', name })
}

// Enter in the field means the name, not the first button of the form.
find('#name').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter') return
  event.preventDefault()
  find('#rename').close('yes')
})

find('#undo').addEventListener('click', undo)
find('#fit').addEventListener('click', fit)
find('#clear').addEventListener('click', clear)
find('#toast button').addEventListener('click', () => {
  connection.tell({ t: 'restore' })
  find('#toast').hidden = true
})

let chooseColor = makeTools()
addEventListener('keydown', (event) => {
  if (event.target.tagName === 'INPUT' || document.querySelector('dialog[open]')) return
  const key = event.key.toLowerCase()
  if ((event.ctrlKey || event.metaKey) && key === 'z') {
    event.preventDefault()
    undo()
  } else if (event.ctrlKey || event.metaKey || event.altKey) return
  else if (key === 'u') undo()
  else if (key === 'f') fit()
  else if (key === ' ' && event.target.tagName !== 'BUTTON') {
    spaceHeld = true
    event.preventDefault()
  } else if (COLORS[Number(key) - 1]) chooseColor(Number(key) - 1)
})
addEventListener('keyup', (event) => {
  if (event.key === ' ') spaceHeld = false
})
addEventListener('resize', () => {
  resize()
  showPeople()
})
onThemeChange(() => {
  chooseColor = makeTools()
  stale = true
  paint()
})
resize()
