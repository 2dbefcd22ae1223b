import { expect, test } from 'vitest'
import { apiSnippets, embedSnippet, localLines, mayEmbed } from './snippets.ts'

const space = {
  id: 'mira/eddy',
  name: 'eddy',
  title: 'Eddy',
  host: 'http://127.70.1.2:8420',
  origin: 'http://mira-eddy.spaces.localhost:8420',
  sdk: 'gradio',
  card: { sdkVersion: '6.31.0', pythonVersion: '3.12', appFile: 'main.py' },
  gitUrl: 'http://localhost:8420/spaces/mira/eddy',
  visibility: 'public',
} as const

test('a Gradio app is called by three clients at its own address, a private one with a token', () => {
  expect(apiSnippets(space).map(({ name }) => name)).toEqual(['Python', 'JavaScript', 'curl'])
  for (const { code } of apiSnippets(space)) {
    expect(code).toContain(space.host)
    expect(code).not.toContain('hf_')
  }
  for (const { code } of apiSnippets({ ...space, visibility: 'private' })) expect(code).toContain('hf_…')
})

test('examples call what the app has, with its own values, in each language and safe in a shell', () => {
  const endpoint = { name: '/greet', example: ["it's", true, null, { a: [1] }] }
  const [python, javascript, curl] = apiSnippets(space, endpoint).map(({ code }) => code)
  expect(python).toContain(`client.predict("it's", True, None, {"a": [1]}, api_name="/greet")`)
  expect(javascript).toContain(`app.predict('/greet', ["it's",true,null,{"a":[1]}])`)
  expect(curl).toContain(`-d '{"data": ["it'\\''s",true,null,{"a":[1]}]}'`)
})

test('any other app is called by curl only', () => {
  expect(apiSnippets({ ...space, sdk: 'streamlit' })).toEqual([{ name: 'curl', code: `curl ${space.host}/` }])
})

test('a title cannot leave its attribute', () => {
  expect(embedSnippet({ ...space, title: '"><script>&' })).toContain('title="&quot;>&lt;script>&amp;"')
  expect(mayEmbed(space)).toBe(true)
  expect(mayEmbed({ ...space, visibility: 'private' })).toBe(false)
  expect(mayEmbed({ ...space, card: { disableEmbedding: true } })).toBe(false)
})

test('it runs elsewhere with the versions and the file of its card', () => {
  expect(localLines(space)).toEqual([
    'git clone http://localhost:8420/spaces/mira/eddy',
    'cd eddy',
    'uv venv --python 3.12',
    'source .venv/bin/activate',
    '[ -f requirements.txt ] && uv pip install -r requirements.txt',
    'uv pip install gradio==6.31.0',
    'python main.py',
  ])
  expect(localLines({ ...space, sdk: 'static' }).at(-1)).toBe('python3 -m http.server 8000')
  expect(localLines({ ...space, sdk: 'docker', card: { appPort: 8000 } }).at(-1)).toContain('-p 8000:8000')
})

test('a card that would do something in a terminal is not repeated', () => {
  const evil = { sdkVersion: '6; rm -rf ~', pythonVersion: '$(id)', appFile: 'a.py && id' }
  const lines = localLines({ ...space, card: evil }).join('\n')
  expect(lines).not.toMatch(/rm -rf|\$\(|id$/)
  expect(lines).toContain('python app.py')
  expect(localLines({ ...space, card: { appFile: '-c' } }).at(-1)).toBe('python app.py')
})
