import { expect, test } from 'vitest'
import { pythonImage, pythonsOf } from './base-images.ts'

const template = { python: 'python:{version}-slim', node: 'node' }
const list = { python: { '3.9': 'old', '3.12': 'new', '3.11.4': 'exact' }, node: 'node' }

test('a template has an image for whatever is asked, and for nothing the usual one', () => {
  expect(pythonImage(template, '3.11.2')).toEqual({ version: '3.11.2', reference: 'python:3.11.2-slim' })
  expect(pythonImage(template, undefined)).toEqual({ version: '3.12', reference: 'python:3.12-slim' })
  expect(pythonsOf(template)[0]).toBe('3.14')
})

test('a list has what is in it, newest first', () => {
  expect(pythonsOf(list)).toEqual(['3.12', '3.11.4', '3.9'])
  expect(pythonImage(list, undefined)?.reference).toBe('new')
  expect(pythonImage(list, '3.11')?.reference).toBe('exact')
  expect(pythonImage(list, '3.9.18')?.reference).toBe('old')
  expect(pythonImage(list, '3.1')).toBeUndefined()
  expect(pythonImage({ ...list, python: {} }, undefined)).toBeUndefined()
})
