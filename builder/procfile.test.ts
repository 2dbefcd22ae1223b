import { expect, test } from 'vitest'
import { webCommand } from './procfile.ts'

test.each([
  ['web: gunicorn app:app', 'gunicorn app:app'],
  ['worker: python w.py\r\nweb:   uvicorn main:app --port $PORT \r\n', 'uvicorn main:app --port $PORT'],
  ['\uFEFFweb: a: b', 'a: b'],
  ['web: first\nweb: second', 'first'],
  ['web:\nrelease: true', undefined],
  ['# web: python x.py', undefined],
  ['webs: python x.py', undefined],
  ['', undefined],
])('%j starts %j', (procfile, command) => {
  expect(webCommand(procfile)).toBe(command)
})
