import { expect, test } from 'vitest'
import { frameAddress } from './origin.ts'

const origin = 'http://mira-eddy.spaces.localhost:8420'
const plain = { search: '', hash: '', theme: 'dark', sign: undefined }

test('query and hash of the page reach the app, beside the signature', () => {
  const space = { origin, sdk: 'static', card: {} }
  expect(frameAddress({ ...plain, space, search: '?seed=4', hash: '#end', sign: 'abc' })).toBe(
    `${origin}/?seed=4&__sign=abc#end`,
  )
})

test('only Gradio is told of the theme, and a theme in the link wins', () => {
  const gradio = { origin, sdk: 'gradio', card: {} }
  expect(frameAddress({ ...plain, space: gradio })).toContain('__theme=dark')
  expect(frameAddress({ ...plain, space: gradio, search: '?__theme=light' })).not.toContain('dark')
  expect(frameAddress({ ...plain, space: { ...gradio, sdk: 'streamlit' } })).not.toContain('__theme')
})

test('a base path opens the app there, and cannot lead to another origin', () => {
  const at = (basePath: string) => frameAddress({ ...plain, space: { origin, sdk: 'static', card: { basePath } } })
  expect(at('/app/')).toBe(`${origin}/app/`)
  expect(new URL(at('//evil.example/x')).origin).toBe(origin)
})
