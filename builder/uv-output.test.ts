import { describe, expect, test } from 'vitest'
import { changedPackages, explainFailure, isResolved, logLine, needsBuilding } from './uv-output.ts'

const files = (text: string) => [{ path: 'requirements.txt', text }]

describe('the log', () => {
  test.each([
    ['Resolved 53 packages in 491ms', 'Resolved 53 packages for Python 3.11.2 in 491 ms'],
    ['Installed 1 package in 1m 2s', 'Installed 1 package in 1 m 2 s'],
    [' + gradio==6.31.0', '+ gradio 6.31.0'],
    [' - six==1.15.0', '- six 1.15.0'],
    ['Using Python 3.11.2 environment at: /x', undefined],
    [' Downloaded gradio', undefined],
    ['  cause: anything', '  cause: anything'],
  ])('%s becomes %s', (line, shown) => {
    expect(logLine(line, '3.11.2')).toBe(shown)
  })

  test('knows when the packages are chosen', () => {
    expect(isResolved('Resolved 53 packages in 491ms')).toBe(true)
    expect(isResolved('Audited 1 package in 2ms')).toBe(true)
    expect(isResolved('Prepared 53 packages in 1.2s')).toBe(false)
  })

  test('tells which packages came and went', () => {
    expect(changedPackages(' - six==1.15.0\n + six==1.16.0\nInstalled 1 package\n')).toEqual({
      added: ['six==1.16.0'],
      removed: ['six==1.15.0'],
    })
  })
})

// What uv 0.13.9 printed.
const unsatisfiable = (cause: string) => `error: No solution found when resolving dependencies\n  cause: ${cause}\n`

