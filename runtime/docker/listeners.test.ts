import { expect, test } from 'vitest'
import { explain, explainTimeout } from '../probe.ts'
import { sayLoopback } from './listeners.ts'

const said = (listeners: { address: string; port: number }[]) =>
  sayLoopback(explain({ kind: 'nothing' }, 7860, listeners), 7860, listeners)

test('an app on loopback alone is told so', () => {
  const hint = 'The app listens on port 7860 only on 127.0.0.1. Listen on 0.0.0.0.'
  const loopback = [{ address: '127.0.0.1', port: 7860 }]
  expect(said(loopback)).toBe(hint)
  const late = `app.py was not ready within 2 seconds. ${explainTimeout({ kind: 'nothing' }, 7860, loopback)}`
  expect(sayLoopback(late, 7860, loopback)).toBe(`app.py was not ready within 2 seconds. ${hint}`)
})
test('whatever else is the matter stays as it was said', () => {
  expect(said([{ address: '0.0.0.0', port: 7860 }])).toBe('The app listens on port 7860 and closes the connection.')
  expect(said([{ address: '127.0.0.1', port: 5000 }])).toContain('not on 7860')
  expect(said([])).toBe('Nothing answers on port 7860 yet.')
})
