import { expect, test } from 'vitest'
import { describeExit, lastErrorLine, programName, type Ending } from './exit.ts'

const ending: Ending = {
  command: ['python', './app.py', '7860'],
  limits: { cpu: 1, memory: 16 * 1024 ** 3, processes: 100 },
  code: 1,
  signal: null,
  oom: false,
  rebooted: false,
  output: '',
}

test.each<[Partial<Ending>, string, string]>([
  [{}, 'error', 'app.py ended with exit code 1 and printed nothing. An app must go on serving.'],
  [{ output: 'giving up\n' }, 'error', 'app.py ended with exit code 1: giving up. The run log has the rest.'],
  [
    { output: "Traceback\n  File x\nModuleNotFoundError: No module named 'torch'\n" },
    'error',
    "app.py ended with exit code 1: ModuleNotFoundError: No module named 'torch'. Add the package that has torch to requirements.txt, or push its file.",
  ],
  [
    {
      output: `Traceback (most recent call last):
  File "/app/app.py", line 12, in <module>
    start()
  File "/app/src/model.py", line 3, in start
    load()
  File "/env/lib/python3.11/site-packages/x/app/load.py", line 9, in load
    raise ValueError('no model')
ValueError: no model
`,
    },
    'error',
    'app.py ended with exit code 1: ValueError: no model (src/model.py, line 3). The run log has the rest.',
  ],
  [{ code: 0 }, 'completed', 'app.py ended by itself with exit code 0. An app must go on serving.'],
  [{ code: 139, signal: 'SIGSEGV' }, 'error', 'app.py was ended by SIGSEGV.'],
  [{ code: 137, signal: 'SIGKILL', oom: true }, 'oom', 'app.py ran out of memory: it may use 16 GiB.'],
  [{ output: 'MemoryError\n' }, 'oom', 'app.py ran out of memory: it may use 16 GiB.'],
  [{ code: null }, 'lost', 'app.py is gone, and nobody saw how it ended.'],
  [{ code: null, rebooted: true }, 'lost', 'The machine restarted while app.py was running.'],
])('%j', (more, reason, message) => {
  expect(describeExit({ ...ending, ...more })).toMatchObject({ reason, message })
})

test.each([
  [['python', '-u', 'src/main.py'], 'main.py'],
  [['streamlit', 'run', 'app.py'], 'streamlit'],
  [[], 'The app'],
])('%j is called %s', (command, name) => {
  expect(programName(command)).toBe(name)
})

test.each([
  ['first\n\u001B[31mValueError: bad\u001B[0m\nsome epilogue\n', 'ValueError: bad'],
  ['gradio.exceptions.Error: no\n', 'gradio.exceptions.Error: no'],
  ['one\ntwo\n\n', 'two'],
  ['', undefined],
])('of %j the line that matters is %s', (output, line) => {
  expect(lastErrorLine(output)).toBe(line)
})