describe('a failure', () => {
  test('of a version that does not exist names line and version', () => {
    const output = unsatisfiable(
      'Because there is no version of gradio==99 and you require gradio==99, we can conclude that your requirements are unsatisfiable.',
    )
    expect(explainFailure(output, files('six\nGradio==99')).message).toBe(
      'requirements.txt, line 2: There is no version of gradio==99.',
    )
  })

  test('of a conflict through another package is told whole', () => {
    const output = unsatisfiable(
      `Because gradio>=6.31.0 depends on pydantic>=2.0,<=3.0 and you require gradio==6.31.0, we can conclude that you require pydantic>=2.0,<=3.0.
         And because you require pydantic==1.10.2, we can conclude that your requirements are unsatisfiable.`,
    )
    const { message } = explainFailure(output, [
      ...files('pydantic==1.10.2'),
      { path: "the card's sdk_version", text: 'gradio==6.31.0' },
    ])
    expect(message).toMatch(/^The requirements contradict each other\. the card's sdk_version, line 1: gradio>=6/)
    expect(message).toContain('so you require pydantic>=2.0,<=3.0. And you require pydantic==1.10.2.')
  })

  test('of a package that only needs building is told from one that cannot be had', () => {
    expect(needsBuilding('cause: Because antlr4-python3-runtime==4.9.3 has no usable wheels and you require it')).toBe(
      true,
    )
    expect(needsBuilding('cause: Because nosuch was not found in the package registry')).toBe(false)
  })

  test('of a wheel for another Python passes the hint on', () => {
    const output = `${unsatisfiable('Because tensorflow==2.5.0 has no wheels with a matching Python ABI tag (e.g., `cp311`) and you require tensorflow==2.5.0, we can conclude that your requirements are unsatisfiable.')}
hint: You require CPython 3.11 (\`cp311\`), but we only found wheels for \`tensorflow\` (v2.5.0) with the following Python ABI tags: \`cp38\`, \`cp39\``
    const { message, remedy } = explainFailure(output, files('tensorflow==2.5.0'))
    expect(message).toMatch(/^requirements\.txt, line 1: Tensorflow==2\.5\.0 has no wheels/)
    expect(remedy).toMatch(/^You require CPython 3\.11/)
  })

  test('of a line that is none counts bytes to find it', () => {
    const output =
      'error: Couldn\'t parse requirement in `requirements.txt` at position 8\n  cause: no such comparison operator "=", must be one of ~= == != <= >= < > ===\n         six=1\n            ^^\n'
    expect(explainFailure(output, files('# é\nx\nsix=1')).message).toBe(
      'requirements.txt, line 3: no such comparison operator "=", must be one of ~= == != <= >= < > ===.',
    )
  })

  test('of a setup.py shows its exception', () => {
    const output = `error: Failed to build \`bad==1.0\`
  cause: The build backend returned an error
  cause: Call to \`setuptools.build_meta:__legacy__.build_wheel\` failed (exit status: 1)

         [stderr]
         Traceback (most recent call last):
           File "<string>", line 1, in <module>
         RuntimeError: no way
`
    expect(explainFailure(output, files('bad')).message).toBe(
      'requirements.txt, line 1: Building bad==1.0 from its source failed: RuntimeError: no way',
    )
  })

  test('of a package of the repository names its line, where there is only one', () => {
    const output = `error: The build backend returned an error
  cause: Call to \`setuptools.build_meta:__legacy__.build_wheel\` failed (exit status: 1)

         RuntimeError: no way
`
    expect(explainFailure(output, files('six\n./own')).message).toBe(
      'requirements.txt, line 2: Building ./own from its source failed: RuntimeError: no way',
    )
    expect(explainFailure(output, files('-e .\n./own')).message).toMatch(/^Building a package from its source/)
  })

  test('of git shows its words', () => {
    const output = `error: Failed to download and build \`six @ git+https://localhost:1/six\`
  cause: Git operation failed
  cause: failed to clone into: /cache/git-v2/db/1
  cause: process didn't exit successfully: \`git fetch\` (exit status: 128)
         --- stderr
         fatal: unable to access 'https://localhost:1/six/': Failed to connect to localhost port 1
`
    expect(explainFailure(output, files('httpx\nsix @ git+https://localhost:1/six')).message).toBe(
      "requirements.txt, line 2: git could not fetch six @ git+https://localhost:1/six: unable to access 'https://localhost:1/six/': Failed to connect to localhost port 1",
    )
  })

  test('of an option that is none names its line', () => {
    const output =
      "error: Unexpected '-', expected '-c', '-e', '-r' or the start of a requirement: requirements.txt:3:1\n"
    expect(explainFailure(output, files('a\nb\n--no-such')).message).toMatch(
      /^requirements\.txt, line 3: Unexpected '-'/,
    )
  })

  test('of setuptools shows its error', () => {
    const output = `error: The build backend returned an error
  cause: Call to \`setuptools.build_meta:__legacy__.build_wheel\` failed (exit status: 1)
         [stderr]
         error: command 'gcc' failed: No such file or directory
`
    expect(explainFailure(output, []).message).toBe(
      "Building a package from its source failed: error: command 'gcc' failed: No such file or directory",
    )
  })

  test('of the disk is the operator’s', () => {
    expect(explainFailure('error: Failed to write\n  cause: No space left on device (os error 28)', []).message).toBe(
      'The disk of this machine is full.',
    )
  })

  test('of the network says that it may pass', () => {
    const output =
      'error: Failed to fetch: `https://index.example/six/`\n  cause: Request failed after 3 retries\n  cause: dns error\n'
    expect(explainFailure(output, []).message).toBe(
      'https://index.example/six/ could not be fetched: Request failed after 3 retries.',
    )
  })

  test('of an unknown kind still says what uv said', () => {
    expect(explainFailure('error: The wheel filename `x.whl` is invalid: Must have a version\n', []).message).toBe(
      'The wheel filename `x.whl` is invalid: Must have a version',
    )
    expect(explainFailure('', []).message).toBe('Installing the requirements failed.')
  })
})
