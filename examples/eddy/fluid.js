/**
 * An incompressible fluid in a box, on a grid: Jos Stam, "Stable Fluids" (1999).
 * Positions are in cells, velocities in cells a second. The outermost ring of cells is the wall.
 */
export class Fluid {
  constructor(columns, rows) {
    this.columns = columns
    this.rows = rows
    const cells = columns * rows
    this.u = new Float32Array(cells)
    this.v = new Float32Array(cells)
    this.curl = new Float32Array(cells)
    this.nextU = new Float32Array(cells)
    this.nextV = new Float32Array(cells)
    this.pressure = new Float32Array(cells)
    this.divergence = new Float32Array(cells)
  }

  step(seconds) {
    this.#carry(seconds)
    this.#wall()
    this.#project()
    this.#wall()
    this.#measureCurl()
  }

  /** Pulls the water within `radius` of (x, y) towards the velocity (u, v), by `share` at the centre. */
  push(x, y, u, v, radius, share) {
    this.#around(x, y, radius, (cell, weight) => {
      this.u[cell] += (u - this.u[cell]) * weight * share
      this.v[cell] += (v - this.v[cell]) * weight * share
    })
  }

  /** Turns the water around (x, y): `speed` cells a second at the rim, positive clockwise on the screen. */
  spin(x, y, radius, speed, share) {
    this.#around(x, y, radius, (cell, weight, dx, dy) => {
      const reach = Math.hypot(dx, dy) / radius
      const turn = (speed * Math.min(1, reach * 3)) / (Math.hypot(dx, dy) + 0.001)
      this.u[cell] += (-dy * turn - this.u[cell]) * weight * share
      this.v[cell] += (dx * turn - this.v[cell]) * weight * share
    })
  }

  /** A wide, slow current that winds through the whole box and changes with time. */
  current(time, speed, share) {
    const { columns, rows, u, v } = this
    const across = Float32Array.from({ length: columns }, (_, x) => Math.sin((x / columns) * 9 + time * 0.07))
    const down = Float32Array.from({ length: rows }, (_, y) => Math.sin((y / rows) * 7 - time * 0.05))
    for (let row = 1; row < rows - 1; row++) {
      for (let column = 1; column < columns - 1; column++) {
        const cell = row * columns + column
        u[cell] += (speed * down[row] - u[cell]) * share
        v[cell] += (speed * across[column] - v[cell]) * share
      }
    }
  }

  #around(x, y, radius, visit) {
    const reach = radius * 2.6
    const left = Math.max(1, Math.floor(x - reach))
    const right = Math.min(this.columns - 2, Math.ceil(x + reach))
    const top = Math.max(1, Math.floor(y - reach))
    const bottom = Math.min(this.rows - 2, Math.ceil(y + reach))
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const dx = column - x
        const dy = row - y
        visit(row * this.columns + column, Math.exp(-(dx * dx + dy * dy) / (radius * radius)), dx, dy)
      }
    }
  }

  /** Every cell takes the velocity of the place its water came from. */
  #carry(seconds) {
    const { columns, rows, u, v, nextU, nextV } = this
    const keep = Math.exp(-0.12 * seconds)
    for (let row = 1; row < rows - 1; row++) {
      for (let column = 1; column < columns - 1; column++) {
        const cell = row * columns + column
        const x = Math.min(columns - 1.001, Math.max(0, column - seconds * u[cell]))
        const y = Math.min(rows - 1.001, Math.max(0, row - seconds * v[cell]))
        const x0 = x | 0
        const y0 = y | 0
        const fx = x - x0
        const fy = y - y0
        const a = y0 * columns + x0
        const b = a + columns
        nextU[cell] = keep * ((u[a] * (1 - fx) + u[a + 1] * fx) * (1 - fy) + (u[b] * (1 - fx) + u[b + 1] * fx) * fy)
        nextV[cell] = keep * ((v[a] * (1 - fx) + v[a + 1] * fx) * (1 - fy) + (v[b] * (1 - fx) + v[b + 1] * fx) * fy)
      }
    }
    this.u = nextU
    this.v = nextV
    this.nextU = u
    this.nextV = v
  }

  /** Takes out what would gather or thin the water. Pressure is kept between steps, so few sweeps are enough. */
  #project() {
    const { columns, rows, u, v, pressure, divergence } = this
    for (let row = 1; row < rows - 1; row++) {
      for (let cell = row * columns + 1, end = cell + columns - 2; cell < end; cell++) {
        divergence[cell] = 0.5 * (u[cell + 1] - u[cell - 1] + v[cell + columns] - v[cell - columns])
      }
    }
    for (let sweep = 0; sweep < 14; sweep++) {
      for (let row = 1; row < rows - 1; row++) {
        for (let cell = row * columns + 1, end = cell + columns - 2; cell < end; cell++) {
          pressure[cell] =
            0.25 *
            (pressure[cell - 1] +
              pressure[cell + 1] +
              pressure[cell - columns] +
              pressure[cell + columns] -
              divergence[cell])
        }
      }
      for (let column = 0; column < columns; column++) {
        pressure[column] = pressure[column + columns]
        pressure[(rows - 1) * columns + column] = pressure[(rows - 2) * columns + column]
      }
      for (let row = 0; row < rows; row++) {
        pressure[row * columns] = pressure[row * columns + 1]
        pressure[row * columns + columns - 1] = pressure[row * columns + columns - 2]
      }
    }
    for (let row = 1; row < rows - 1; row++) {
      for (let cell = row * columns + 1, end = cell + columns - 2; cell < end; cell++) {
        u[cell] -= 0.5 * (pressure[cell + 1] - pressure[cell - 1])
        v[cell] -= 0.5 * (pressure[cell + columns] - pressure[cell - columns])
      }
    }
  }

  /** Water slides along the wall and never through it. */
  #wall() {
    const { columns, rows, u, v } = this
    for (let column = 0; column < columns; column++) {
      const last = (rows - 1) * columns + column
      u[column] = u[column + columns]
      v[column] = -v[column + columns]
      u[last] = u[last - columns]
      v[last] = -v[last - columns]
    }
    for (let row = 0; row < rows; row++) {
      const first = row * columns
      const last = first + columns - 1
      u[first] = -u[first + 1]
      v[first] = v[first + 1]
      u[last] = -u[last - 1]
      v[last] = v[last - 1]
    }
  }

  #measureCurl() {
    const { columns, rows, u, v, curl } = this
    for (let row = 1; row < rows - 1; row++) {
      for (let cell = row * columns + 1, end = cell + columns - 2; cell < end; cell++) {
        curl[cell] = 0.5 * (v[cell + 1] - v[cell - 1] - u[cell + columns] + u[cell - columns])
      }
    }
  }
}
