import { expect, test } from 'vitest'
import { failureOf, lastErrors, type FailedBuild, Unreached } from './failure.ts'

const step = { n: 3, of: 5, name: 'RUN make', error: '', output: '' }

function words(failed: Partial<FailedBuild>) {
  const { phase, message, remedy } = failureOf({ said: '', step: undefined, files: [], base: 'author', ...failed })
  return { phase, message, remedy }
}

test('a step that fails is named, with its exit code and its last errors', () => {
  const output = 'compiling\nmain.c:3: error: expected ;\nmake: *** [main] Error 1\nbye\n'
  const error = 'executor failed running [/bin/sh -c make]: exit code: 2'
  expect(words({ said: error, step: { ...step, error, output } })).toEqual({
    phase: 'installing',
    message: 'Step 3 of 5 (RUN make) ended with exit code 2: main.c:3: error: expected ; make: *** [main] Error 1',
    remedy: 'Correct that step; the log above has all that it printed.',
  })
})

test('newer engines say it differently', () => {
  const error = 'process "/bin/sh -c nosuch" did not complete successfully: exit code: 127'
  const output = '/bin/sh: 1: nosuch: not found\n'
  expect(words({ said: error, step: { ...step, error, output } })).toMatchObject({
    message: 'Step 3 of 5 (RUN make) ended with exit code 127: /bin/sh: 1: nosuch: not found',
    remedy: 'Install the program in an earlier step, or correct its name.',
  })
})

test('a step that the kernel ended is about memory', () => {
  const error = 'executor failed running [/bin/sh -c make]: exit code: 137'
  expect(words({ said: error, step: { ...step, error } }).message).toMatch(/no memory left/)
})

test('a requirement that does not exist names the line', () => {
  const output =
    'error: No solution found when resolving dependencies\n  cause: Because nopes was not found in the package registry and you require nopes, we can conclude that your requirements are unsatisfiable.\n'
  const error = 'executor failed running [/bin/sh -c …]: exit code: 1'
  const files = [{ path: 'requirements.txt', text: 'six\nnopes\n' }]
  expect(words({ said: error, step: { ...step, error, output }, installs: 'requirements', files }).message).toBe(
    'requirements.txt, line 2: There is no package named nopes in the package index.',
  )
})

test('a Debian package that does not exist names the line of packages.txt', () => {
  const files = [{ path: 'packages.txt', text: '# sound\nffmpeg\nnosuch:amd64\n' }]
  const failed = (output: string) =>
    words({ step: { ...step, error: 'exit code: 100', output }, installs: 'debian', files }).message
  expect(failed('E: Unable to locate package nosuch')).toBe(
    'packages.txt, line 3: there is no Debian package named nosuch.',
  )
  expect(failed("E: Version '9' for 'ffmpeg' was not found")).toBe(
    'packages.txt, line 2: there is no version 9 of ffmpeg.',
  )
})

test('a package archive that was out of reach is told from a package that is not there', () => {
  const failed = (output: string) =>
    failureOf({
      said: '',
      step: { ...step, error: 'exit code: 100', output },
      installs: 'debian',
      files: [],
      base: 'operator',
    })
  const away = 'E: Failed to fetch http://archive/f.deb  Temporary failure resolving'
  expect(failed(away)).toBeInstanceOf(Unreached)
  expect(failed('E: Unable to locate package nosuch')).not.toBeInstanceOf(Unreached)
})

test('a base image that cannot be had is the author’s or the operator’s to mend', () => {
  const error =
    'failed to do request: Head "https://registry-1.docker.io/v2/library/nosuch/manifests/1": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host'
  const metadata = {
    ...step,
    n: undefined,
    of: undefined,
    name: '[internal] load metadata for docker.io/library/nosuch:1',
    error,
  }
  expect(words({ said: error, step: metadata })).toEqual({
    phase: 'resolving',
    message:
      'The base image nosuch:1 could not be fetched: registry-1.docker.io could not be reached from this machine.',
    remedy: 'Correct the name after FROM, or ask the operator to pull that image.',
  })
  expect(words({ said: error, step: metadata, base: 'operator' }).remedy).toMatch(/under images in plaza\.yaml/)
  const denied = 'pull access denied, repository does not exist or may require authorization'
  expect(words({ said: denied, step: { ...metadata, error: denied } }).message).toBe(
    'The base image nosuch:1 could not be fetched: the registry has no such image, or does not show it to everybody.',
  )
})

test('a file that is not there is named', () => {
  const said =
    'failed to solve with frontend dockerfile.v0: failed to build LLB: failed to compute cache key: "/nosuch" not found: not found'
  expect(words({ said, step: { ...step, name: 'COPY nosuch /x', error: said } })).toMatchObject({
    message: 'COPY nosuch /x: there is no nosuch in the repository.',
    remedy: 'Push it, correct the path, or take it out of .dockerignore.',
  })
})

test('a line that cannot be read is the author’s line', () => {
  const said =
    'failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 4: unknown instruction: RUM'
  expect(words({ said, lineOf: (line) => line - 1 }).message).toBe('Dockerfile, line 3: unknown instruction: RUM.')
})

test('a full disk is told as one, wherever it shows', () => {
  expect(words({ said: 'write /var/lib/docker: no space left on device' }).message).toMatch(/disk.* full/)
  expect(
    words({ step: { ...step, error: 'exit code: 1', output: 'OSError: [Errno 28] No space left on device' } }).message,
  ).toMatch(/disk.* full/)
})

test('what a program said last is one short line without colours', () => {
  expect(lastErrors('\u001b[31mError: a\u001b[0m\r\nfine\n')).toBe('Error: a')
  expect(lastErrors('one\ntwo\n')).toBe('two')
  expect(lastErrors(`${'x'.repeat(900)}\n`).length).toBeLessThan(410)
})
