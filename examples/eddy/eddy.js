import { Fluid } from './fluid.js'

const canvas = document.querySelector('#water')
const context = canvas.getContext('2d', { alpha: false })
const hint = document.querySelector('#hint')
const pauseButton = document.querySelector('#pause')
const dark = matchMedia('(prefers-color-scheme: dark)')
const calm = matchMedia('(prefers-reduced-motion: reduce)')

const FRAME = 1 / 60
const MOST_PIXELS = 1_100_000
/** Light (dark page) or absorbed light (light page) of water that turns left, runs straight, turns right. */
const LIGHT = { left: [1.0, 0.42, 0.16], straight: [0.62, 0.6, 0.58], right: [0.12, 0.5, 1.0], ground: [7, 8, 12] }
const INK = { left: [0.06, 0.72, 0.86], straight: [0.52, 0.56, 0.5], right: [0.95, 0.5, 0.08], ground: [244, 241, 232] }

let detail = 1 // share of MOST_PIXELS that this machine can draw in time
let width, height, cell // picture in pixels; pixels a grid cell
let fluid, vortices, particles
let red, green, blue, image, pixels
let tables
let time = 0
let paused = false
let slowFrames = 0
/** Pointers on the water, by id, in cells; the keyboard's spoon is one more. */
const spoons = new Map()
const keysDown = new Set()

function random(from, to) {
  return from + Math.random() * (to - from)
}

/** Fits the buffers to the window; the water itself is kept unless the shape has changed. */
function fit(keepWater) {
  const ratio = Math.min(devicePixelRatio || 1, 2)
  const wanted = innerWidth * innerHeight * ratio * ratio
  const scale = ratio * Math.min(1, Math.sqrt((MOST_PIXELS * detail) / wanted))
  width = Math.max(64, Math.round(innerWidth * scale))
  height = Math.max(64, Math.round(innerHeight * scale))
  canvas.width = width
  canvas.height = height
  cell = Math.max(width, height) / 128
  red = new Float32Array(width * height)
  green = new Float32Array(width * height)
  blue = new Float32Array(width * height)
  image = context.createImageData(width, height)
  pixels = new Uint32Array(image.data.buffer)
  if (!keepWater || !fluid) fill()
  warmUp()
}

/** New water: still, with nine vortices at random places that do not crowd. */
function fill() {
  const columns = Math.ceil(width / cell) + 2
  const rows = Math.ceil(height / cell) + 2
  fluid = new Fluid(columns, rows)
  vortices = []
  const short = Math.min(columns, rows)
  while (vortices.length < 9) {
    let best
    for (let attempt = 0; attempt < 20; attempt++) {
      const place = { x: random(0.08, 0.92) * columns, y: random(0.1, 0.9) * rows }
      const room = Math.min(short, ...vortices.map((other) => Math.hypot(other.x - place.x, other.y - place.y)))
      if (!best || room > best.room) best = { ...place, room }
    }
    const turn = vortices.length % 2 ? 1 : -1
    const size = vortices.length < 3 ? random(0.14, 0.19) : random(0.06, 0.11)
    vortices.push({ ...best, phase: random(0, 6.28), radius: size * short, speed: turn * random(11, 17) })
  }
  const count = Math.round(Math.min(16000, (width * height) / 62))
  particles = {
    count,
    x: new Float32Array(count),
    y: new Float32Array(count),
    life: new Float32Array(count),
    hue: new Float32Array(count),
    weight: new Float32Array(count),
  }
  for (let i = 0; i < count; i++) scatter(i)
}

function scatter(i) {
  particles.x[i] = random(1, fluid.columns - 2)
  particles.y[i] = random(1, fluid.rows - 2)
  particles.life[i] = random(60, 320)
  particles.hue[i] = 0
  particles.weight[i] = random(0.35, 1) ** 2
}

/** The first picture is already a picture. */
function warmUp() {
  for (let frame = 0; frame < 110; frame++) {
    flow()
    if (frame >= 40) drift(frame % 3 === 0 ? 0.976 ** 3 : 1)
  }
}

function flow() {
  time += FRAME
  for (const vortex of vortices) {
    const x = vortex.x + Math.sin(time * 0.11 + vortex.phase) * 5
    const y = vortex.y + Math.cos(time * 0.14 + vortex.phase * 2) * 4
    fluid.spin(x, y, vortex.radius, vortex.speed, 0.05)
  }
  fluid.current(time, 7, 0.012)
  stir()
  fluid.step(FRAME)
}

