import { expect, test } from 'vitest'
import type { PythonPlan } from '../plan.ts'
import { installSteps } from './install.ts'

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

test('what is installed before the rest is a step of its own', () => {
  const requirements = ['pre-requirements.txt', 'requirements.txt'].map((path) => ({ path, text: '' }))
  expect(installSteps({ ...plan, requirements, sdkRequirements: ['gradio'] })).toEqual([
    ['pre-requirements.txt'],
    ['requirements.txt', '@sdk-requirements.txt'],
  ])
  expect(installSteps(plan)).toEqual([])
})

test('a file in the words of another tool is never given to the installer itself', () => {
  const requirements = [
    { path: 'environment.yml', text: 'numpy', translated: true as const },
    { path: 'more.txt', text: '' },
  ]
  expect(installSteps({ ...plan, requirements })).toEqual([['@translated-requirements.txt', 'more.txt']])
})
