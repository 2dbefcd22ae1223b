import { expect, test } from 'vitest'
import { sentences, stagePills, stageWords } from './stage.ts'

test('a Space that builds for the first time is named by its phase', () => {
  const phase = { name: 'installing', startedAt: '2026-01-01T00:00:00Z' } as const
  expect(stageWords({ stage: 'BUILDING', phase })).toBe('Installing')
  expect(stageWords({ stage: 'APP_STARTING' })).toBe('Starting')
})

test('while a new version is made beside the serving one, the header says both and the card only what a visitor meets', () => {
  const space = { stage: 'RUNNING_BUILDING', phase: { name: 'resolving', startedAt: '' } } as const
  expect(stageWords(space)).toBe('Running')
  expect(stagePills(space)).toEqual([
    { tone: 'running', words: 'Running' },
    { tone: 'working', words: 'Resolving' },
  ])
})

test('a message is split after its first sentence, not inside file names or versions', () => {
  expect(sentences('app.py ended with exit code 1. The last lines are below.')).toEqual({
    first: 'app.py ended with exit code 1.',
    rest: 'The last lines are below.',
  })
  expect(sentences('requirements.txt line 3: numpy==9.9 does not exist')).toEqual({
    first: 'requirements.txt line 3: numpy==9.9 does not exist',
    rest: '',
  })
})
