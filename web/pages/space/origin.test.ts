import { expect, test } from 'vitest'
import { frameAddress, spaceOrigin } from './origin.ts'

const install = { url: 'http://localhost:8420', spacesDomain: 'spaces.localhost' }
const plain = { install, search: '', hash: '', theme: 'dark', sign: undefined }

test('a Space lives at its own host, on the port and scheme of the platform', () => {
  expect(spaceOrigin('mira-eddy', install)).toBe('http://mira-eddy.spaces.localhost:8420')
  expect(spaceOrigin('mira-eddy', { url: 'https://plaza.example', spacesDomain: 'spaces.example' })).toBe(
    'https://mira-eddy.spaces.example',
  )
})

test('query and hash of the page reach the app, beside the signature', () => {
  const space = { slug: 'mira-eddy', sdk: 'static', card: null }
  expect(frameAddress({ ...plain, space, search: '?seed=4', hash: '#end', sign: 'abc' })).toBe(
    'http://mira-eddy.spaces.localhost:8420/?seed=4&__sign=abc#end',
  )
})

test('only Gradio is told of the theme, and a theme in the link wins', () => {
  const gradio = { slug: 'a-b', sdk: 'gradio', card: null }
  expect(frameAddress({ ...plain, space: gradio })).toContain('__theme=dark')
  expect(frameAddress({ ...plain, space: gradio, search: '?__theme=light' })).not.toContain('dark')
  expect(frameAddress({ ...plain, space: { ...gradio, sdk: 'streamlit' } })).not.toContain('__theme')
})

test('a base path cannot lead to another origin', () => {
  const space = { slug: 'a-b', sdk: 'static', card: { base_path: '//evil.example/x' } }
  expect(new URL(frameAddress({ ...plain, space })).host).toBe('a-b.spaces.localhost:8420')
})
