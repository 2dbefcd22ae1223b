import { expect, test } from 'vitest'
import { hasRegistry } from './images.ts'

test('images of a registry, and those of the engine alone', () => {
  for (const reference of [
    'registry.example.org/plaza/x:1',
    'localhost:5000/x',
    'localhost/x',
    '10.0.0.1:5000/plaza/x',
  ])
    expect(hasRegistry(reference)).toBe(true)
  for (const reference of ['plaza/x:1', 'plaza-test/python:3.11', 'x:1', 'sha256:1'])
    expect(hasRegistry(reference)).toBe(false)
})
