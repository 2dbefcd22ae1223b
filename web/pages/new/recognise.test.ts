import { expect, test } from 'vitest'
import { parseCard } from '../../../control-plane/spaces/card.ts'
import { cardFields, filledCard, readCard, recognise, withCard } from './recognise.ts'

const blank = { sdk: '', appFile: '', title: '', emoji: '', colorFrom: '', colorTo: '' } as const

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
  const found = recognise(Object.keys(files), texts)
  expect(found.sdk).toBe(wanted.sdk)
  if (wanted.appFile !== undefined) expect(found.appFile).toBe(wanted.appFile)
  if ('version' in wanted) expect(found.sdkVersion).toBe(wanted.version)
})

test('a card is read where one is, and only at the beginning', () => {
  expect(readCard('---\ntitle: "A: b"\nsdk: gradio\n---\n# Hi')).toEqual({ title: 'A: b', sdk: 'gradio' })
  expect(readCard('# Hi\n---\nsdk: gradio\n---\n')).toBeUndefined()
  expect(readCard(undefined)).toBeUndefined()
})

test.each(['Bread clock', 'yes', '3.10', 'a: b # c', '“quoted” "too"', '中文', '- x', '  spaces '])(
  'the card that is written for “%s” is read by the platform',
  (title) => {
    const found = recognise(['app.py'], { 'app.py': 'import gradio' })
    const card = filledCard({ ...blank, title }, found, 'bread-clock')
    const readme = withCard(cardFields(card, found, 'apache-2.0'), '# What it is\n')
    expect(parseCard(readme)).toMatchObject({ title, sdk: 'gradio', sdkVersion: '6.31.0', license: ['apache-2.0'] })
    expect(readme).toMatch(/---\n\n# What it is\n$/)
  },
)
