import { expect, test } from 'vitest'
import { cardsOf, type Measures, rowCount, rowOf, rowsBetween, topOf } from './rows.ts'

const plain: Measures = { columns: 4, lead: 0, first: 300, row: 300, gap: 24 }
const wide: Measures = { columns: 4, lead: 2, first: 420, row: 300, gap: 24 }
const phone: Measures = { columns: 1, lead: 1, first: 600, row: 350, gap: 24 }

test('every card lies in one row, and the rows stand below each other', () => {
  expect([0, 3, 4, 9].map((card) => rowOf(plain, card))).toEqual([0, 0, 1, 2])
  expect([0, 1, 2, 6].map((card) => rowOf(wide, card))).toEqual([0, 0, 1, 2])
  expect([0, 1].map((card) => rowOf(phone, card))).toEqual([1, 2])
  expect([0, 1, 2].map((row) => topOf(wide, row))).toEqual([0, 420, 720])
})

test('what is seen is always among the rows, at both ends too', () => {
  for (const measures of [plain, wide, phone]) {
    for (const cards of [0, 1, 5, 60, 10_000]) {
      const rows = rowCount(measures, cards)
      const end = topOf(measures, rows)
      for (let top = -500; top < end + 500; top += cards > 100 ? 9973 : 137) {
        const range = rowsBetween(measures, cards, top, top + 900)
        expect(range.from).toBeGreaterThanOrEqual(1)
        expect(range.to).toBeGreaterThanOrEqual(range.from)
        for (let row = 1; row < rows; row += 1) {
          const isSeen = topOf(measures, row + 1) > top && topOf(measures, row) < top + 900
          if (isSeen && !(row >= range.from && row < range.to)) expect.fail(`row ${row} at ${top} of ${cards}`)
        }
      }
    }
  }
})

test('the first row and the range together hold each of their cards once', () => {
  expect(cardsOf(wide, 10_000, { from: 1, to: 3 })).toEqual({ first: 2, from: 2, to: 10 })
  expect(cardsOf(wide, 5, { from: 1, to: 2 })).toEqual({ first: 2, from: 2, to: 5 })
  expect(cardsOf(phone, 3, { from: 2, to: 4 })).toEqual({ first: 0, from: 1, to: 3 })
  expect(cardsOf(plain, 2, rowsBetween(plain, 2, 0, 900))).toEqual({ first: 2, from: 2, to: 2 })
})
