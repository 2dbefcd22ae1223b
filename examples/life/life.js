/** Conway's Game of Life on a torus. A cell's value is its age in generations, 0 when it is dead. */
export class Life {
  constructor(columns, rows) {
    this.columns = columns
    this.rows = rows
    this.ages = new Uint16Array(columns * rows)
    this.past = []
  }

  at(column, row) {
    return ((row + this.rows) % this.rows) * this.columns + ((column + this.columns) % this.columns)
  }

  set(column, row, alive) {
    this.ages[this.at(column, row)] = alive ? 1 : 0
  }

  /** Returns how many generations ago the board looked the same, or 0. */
  step() {
    const { columns, rows, ages } = this
    const next = new Uint16Array(ages.length)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let neighbours = 0
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            if ((dx || dy) && ages[this.at(column + dx, row + dy)]) neighbours += 1
          }
        }
        const here = row * columns + column
        if (neighbours === 3 || (neighbours === 2 && ages[here])) next[here] = Math.min(60_000, ages[here] + 1)
      }
    }
    this.ages = next
    const shape = next.reduce((text, age) => text + (age ? '#' : '.'), '')
    const seen = this.past.lastIndexOf(shape)
    const ago = seen < 0 ? 0 : this.past.length - seen
    this.past.push(shape)
    if (this.past.length > 12) this.past.shift()
    return ago
  }

  clear() {
    this.ages.fill(0)
    this.past = []
  }

  draw(picture, column, row) {
    picture.forEach((line, dy) =>
      [...line].forEach((mark, dx) => mark === '#' && this.set(column + dx, row + dy, true)),
    )
  }
}

/** Small beginnings with long lives. */
export const SEEDS = [
  ['.##', '##.', '.#.'],
  ['.#.....', '...#...', '##..###'],
  ['......#.', '##......', '.#...###'],
  ['.#.', '..#', '###'],
  ['#.#', '#.#', '###'],
  ['.####', '#...#', '....#', '#..#.'],
  ['##.##', '#...#', '.###.'],
]
