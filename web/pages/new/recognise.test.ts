import { expect, test } from 'vitest'
import { parseCard } from '../../../control-plane/spaces/card.ts'
import { cardFields, filledCard, readCard, recognise, withCard } from './recognise.ts'

const blank = { sdk: '', appFile: '', port: '', title: '', emoji: '', colorFrom: '', colorTo: '' } as const

test.each([
  { files: { 'app.py': 'import gradio as gr\n' }, sdk: 'gradio', appFile: 'app.py', version: '6.31.0' },
  { files: { 'app.py': 'import gradio', 'requirements.txt': 'gradio==5.0\n' }, sdk: 'gradio', version: undefined },
  { files: { 'main.py': 'from fastapi import FastAPI\n' }, sdk: 'gradio', appFile: 'main.py', version: undefined },
  { files: { 'streamlit_app.py': 'import streamlit as st\n' }, sdk: 'streamlit', version: '1.67.0' },
  { files: { 'app.py': 'x', 'requirements.txt': 'Streamlit\n' }, sdk: 'streamlit', version: undefined },
  { files: { 'index.html': '', 'tools/build.py': '' }, sdk: 'static', appFile: 'index.html' },
  { files: { 'dist/index.html': '' }, sdk: 'static', appFile: 'dist/index.html' },
  { files: { Dockerfile: '', 'app.py': 'print()' }, sdk: 'docker' },
  { files: { 'clock.py': 'import gradio' }, sdk: 'gradio', appFile: 'clock.py' },
  { files: { 'notes.txt': '' }, sdk: undefined },
  {
    files: { 'README.md': '---\nsdk: static\napp_file: a.html\n---\n', 'app.py': '' },
    sdk: 'static',
    appFile: 'a.html',
  },
])('$files', ({ files, ...wanted }) => {
  const texts = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text ?? '']))
  const found = recognise(Object.keys(files), texts, false)
  expect(found.sdk).toBe(wanted.sdk)
  if (wanted.appFile !== undefined) expect(found.appFile).toBe(wanted.appFile)
  if ('version' in wanted) expect(found.sdkVersion).toBe(wanted.version)
})

test.each([
  { files: { Dockerfile: 'FROM a\nEXPOSE 8080/tcp\n', 'app.py': 'import gradio' }, sdk: 'docker', port: '8080' },
  { files: { Dockerfile: 'FROM a AS b\nEXPOSE 1\nFROM c\nexpose \\\n  9000 53/udp\n' }, sdk: 'docker', port: '9000' },
  { files: { Dockerfile: 'FROM a\nEXPOSE 80 81\n' }, sdk: 'docker', port: undefined },
  { files: { Dockerfile: 'FROM a\nEXPOSE $PORT\n' }, sdk: 'docker', port: undefined },
  { files: { Dockerfile: 'FROM a\nEXPOSE 70000\n' }, sdk: 'docker', port: undefined },
  { files: { 'environment.yml': '', 'app.py': 'import streamlit' }, sdk: 'streamlit', itself: 'environment.yml' },
  { files: { Procfile: 'web: a', 'requirements.txt': '' }, sdk: 'gradio', itself: 'Procfile' },
  { files: { 'requirements.txt': 'fastapi', 'app.py': 'x = FastAPI()' }, sdk: 'gradio', itself: 'requirements.txt' },
  { files: { 'requirements.txt': 'gradio', 'app.py': 'x' }, sdk: 'gradio', itself: undefined },
])('where images are built: $files', ({ files, sdk, port, itself }) => {
  const texts = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text ?? '']))
  const found = recognise(Object.keys(files), texts, true)
  expect(found).toMatchObject({ sdk, port, byItself: itself })
  const fields = cardFields(filledCard(blank, found, 'tides'), found, '')
  const readme = withCard(fields, undefined)
  // What a file says by itself is left to it: with an SDK in the card it would not be read.
  if (itself !== undefined) expect(readme).not.toContain('sdk:')
  else expect(parseCard(readme)).toMatchObject({ sdk, ...(sdk === 'docker' ? { appPort: Number(port ?? 7860) } : {}) })
})

test('a card is read where one is, and only at the beginning', () => {
  expect(readCard('---\ntitle: "A: b"\nsdk: gradio\n---\n# Hi')).toEqual({ title: 'A: b', sdk: 'gradio' })
  expect(readCard('# Hi\n---\nsdk: gradio\n---\n')).toBeUndefined()
  expect(readCard(undefined)).toBeUndefined()
})

test.each(['Bread clock', 'yes', '3.10', 'a: b # c', '“quoted” "too"', '中文', '- x', '  spaces '])(
  'the card that is written for “%s” is read by the platform',
  (title) => {
    const found = recognise(['app.py'], { 'app.py': 'import gradio' }, false)
    const card = filledCard({ ...blank, title }, found, 'bread-clock')
    const readme = withCard(cardFields(card, found, 'apache-2.0'), '# What it is\n')
    expect(parseCard(readme)).toMatchObject({ title, sdk: 'gradio', sdkVersion: '6.31.0', license: ['apache-2.0'] })
    expect(readme).toMatch(/---\n\n# What it is\n$/)
  },
)
