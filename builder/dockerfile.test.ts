import { expect, test } from 'vitest'
import { pythonDockerfile, siteDockerfile, type PythonImage } from './dockerfile.ts'
import type { PythonPlan } from './plan.ts'

const image: PythonImage = {
  base: 'python:3.12-slim',
  uv: 'localhost/plaza-uv:1',
  mode: 'wheels',
  caches: { debian: 'hidden-debian', python: 'hidden-python' },
  layer: 'shared',
}

const plan: PythonPlan = {
  kind: 'python',
  python: undefined,
  requirements: [],
  sdkRequirements: [],
  includes: [],
  indexOnly: true,
  systemPackages: [],
  command: ['python', 'app.py'],
  port: 7860,
  warnings: [],
}

const requirements = [{ path: 'requirements.txt', text: 'numpy\n' }]
const own = { ...image, mode: 'sources' as const, layer: '0123-4567' }

const cases: Record<string, { plan: Partial<PythonPlan>; image?: PythonImage }> = {
  plain: { plan: {} },
  gradio: { plan: { requirements, sdkRequirements: ['gradio==6.31.0'] } },
  'debian-packages': { plan: { requirements, systemPackages: ['ffmpeg', 'libgl1:amd64', 'libsndfile1=1.2.0-1'] } },
  'pre-requirements': {
    plan: { requirements: [{ path: 'pre-requirements.txt', text: 'wheel\n' }, ...requirements] },
  },
  'python-version': { plan: { python: '3.9', requirements }, image: { ...image, base: 'registry.example/python:3.9' } },
  streamlit: {
    plan: { sdkRequirements: ['streamlit'], command: ['streamlit', 'run', '--server.port={port}', 'app.py'] },
  },
  'local-includes': {
    plan: { requirements, includes: [{ path: 'package', kind: 'folder', object: '0'.repeat(40) }], indexOnly: false },
    image: own,
  },
  sources: { plan: { requirements }, image: own },
  bytecode: { plan: { requirements }, image: { ...image, bytecode: 'ab'.repeat(32) } },
}

test.each(Object.entries(cases))('the Dockerfile of %s', async (name, { plan: changed, image: wanted = image }) => {
  const { text, steps } = pythonDockerfile({ ...plan, ...changed }, wanted)
  await expect(text).toMatchFileSnapshot(`dockerfile.golden/${name}.Dockerfile`)
  // BuildKit counts FROM, RUN, COPY and WORKDIR.
  expect(steps).toHaveLength(text.match(/^(FROM|RUN|COPY|WORKDIR) /gm)?.length ?? 0)
})

test('the Dockerfile of a site', async () => {
  const site = { base: 'node:24-slim', cache: 'hidden-npm', layer: '4567', command: "echo '$x' && npm run build" }
  const { text } = siteDockerfile({ ...site, npm: 'ci' })
  await expect(text).toMatchFileSnapshot('dockerfile.golden/site.Dockerfile')
  expect(siteDockerfile({ ...site, npm: undefined }).text).not.toMatch(/RUN [\s\S]*npm (ci|install)/)
})

test('a change of the app’s files is a change of the last layer only', () => {
  const { text } = pythonDockerfile({ ...plan, requirements, systemPackages: ['ffmpeg'] }, image)
  const app = text.indexOf('app/')
  expect(text.slice(app)).not.toMatch(/^RUN/m)
  expect(text.slice(0, text.lastIndexOf('COPY'))).not.toContain(' app/')
})

test('bytecode is a layer between the packages and the app’s files, which changes nothing of the others', () => {
  const wanted = { ...plan, requirements, systemPackages: ['ffmpeg'] }
  const without = pythonDockerfile(wanted, image)
  const compiled = pythonDockerfile(wanted, { ...image, bytecode: 'ab'.repeat(32) })
  expect(compiled.environment).toBe(without.environment)
  expect(without.text.startsWith((without.environment ?? '-').trimEnd())).toBe(true)
  expect(compiled.text.startsWith((without.environment ?? '-').trimEnd())).toBe(true)
  const names = compiled.steps.map(({ name }) => name)
  expect(names.slice(-2)).toEqual(['RUN compile bytecode', 'COPY . /home/user/app'])
  expect(names.filter((name) => name !== 'RUN compile bytecode')).toEqual(without.steps.map(({ name }) => name))
})

test('where nothing is installed there is nothing to compile', () => {
  const nothing = pythonDockerfile(plan, { ...image, bytecode: 'ab'.repeat(32) })
  expect(nothing).toEqual(pythonDockerfile(plan, image))
  expect(nothing.environment).toBeUndefined()
})

test('names that a shell could read as anything else are refused', () => {
  for (const name of ['a; reboot', '$(reboot)', "a'b", '-oDebug=1', 'a\nRUN reboot', 'A', '']) {
    expect(() => pythonDockerfile({ ...plan, systemPackages: [name] }, image), name).toThrow('Not a name')
  }
  for (const path of ["a'b", '../x;y', '-r', 'a b', '']) {
    expect(() => pythonDockerfile({ ...plan, requirements: [{ path, text: '' }] }, image), path).toThrow('Not a name')
  }
  for (const bytecode of ['', 'ab; reboot', '$(reboot)', `${'ab'.repeat(32)}\n`]) {
    expect(() => pythonDockerfile({ ...plan, requirements }, { ...image, bytecode }), bytecode).toThrow('Not a name')
  }
})
