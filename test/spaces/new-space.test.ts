/** New Spaces over the API: from a template, from somebody else's repository, with files sent along. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SpaceDetail } from '../../control-plane/hub/gallery.ts'
import type { NameAnswer } from '../../control-plane/hub/repos.ts'
import type { TemplateList } from '../../control-plane/hub/templates.ts'
import type { ImportView } from '../../control-plane/spaces/imports.ts'
import { TestPlaza } from '../plaza.ts'
import { type Elsewhere, openElsewhere } from '../repositories/elsewhere.ts'

let plaza: TestPlaza
let elsewhere: Elsewhere
const page = { 'README.md': '---\ntitle: Theirs\nsdk: static\n---\n', 'index.html': '<h1>theirs</h1>' }

beforeAll(async () => {
  elsewhere = await openElsewhere()
  plaza = await TestPlaza.start({
    yaml: 'imports: { allow: [127.0.0.1] }',
    env: { PLAZA_EXTRA_CA: elsewhere.certificate },
  })
  await Promise.all([
    elsewhere.add('theirs', { ...page, 'index.html': 'first' }, page),
    elsewhere.add('cardless', { 'index.html': '<h1>no card</h1>', 'README.md': '# Just words\n' }),
  ])
})
afterAll(async () => {
  await plaza?.[Symbol.asyncDispose]()
  await elsewhere?.[Symbol.asyncDispose]()
})

async function imported(name: string, as = 'alice'): Promise<ImportView> {
  const { id } = await plaza.json<ImportView>('POST', '/api/plaza/imports', as, { url: `${elsewhere.url}/${name}` })
  let view: ImportView | undefined
  await expect
    .poll(
      async () => {
        view = await plaza.json<ImportView>('GET', `/api/plaza/imports/${id}`, as)
        return view.state
      },
      { timeout: 20_000 },
    )
    .not.toBe('running')
  if (!view) throw new Error('It was never looked at.')
  return view
}

const titles = async (id: string) =>
  (await plaza.json<{ title: string; authors: { user: string }[] }[]>('GET', `/api/spaces/${id}/commits/main`)).map(
    ({ title }) => title,
  )

test('the templates are listed as the client reads them, and what cannot run here says why', async () => {
  const { templates } = await plaza.json<TemplateList>('GET', '/api/spaces/templates', null)
  expect(templates.map(({ name, sdk, problem }) => `${name} ${sdk} ${problem === undefined}`)).toEqual([
    'gradio-chat gradio true',
    'gradio-image gradio true',
    'streamlit-dashboard streamlit true',
    'fastapi-websocket gradio true',
    'static-page static true',
    'docker docker false',
  ])
  expect(templates.at(-1)?.problem).toMatch(/^sdk: docker needs a container engine/)
  for (const one of templates) {
    expect(one).toMatchObject({ repoId: `templates/${one.name}`, preferredPrivate: false })
    expect([one.emoji, one.colorFrom, one.colorTo, one.shortDescription].every(Boolean), one.name).toBe(true)
    expect(one.files).toContain('README.md')
  }
})

test('from a template: one commit of its creator, which is built at once, with a title of its own', async () => {
  await plaza.createSpace('alice', 'my-tide.lines', { template: 'templates/static-page', license: 'mit' })
  const id = 'alice/my-tide.lines'
  await plaza.waitFor(id, 'RUNNING')
  expect(await titles(id)).toEqual(['Start from the template static-page'])
  const space = await plaza.json<SpaceDetail>('GET', `/api/plaza/spaces/${id}`)
  expect(space).toMatchObject({ title: 'My tide lines', sdk: 'static', card: { license: ['mit'] } })
  expect(await (await plaza.visit(id)).text()).toContain('tide.js')
  expect(space.importedFrom).toBeUndefined()
})

test('from a template that is not there, nothing is created', async () => {
  for (const template of ['nothing', '../life', 'templates/../../life', '']) {
    const answer = await plaza.api('POST', '/api/repos/create', 'alice', { type: 'space', name: 'never', template })
    if (template !== '') expect(answer.status, template).toBe(400)
  }
  await plaza.api('DELETE', '/api/repos/delete', 'alice', { type: 'space', name: 'never' })
})

test('the first files can be sent along, as the JavaScript client does', async () => {
  const files = Object.entries(page).map(([path, text]) => ({
    path,
    encoding: 'base64',
    content: Buffer.from(text).toString('base64'),
  }))
  await plaza.createSpace('alice', 'with-files', { files })
  await plaza.waitFor('alice/with-files', 'RUNNING')
  const wrong = [{ path: '../x', content: '' }]
  const answer = await plaza.api('POST', '/api/repos/create', 'alice', { type: 'space', name: 'half', files: wrong })
  expect(answer.status).toBe(400)
  expect((await plaza.api('GET', '/api/spaces/alice/half')).status).toBe(404)
})

test('from a git address: looked at first, then a Space with all commits and their source', async () => {
  const view = await imported('theirs.git')
  expect(view).toMatchObject({
    state: 'ready',
    report: { commits: 2, files: 2, latest: { title: 'Commit 2', author: 'Test' }, card: { title: 'Theirs' } },
  })
  expect((await plaza.api('GET', `/api/plaza/imports/${view.id}`, 'bob')).status).toBe(404)
  expect((await plaza.api('GET', `/api/plaza/imports/${view.id}`, null)).status).toBe(401)
  const made = await plaza.json<{ name: string }>('POST', `/api/plaza/imports/${view.id}/space`, 'alice', {
    name: 'theirs',
  })
  expect(made.name).toBe('alice/theirs')
  await plaza.waitFor('alice/theirs', 'RUNNING')
  expect(await titles('alice/theirs')).toEqual(['Commit 2', 'Commit 1'])
  const space = await plaza.json<SpaceDetail>('GET', '/api/plaza/spaces/alice/theirs', null)
  expect(space.importedFrom).toBe(`${elsewhere.url}/theirs.git`)
  await expect.poll(async () => (await plaza.api('GET', `/api/plaza/imports/${view.id}`)).status).toBe(404)
})

test('a card that is missing is added as a commit on top', async () => {
  const view = await imported('cardless.git')
  // Its files say what it is: a card is asked for by nobody, and may be given all the same.
  expect(view.state === 'ready' && view.report.problem).toBeUndefined()
  expect(view.state === 'ready' && view.report.texts['README.md']).toBe('# Just words\n')
  const taken = { name: 'theirs', card: { sdk: 'static', title: 'Added' } }
  const refused = await plaza.api('POST', `/api/plaza/imports/${view.id}/space`, 'alice', taken)
  expect(refused.status).toBe(409)
  await plaza.json('POST', `/api/plaza/imports/${view.id}/space`, 'alice', { ...taken, name: 'carded' })
  await plaza.waitFor('alice/carded', 'RUNNING')
  expect(await titles('alice/carded')).toEqual(['Change the card in README.md', 'Commit 1'])
  const readme = await (await plaza.api('GET', '/spaces/alice/carded/resolve/main/README.md')).text()
  expect(readme).toBe('---\nsdk: static\ntitle: Added\n---\n\n# Just words\n')
})

test('what fails says why, and leaves nothing behind', async () => {
  const view = await imported('nothing.git')
  expect(view).toMatchObject({ state: 'failed', message: 'There is no git repository at this address.' })
  expect((await plaza.api('POST', `/api/plaza/imports/${view.id}/space`, 'alice', { name: 'no' })).status).toBe(409)
  expect((await plaza.api('GET', '/api/spaces/alice/no')).status).toBe(404)
  const inside = await plaza.json<ImportView>('POST', '/api/plaza/imports', 'alice', {
    // Beside the one address that is allowed.
    url: `https://127.0.0.2:${new URL(elsewhere.url).port}/theirs.git`,
  })
  await expect
    .poll(async () => await plaza.json('GET', `/api/plaza/imports/${inside.id}`))
    .toMatchObject({ state: 'failed', message: expect.stringContaining('private network') })
  for (const url of ['file:///etc', 'http://127.0.0.1/x', 'ext::sh -c id']) {
    expect((await plaza.api('POST', '/api/plaza/imports', 'alice', { url })).status, url).toBe(400)
  }
})

test('who may create: no stranger, no token that may only read', async () => {
  const url = `${elsewhere.url}/theirs.git`
  expect((await plaza.api('POST', '/api/plaza/imports', null, { url })).status).toBe(401)
  expect((await plaza.api('POST', '/api/plaza/imports', plaza.person('bob').readToken, { url })).status).toBe(403)
})

test('whether a name is free is told for one’s own names only', async () => {
  const ask = async (place: string) => await plaza.json<NameAnswer>('GET', `/api/plaza/names/${place}`)
  expect(await ask('alice/fresh')).toEqual({ free: true })
  expect(await ask('alice/Theirs')).toEqual({ free: false })
  expect((await ask('alice/a..b')).reason).toContain('cannot be used')
  expect((await ask('bob/fresh')).reason).toContain('may not create a Space for bob')
  expect((await plaza.api('GET', '/api/plaza/names/alice/fresh', null)).status).toBe(401)
})