function stir() {
  const pull = (name) => (keysDown.has(name) ? 1 : 0)
  const dx = pull('ArrowRight') - pull('ArrowLeft')
  const dy = pull('ArrowDown') - pull('ArrowUp')
  if (dx || dy) {
    const spoon = spoons.get('keys') ?? { x: fluid.columns / 2, y: fluid.rows / 2, toX: 0, toY: 0, seen: 0 }
    spoon.toX = Math.min(fluid.columns - 2, Math.max(1, spoon.x + dx * 0.7))
    spoon.toY = Math.min(fluid.rows - 2, Math.max(1, spoon.y + dy * 0.7))
    spoons.set('keys', spoon)
  }
  for (const spoon of spoons.values()) {
    const u = (spoon.toX - spoon.x) / FRAME
    const v = (spoon.toY - spoon.y) / FRAME
    const speed = Math.hypot(u, v)
    if (speed > 0.5) {
      const cap = Math.min(1, 95 / speed)
      const steps = Math.min(8, Math.ceil(Math.hypot(spoon.toX - spoon.x, spoon.toY - spoon.y) / 2))
      for (let step = 1; step <= steps; step++) {
        const share = step / steps
        fluid.push(
          spoon.x + (spoon.toX - spoon.x) * share,
          spoon.y + (spoon.toY - spoon.y) * share,
          u * cap,
          v * cap,
          4.2,
          0.5,
        )
      }
    }
    spoon.x = spoon.toX
    spoon.y = spoon.toY
  }
}

/** Moves every particle and leaves what it carries along its way; what lay there before fades to `keep`. */
function drift(keep) {
  if (keep < 1) {
    for (let i = 0, end = red.length; i < end; i++) {
      red[i] *= keep
      green[i] *= keep
      blue[i] *= keep
    }
  }
  const { columns, rows, u, v, curl } = fluid
  const { left, straight, right } = dark.matches ? LIGHT : INK
  const strength = (dark.matches ? 0.5 : 0.52) * Math.min(1.4, cell / 9)
  const { x, y, life, hue, weight } = particles
  for (let i = 0; i < particles.count; i++) {
    const px = x[i]
    const py = y[i]
    if (--life[i] < 0 || px < 0.6 || py < 0.6 || px > columns - 1.6 || py > rows - 1.6) {
      scatter(i)
      continue
    }
    const x0 = px | 0
    const y0 = py | 0
    const fx = px - x0
    const fy = py - y0
    const a = y0 * columns + x0
    const b = a + columns
    const w00 = (1 - fx) * (1 - fy)
    const w10 = fx * (1 - fy)
    const w01 = (1 - fx) * fy
    const w11 = fx * fy
    const pu = u[a] * w00 + u[a + 1] * w10 + u[b] * w01 + u[b + 1] * w11
    const pv = v[a] * w00 + v[a + 1] * w10 + v[b] * w01 + v[b + 1] * w11
    hue[i] += (Math.max(-1, Math.min(1, curl[a] * 0.55)) - hue[i]) * 0.04
    x[i] = px + pu * FRAME
    y[i] = py + pv * FRAME

    const turn = hue[i]
    const edge = turn > 0 ? right : left
    const mix = Math.sqrt(Math.abs(turn))
    const speed = Math.hypot(pu, pv)
    const dose = strength * weight[i] * Math.min(1, 0.2 + speed * 0.07) * Math.min(1, life[i] / 40)
    const r = (straight[0] + (edge[0] - straight[0]) * mix) * dose
    const g = (straight[1] + (edge[1] - straight[1]) * mix) * dose
    const bl = (straight[2] + (edge[2] - straight[2]) * mix) * dose
    const fromX = (px - 1) * cell
    const fromY = (py - 1) * cell
    const stepX = pu * FRAME * cell
    const stepY = pv * FRAME * cell
    const steps = Math.min(12, Math.ceil(Math.hypot(stepX, stepY)) || 1)
    for (let step = 0; step < steps; step++) {
      const sx = fromX + (stepX * step) / steps
      const sy = fromY + (stepY * step) / steps
      const ix = sx | 0
      const iy = sy | 0
      if (sx < 0 || sy < 0 || ix >= width - 1 || iy >= height - 1) continue
      const cx = sx - ix
      const cy = sy - iy
      const at = iy * width + ix
      const below = at + width
      const p = (1 - cx) * (1 - cy)
      const q = cx * (1 - cy)
      const s = (1 - cx) * cy
      const t = cx * cy
      red[at] += r * p
      green[at] += g * p
      blue[at] += bl * p
      red[at + 1] += r * q
      green[at + 1] += g * q
      blue[at + 1] += bl * q
      red[below] += r * s
      green[below] += g * s
      blue[below] += bl * s
      red[below + 1] += r * t
      green[below + 1] += g * t
      blue[below + 1] += bl * t
    }
  }
}

