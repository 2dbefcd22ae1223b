import { expect, test } from 'vitest'
import { parseCard } from '../../../control-plane/spaces/card.ts'
import { recognisedOf, suggestedCard } from './suggested-card.ts'

const recognised = (file: string) => ({ file, sentence: `There is no card, so ${file} was read.` })
const space = (sdk: string, card: Record<string, unknown> = {}) => ({ name: 'tides', title: 'tides', sdk, card })

test('a Dockerfile becomes a card with its port, above what the README says', () => {
  const card = suggestedCard(space('docker', { appPort: 8080 }), recognised('Dockerfile'), '# Tides\n')
  expect(parseCard(card)).toMatchObject({ sdk: 'docker', appPort: 8080, title: 'Tides' })
  expect(card).toMatch(/---\n\n# Tides\n$/)
})

test('a page becomes a card with its file, and a README where there is none', () => {
  const card = suggestedCard(space('static', { appFile: 'home.html' }), recognised('home.html'), undefined)
  expect(parseCard(card)).toMatchObject({ sdk: 'static', appFile: 'home.html' })
})

test.each([
  ['environment.yml', 'streamlit'],
  ['Procfile', 'gradio'],
  ['requirements.txt', 'gradio'],
])('%s goes on being read: the card names no SDK', (file, sdk) => {
  const card = suggestedCard(space(sdk, { appFile: 'app.py' }), recognised(file), undefined)
  expect(card).toContain('title: Tides')
  expect(card).not.toMatch(/^(sdk|app_file):/m)
})

test('keys of a card without an SDK stay as they are', () => {
  const readme = '---\r\ntitle: "Mine: it"\r\ncolorFrom: red\r\n# mine\r\n---\r\n# Hi\r\n'
  const card = suggestedCard(space('docker'), recognised('Dockerfile'), readme)
  expect(parseCard(card)).toMatchObject({ title: 'Mine: it', colorFrom: 'red', sdk: 'docker', appPort: 7860 })
  expect(card.match(/^title:/gm)).toHaveLength(1)
  expect(card.endsWith('---\r\n# Hi\r\n')).toBe(true)
})

test('only a card that was recognised says so', () => {
  expect(recognisedOf({ recognised: recognised('Procfile') })).toEqual(recognised('Procfile'))
  expect(recognisedOf({ recognised: { file: 1 } })).toBeUndefined()
  expect(recognisedOf({})).toBeUndefined()
})
