/** What the board looks like: colours by name, so that black ink is white on a dark board. */
const LIGHT = {
  ink: '#1d1c19',
  red: '#e5484d',
  orange: '#f07c22',
  yellow: '#f5bd1f',
  green: '#2f9e5b',
  blue: '#2f7de1',
  violet: '#8a4fd3',
  paper: '#fbfaf6',
  dot: '#d9d5c7',
}
const DARK = {
  ink: '#edebe5',
  red: '#ff6b6b',
  orange: '#ff9a4a',
  yellow: '#ffd34d',
  green: '#55c884',
  blue: '#62a8ff',
  violet: '#b98aff',
  paper: '#15161a',
  dot: '#30323a',
}
const PEOPLE = ['#c2353b', '#b85709', '#8a6a00', '#217a45', '#0f7d86', '#2166c4', '#7440b8', '#b1347f']

export const COLORS = ['ink', 'red', 'orange', 'yellow', 'green', 'blue', 'violet', 'paper']
export const WIDTHS = [4, 9, 22]

const dark = matchMedia('(prefers-color-scheme: dark)')

export function shade(color) {
  return (dark.matches ? DARK : LIGHT)[color]
}

export function personShade(author) {
  return PEOPLE[Number.parseInt(author.slice(0, 4), 16) % PEOPLE.length]
}

export function onThemeChange(then) {
  dark.addEventListener('change', then)
}

/** Draws one stroke; the context is already in board units. The eraser is a wider stroke of paper. */
export function drawStroke(context, { color, width, points }) {
  context.strokeStyle = shade(color)
  context.lineWidth = color === 'paper' ? width * 3 : width
  context.beginPath()
  context.moveTo(points[0], points[1])
  if (points.length === 2) context.lineTo(points[0] + 0.01, points[1])
  for (let i = 2; i < points.length - 2; i += 2) {
    context.quadraticCurveTo(
      points[i],
      points[i + 1],
      (points[i] + points[i + 2]) / 2,
      (points[i + 1] + points[i + 3]) / 2,
    )
  }
  if (points.length > 2) context.lineTo(points.at(-2), points.at(-1))
  context.stroke()
}

export function drawDots(context, view, width, height) {
  let gap = 40 * view.scale
  while (gap < 22) gap *= 2
  context.fillStyle = shade('dot')
  for (let x = ((view.x % gap) + gap) % gap; x < width; x += gap) {
    for (let y = ((view.y % gap) + gap) % gap; y < height; y += gap) context.fillRect(x - 1, y - 1, 2, 2)
  }
}

export function bounds(strokes) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  for (const { points, color } of strokes) {
    if (color === 'paper') continue
    for (let i = 0; i < points.length; i += 2) {
      box.left = Math.min(box.left, points[i])
      box.right = Math.max(box.right, points[i])
      box.top = Math.min(box.top, points[i + 1])
      box.bottom = Math.max(box.bottom, points[i + 1])
    }
  }
  return box.left === Infinity ? { left: 0, top: 0, right: 800, bottom: 500 } : box
}