/** How an amount in the buffer becomes a shade, per channel: light saturates, ink absorbs. */
function makeTables() {
  const lit = dark.matches
  const ground = lit ? LIGHT.ground : INK.ground
  tables = ground.map((base) =>
    Uint8Array.from({ length: 1024 }, (_, i) => {
      const amount = i / 256
      return lit ? base + (252 - base) * (1 - Math.exp(-1.5 * amount)) : base * Math.exp(-1.15 * amount)
    }),
  )
}

function draw() {
  const [reds, greens, blues] = tables
  for (let i = 0, end = pixels.length; i < end; i++) {
    const r = red[i] * 256
    const g = green[i] * 256
    const b = blue[i] * 256
    pixels[i] =
      0xff000000 |
      (blues[b > 1023 ? 1023 : b | 0] << 16) |
      (greens[g > 1023 ? 1023 : g | 0] << 8) |
      reds[r > 1023 ? 1023 : r | 0]
  }
  context.putImageData(image, 0, 0)
}

/** With less motion wished for, water moves only while someone stirs it, and for a moment after. */
function resting(now) {
  if (paused) return true
  if (!calm.matches || keysDown.size) return false
  for (const spoon of spoons.values()) if (now - spoon.seen < 1200) return false
  return true
}

let last = 0
function frame(now) {
  requestAnimationFrame(frame)
  if (resting(now) || now - last < 12) return
  last = now
  const begun = performance.now()
  flow()
  drift(0.976)
  draw()
  const cost = performance.now() - begun
  slowFrames = cost > 13 ? slowFrames + 1 : Math.max(0, slowFrames - 1)
  if (slowFrames > 30 && detail > 0.25) {
    detail *= 0.7
    slowFrames = 0
    fit(false)
  }
}

function place(event) {
  return {
    x: (event.clientX / innerWidth) * (width / cell) + 1,
    y: (event.clientY / innerHeight) * (height / cell) + 1,
  }
}

canvas.addEventListener('pointerdown', (event) => {
  const { x, y } = place(event)
  spoons.set(event.pointerId, { x, y, toX: x, toY: y, seen: performance.now() })
  canvas.setPointerCapture(event.pointerId)
  hint.classList.add('known')
})
canvas.addEventListener('pointermove', (event) => {
  const { x, y } = place(event)
  const spoon = spoons.get(event.pointerId)
  // A mouse stirs without a button too; a finger only while it touches.
  if (!spoon) spoons.set(event.pointerId, { x, y, toX: x, toY: y, seen: performance.now() })
  else Object.assign(spoon, { toX: x, toY: y, seen: performance.now() })
})
for (const name of ['pointerup', 'pointercancel', 'pointerleave']) {
  canvas.addEventListener(name, (event) => spoons.delete(event.pointerId))
}

function pause(now) {
  paused = now
  pauseButton.textContent = paused ? 'Play' : 'Pause'
  pauseButton.setAttribute('aria-pressed', String(paused))
}
function fresh() {
  pause(false)
  fit(false)
  draw()
}
function save() {
  const link = document.createElement('a')
  link.download = 'eddy.png'
  link.href = canvas.toDataURL('image/png')
  link.click()
}
pauseButton.addEventListener('click', () => pause(!paused))
document.querySelector('#fresh').addEventListener('click', fresh)
document.querySelector('#save').addEventListener('click', save)

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key.startsWith('Arrow')) {
    keysDown.add(event.key)
    hint.classList.add('known')
    event.preventDefault()
  } else if (event.key === ' ' && event.target.tagName !== 'BUTTON') {
    pause(!paused)
    event.preventDefault()
  } else if (event.key === 'n') fresh()
  else if (event.key === 's') save()
})
addEventListener('keyup', (event) => keysDown.delete(event.key))
addEventListener('blur', () => keysDown.clear())

let resizing
addEventListener('resize', () => {
  clearTimeout(resizing)
  resizing = setTimeout(() => {
    fit(false)
    draw()
  }, 120)
})
dark.addEventListener('change', () => {
  makeTables()
  fit(true)
  draw()
})

makeTables()
fit(false)
draw()
requestAnimationFrame(frame)
