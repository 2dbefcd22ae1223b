import { expect, test } from 'vitest'
import { ago, clock, ordinal, span, took } from './duration.ts'

test('a clock keeps two digits for seconds and shows hours only when there are some', () => {
  expect([clock(0), clock(42_900), clock(725_000), clock(3_730_000), clock(-5)]).toEqual([
    '0:00',
    '0:42',
    '12:05',
    '1:02:10',
    '0:00',
  ])
})

test('a duration is told with the precision that matters', () => {
  expect([took(0.04), took(0.43), took(6.4), took(66)]).toEqual(['0.1 s', '0.4 s', '6 s', '1:06'])
})

test('a span uses its largest useful unit', () => {
  expect([span(30), span(900), span(11_520), span(172_800), span(518_400)]).toEqual([
    '30 s',
    '15 min',
    '3 h 12 min',
    '48 h',
    '6 d',
  ])
})

test('what has just happened is not counted, and a clock that runs ahead does not show a negative time', () => {
  expect([ago(-4000), ago(20 * 60_000), ago(30 * 3_600_000), ago(21 * 86_400_000)]).toEqual([
    'just now',
    '20 min ago',
    'yesterday',
    '3 w ago',
  ])
})

test('places in a queue are words up to ten and figures after', () => {
  expect([ordinal(3), ordinal(11), ordinal(22), ordinal(113)]).toEqual(['third', '11th', '22nd', '113th'])
})
