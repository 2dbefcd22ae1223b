import path from 'node:path'
import { expect, test } from 'vitest'
import { describeFiles } from '../spaces/describe.ts'
import { Templates } from './templates.ts'
import { titleOf } from './repos.ts'

const folder = path.join(import.meta.dirname, '..', '..', 'examples', 'templates')
const templatesOf = (containers: boolean) =>
  new Templates(folder, async (files) => await describeFiles(files, { pythons: ['3.13.1'], containers }))
const templates = templatesOf(false)

test('with a container engine all can run', async () => {
  for (const { name, problem } of await templatesOf(true).list()) expect(problem, name).toBeUndefined()
})

test('each template has a whole card, and without an engine all but Docker can run', async () => {
  for (const { name, problem, ...one } of await templates.list()) {
    expect(problem === undefined, name).toBe(name !== 'docker')
    expect([one.emoji, one.colorFrom, one.colorTo, one.shortDescription].every(Boolean), name).toBe(true)
    expect(one.shortDescription?.length, name).toBeLessThanOrEqual(70)
    expect(one.size, name).toBeLessThan(20_000)
  }
})

test('the first ones are what most people look for', async () => {
  const names = (await templates.list()).map(({ name }) => name)
  expect([names[0], names.at(-1)]).toEqual(['gradio-chat', 'docker'])
})

test('its card says what this Space is called, and nothing else of it changes', async () => {
  const changes = await templates.changes('templates/static-page', { title: 'Mine', license: 'mit' })
  const readme = changes.find((change) => 'put' in change && change.put === 'README.md')
  const text = readme && 'content' in readme ? String(readme.content) : ''
  expect(text).toMatch(/^---\ntitle: Mine\nemoji: 🌊\n[\s\S]*license: mit\n[\s\S]*# Tide Lines/)
})

test.each(['', '..', '../life', 'templates/../../life', 'nothing'])('“%s” is no template', async (name) => {
  await expect(templates.changes(name, {})).rejects.toThrow('There is no template')
})

test.each([
  ['bread-clock', 'Bread clock'],
  ['my.first_demo', 'My first demo'],
  ['GPT', 'GPT'],
  ['---', '---'],
])('%s is shown as %s', (name, title) => {
  expect(titleOf(name)).toBe(title)
})
