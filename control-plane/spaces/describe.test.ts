import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { PlanSettings } from '../../builder/plan.ts'
import type { Files } from '../repositories/tree.ts'
import { describeFiles } from './describe.ts'

const withEngine = { pythons: ['3.12', '3.11'], containers: true }
const withoutEngine = { pythons: ['3.12.4'], containers: false }

function filesOf(texts: Readonly<Record<string, string>>): Files {
  const object = (text: string) => createHash('sha1').update(text).digest('hex')
  return {
    commit: '0'.repeat(40),
    paths: new Map(
      Object.entries(texts).map(([path, text]) => [path, { kind: 'file', object: object(text), size: text.length }]),
    ),
    text: (path) => Promise.resolve(texts[path]),
  }
}

async function described(texts: Readonly<Record<string, string>>, settings: PlanSettings = withEngine) {
  return await describeFiles(filesOf(texts), settings)
}

describe('a repository that has a card', () => {
  test('is what the card says, whatever files are there', async () => {
    const { card, ...rest } = await described({
      'README.md': '---\nsdk: gradio\n---\n',
      Dockerfile: '',
      'app.py': '',
      'environment.yml': 'x: [',
    })
    expect(card).toMatchObject({ sdk: 'gradio', recognised: undefined })
    expect(rest).toMatchObject({ plan: { kind: 'python', command: ['python', 'app.py'], warnings: [] } })
  })

  test('and is not guessed around where the card is broken', async () => {
    const faults = ['---\nsdk: gradio\n', '---\nsdk: shiny\n---\n', '---\nsdk: [x\n---\n', '---\n- x\n---\n']
    for (const readme of faults) {
      const found = await described({ 'README.md': readme, Dockerfile: 'FROM x', 'index.html': '' })
      expect(found).toMatchObject({ card: undefined, problem: { stage: 'CONFIG_ERROR' } })
    }
  })

  test('has its fault named by line', async () => {
    const readme = '---\ntitle: x\nsdk: static\napp_build_command: make\n---\n'
    expect(await described({ 'README.md': readme }, withoutEngine)).toMatchObject({
      problem: { message: expect.stringMatching(/^README\.md line 4: app_build_command needs a container engine/) },
    })
  })
})

describe('a repository without a card', () => {
  const conda = { 'environment.yml': 'dependencies:\n- python=3.11\n- numpy\n- streamlit\n', 'app.py': '' }

  test('is recognised, and says why and how to decide otherwise', async () => {
    const sentence =
      'There is no card in README.md, so environment.yml was read: Python 3.11 with numpy, streamlit; it runs app.py. ' +
      'To decide otherwise, begin README.md with a card that says the sdk.'
    expect(await described({ ...conda, 'README.md': '# Hello' })).toMatchObject({
      card: {
        sdk: 'streamlit',
        title: undefined,
        startupTimeout: 1800,
        recognised: { file: 'environment.yml', sentence },
      },
      plan: { kind: 'python', python: '3.11', warnings: [sentence] },
    })
    expect(await described(conda)).toMatchObject({
      card: { recognised: { sentence: expect.stringMatching(/^There is no README\.md, so/) } },
    })
  })

  test('keeps what a card without sdk says', async () => {
    const found = await described({ ...conda, 'README.md': '---\ntitle: Lens\npython_version: 3.12\n---\n' })
    expect(found).toMatchObject({
      card: {
        title: 'Lens',
        pythonVersion: '3.12',
        recognised: { sentence: expect.stringMatching(/^The card in README\.md has no sdk, so/) },
      },
      plan: { python: '3.12' },
    })
  })

  test('that cannot be built here says what was read', async () => {
    expect(await described({ Dockerfile: 'FROM x' }, withoutEngine)).toMatchObject({
      card: { sdk: 'docker' },
      problem: {
        stage: 'CONFIG_ERROR',
        message: expect.stringMatching(/so Dockerfile was read\. sdk: docker needs a container engine/),
      },
    })
  })

  test('whose file has a fault says where', async () => {
    expect(await described({ 'environment.yml': 'dependencies:\n- a; b\n', 'app.py': '' })).toMatchObject({
      card: undefined,
      problem: { stage: 'CONFIG_ERROR', message: expect.stringMatching(/^environment\.yml, line 2: "a; b" is not/) },
    })
  })

  test.each([
    [
      { 'app.py': '' },
      /^There is no README\.md\. Add one.* Without one, a Dockerfile, environment\.yml, .*would do\.$/,
    ],
    [{ 'README.md': '# Hi' }, /^README\.md has no card\. Begin it.* would do\.$/],
    [{ 'README.md': '---\ntitle: x\n---\n' }, /^README\.md: the card has no sdk\. Add/],
    [{ 'package.json': '{"scripts":{"build":"x"}}' }, /For what npm run build makes, write sdk: static and app_build/],
  ])('and that tells nothing keeps its error: %j', async (texts, message) => {
    const found = await described(texts)
    expect(found).toMatchObject({
      card: undefined,
      problem: { stage: 'CONFIG_ERROR', message: expect.stringMatching(message) },
    })
    expect('problem' in found && found.problem.message.length).toBeLessThan(500)
  })
})
