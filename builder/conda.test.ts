import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pythonOfConda, readConda } from './conda.ts'
import { PlanError } from './plan-error.ts'

const read = (...dependencies: string[]) =>
  readConda('environment.yml', ['dependencies:', ...dependencies.map((line) => `  - ${line}`), ''].join('\n'))
const requirements = (...dependencies: string[]) =>
  read(...dependencies)
    .requirements.split('\n')
    .filter(Boolean)

describe('an environment of conda in the words of pip', () => {
  test('each package stands on its own line of the file', () => {
    const text =
      'name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - numpy=1.26\n\n  - pip\n  - pip:\n      - gradio==6.31.0\n'
    expect(readConda('environment.yml', text)).toEqual({
      python: '=3.11',
      requirements: '\n\n\n\nnumpy==1.26.*\n\n\n\ngradio==6.31.0\n',
      files: [],
      leftOut: [],
      warnings: [],
    })
  })

  test.each([
    ['numpy', 'numpy'],
    ['numpy=1.26', 'numpy==1.26.*'],
    ['numpy=1.26.*', 'numpy==1.26.*'],
    ['numpy==1.26.4', 'numpy==1.26.4'],
    ['numpy=1.26.4=py311h64a7726_0', 'numpy==1.26.4'],
    ['numpy 1.26.4 py311h64a7726_0', 'numpy==1.26.4'],
    ['"numpy >=1.20, <2"', 'numpy>=1.20,<2'],
    ['numpy>=1.20', 'numpy>=1.20'],
    ['numpy=*', 'numpy'],
    ['conda-forge::pandas=2', 'pandas==2.*'],
    ['conda-forge/linux-64::pandas', 'pandas'],
    [`"pandas[version='>=2,<3']"`, 'pandas>=2,<3'],
    ['PyTorch=2.3', 'torch==2.3.*'],
    ['opencv', 'opencv-python-headless'],
    ['scikit-learn', 'scikit-learn'],
    ['librosa', 'librosa'],
  ])('%s is %s', (written, expected) => {
    expect(requirements(written)).toEqual([expected])
  })

  test('what only conda has is left out by name', () => {
    const { leftOut, requirements } = read(
      'cudatoolkit=11.8',
      'gcc_linux-64',
      'conda-forge::libgcc-ng',
      '_openmp_mutex',
    )
    expect(leftOut).toEqual(['cudatoolkit', 'gcc_linux-64', 'libgcc-ng', '_openmp_mutex'])
    expect(requirements.trim()).toBe('')
  })

  test('a version that pip cannot say is left open, and said to be', () => {
    const { requirements, warnings } = read('pytz=2023c', 'numpy=1.25|1.26')
    expect(requirements).toBe('\npytz\nnumpy\n')
    expect(warnings[0]).toMatch(/^environment\.yml, line 2: .*pytz=2023c.* any version/)
  })

  test('requirement files of its pip list are named, and variables said not to be set', () => {
    const text = 'dependencies:\n- pip:\n  - -r requirements.txt\n  - "--requirement=more.txt"\nvariables: {A: b}\n'
    const { files, warnings } = readConda('environment.yml', text)
    expect(files).toEqual(['requirements.txt', 'more.txt'])
    expect(warnings).toEqual([expect.stringContaining('variables of environment.yml')])
  })

  test.each([
    ['dependencies: [a', /^environment\.yml, line \d is not valid YAML\.$/],
    ['', /has no list of dependencies/],
    ['- numpy', /has no list of dependencies/],
    ['dependencies: numpy', /has no list of dependencies/],
    ['dependencies:\n- {conda: x}', /line 2 is neither a package nor a pip list/],
    ['dependencies:\n- 3', /line 2 is neither a package nor a pip list/],
    ['dependencies:\n- numpy; id', /line 2: "numpy; id" is not a package/],
    ['dependencies:\n- --index-url=x', /line 2: .* is not a package/],
    ['dependencies:\n- pip:\n  - "six\\n--index-url https://example.org"', /line 3 is not a requirement/],
    [`dependencies: ${'['.repeat(100_000)}`, /is not valid YAML/],
  ])('%j has a fault', (text, message) => {
    expect(() => readConda('environment.yml', text.slice(0, 200_000))).toThrow(message)
  })

  test('whatever it says, there is an answer or a PlanError', () => {
    const piece = fc.constantFrom(
      'dependencies:',
      '\n- ',
      '\n  - ',
      'pip:',
      'numpy',
      '=',
      '1.2',
      '&a',
      '*a',
      '[',
      '{',
      '"',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 12 }), (pieces) => {
        for (const text of [pieces.join(''), `dependencies:\n- ${pieces.join('')}`]) {
          try {
            for (const line of readConda('environment.yml', text).requirements.split('\n')) {
              expect(line).not.toMatch(/^\s*(-i|--index-url)/)
            }
          } catch (error) {
            expect(error).toBeInstanceOf(PlanError)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the Python that it asks for', () => {
  const here = ['3.12.4', '3.11.9', '3.9.2']
  const anyPatch = ['3.12', '3.11']

  test.each([
    [undefined, here, { found: true, version: undefined }],
    ['=3.11', here, { found: true, version: '3.11' }],
    ['3.11.*', here, { found: true, version: '3.11' }],
    ['=3.11.9=h955ad1f_0', here, { found: true, version: '3.11.9' }],
    ['==3.11.4', anyPatch, { found: true, version: '3.11.4' }],
    ['==3.11.4', here, { found: true, version: '3.11', instead: '3.11.4' }],
    ['=3', here, { found: true, version: undefined }],
    ['>=3.9', here, { found: true, version: undefined }],
    ['>=3.9,<3.12', here, { found: true, version: '3.11' }],
    ['<3.12', anyPatch, { found: true, version: '3.11' }],
    ['~=3.11.0', anyPatch, { found: true, version: '3.11' }],
    ['!=3.12.*', here, { found: true, version: '3.11' }],
    ['=3.7', here, { found: false, version: undefined }],
    ['=2.7', here, { found: false, version: undefined }],
    ['newest', here, { found: false, version: undefined }],
  ])('%j of %j', (asked, pythons, expected) => {
    expect(pythonOfConda(asked, pythons)).toEqual(expected)
  })
})
