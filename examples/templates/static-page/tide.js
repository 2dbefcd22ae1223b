const canvas = document.querySelector('canvas')
const paint = canvas.getContext('2d')
const calm = matchMedia('(prefers-reduced-motion: reduce)')
const gap = 18 // pixels between two lines
const step = 12 // pixels between two points of one
const reach = 140 // pixels around a finger that feel it

/** Fingers and pointers by id, each with its strength: it fades when it is gone. */
const touches = new Map()

function fit() {
  canvas.width = innerWidth * devicePixelRatio
  canvas.height = innerHeight * devicePixelRatio
  draw(performance.now())
}

function feel({ pointerId, clientX, clientY }) {
  touches.set(pointerId, { x: clientX, y: clientY, strength: 1, held: true })
  if (calm.matches) draw(0)
}

function release({ pointerId }) {
  const touch = touches.get(pointerId)
  if (touch) touch.held = false
}

/** How far the water stands from its line at a place. */
function height(x, y, time) {
  let rise = Math.sin(x / 160 + time / 1900) * 7 + Math.sin(x / 61 - y / 90 + time / 1300) * 4
  for (const touch of touches.values()) {
    const dx = x - touch.x
    const dy = y - touch.y
    const near = Math.exp(-(dx * dx + dy * dy) / (reach * reach))
    rise += near * touch.strength * (dy >= 0 ? 1 : -1) * Math.min(Math.abs(dy) + 8, 46)
  }
  return rise
}

function draw(time) {
  paint.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
  paint.clearRect(0, 0, innerWidth, innerHeight)
  paint.strokeStyle = getComputedStyle(document.body).color
  for (let y = -gap; y < innerHeight + 2 * gap; y += gap) {
    paint.beginPath()
    paint.globalAlpha = 0.35 + 0.65 * Math.abs(Math.sin(y / 97))
    for (let x = -step; x <= innerWidth + step; x += step) paint.lineTo(x, y + height(x, y, time))
    paint.stroke()
  }
}

function flow(time) {
  for (const [id, touch] of touches) {
    if (!touch.held) touch.strength *= 0.94
    if (touch.strength < 0.01) touches.delete(id)
  }
  if (!calm.matches) draw(time)
  requestAnimationFrame(flow)
}

for (const type of ['pointerdown', 'pointermove']) canvas.addEventListener(type, feel)
for (const type of ['pointerup', 'pointercancel', 'pointerleave']) canvas.addEventListener(type, release)
addEventListener('resize', fit)
fit()
requestAnimationFrame(flow)
