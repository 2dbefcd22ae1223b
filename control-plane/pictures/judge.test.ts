import { describe, expect, test } from 'vitest'
import { judge, type Look } from './judge.ts'

const good: Look = {
  status: 200,
  unreachable: false,
  left: false,
  dialog: false,
  oneColour: 0.8,
  text: 'Bread clock. When will the dough be ready? Flour, water, salt and the temperature of your kitchen.',
  waits: false,
  fault: false,
}

describe('a picture can stand for its Space', () => {
  test.each<[string, Partial<Look>]>([
    ['when there is something to see', {}],
    ['without any text: a game on a canvas', { text: '' }],
    ['when something on a full page turns for ever', { waits: true }],
    ['when a canvas is all there is and something turns', { waits: true, text: '', oneColour: 0.4 }],
    ['when it talks of loading and of much more', { text: `Loading dock: ${good.text}` }],
    ['when it says 404 as a part of more', { text: `404 ways to cook: ${good.text}` }],
  ])('%s', (_why, seen) => expect(judge({ ...good, ...seen })).toBe('good'))
})

describe('a picture is not used', () => {
  test.each<[string, Partial<Look>, string]>([
    ['of one colour', { oneColour: 0.995, text: '' }, 'blank'],
    ['of one colour with a word on it', { oneColour: 0.996, text: 'draw' }, 'blank'],
    ['of an answer that is an error', { status: 503 }, 'error'],
    ['of the browser’s own error page', { unreachable: true }, 'error'],
    ['of a fault that the framework shows', { fault: true }, 'error'],
    ['of an error told with status 200', { text: 'Internal Server Error', oneColour: 0.98 }, 'error'],
    ['of a traceback', { text: `Traceback (most recent call last): ${good.text}` }, 'error'],
    ['of a spinner', { waits: true, text: '', oneColour: 0.99 }, 'loading'],
    ['of the word Loading', { text: 'Loading…', oneColour: 0.97 }, 'loading'],
    ['before anything has come', { status: undefined }, 'loading'],
    ['after it led away, whatever it shows there', { left: true }, 'left'],
    ['with a dialog', { dialog: true, oneColour: 1 }, 'dialog'],
  ])('%s', (_why, seen, verdict) => expect(judge({ ...good, ...seen })).toBe(verdict))
})
