import { expect, test } from 'vitest'
import { readNotebook } from './notebook.ts'

const notebook = (cells: unknown[]) => JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })

test('cells and what they put out are read in order', () => {
  const { language, cells } = readNotebook(
    notebook([
      { cell_type: 'markdown', source: ['# Tides\n', 'High and low.'] },
      {
        cell_type: 'code',
        source: 'plot()',
        execution_count: 3,
        outputs: [
          { output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] },
          { output_type: 'display_data', data: { 'image/png': 'AAAA\nBBBB', 'text/plain': 'a plot' } },
          { output_type: 'execute_result', data: { 'text/html': ['<table>', '</table>'], 'text/plain': 'rows' } },
          { output_type: 'error', ename: 'E', evalue: 'x', traceback: ['\u001b[0;31mE\u001b[0m: x'] },
        ],
      },
    ]),
  )
  expect(language).toBe('python')
  expect(cells).toEqual([
    { kind: 'markdown', text: '# Tides\nHigh and low.' },
    {
      kind: 'code',
      text: 'plot()',
      count: 3,
      outputs: [
        { kind: 'text', text: 'one\ntwo\n', failed: false },
        { kind: 'image', address: 'data:image/png;base64,AAAABBBB', alt: 'a plot' },
        { kind: 'html', html: '<table></table>' },
        { kind: 'text', text: 'E: x', failed: true },
      ],
    },
  ])
})

test('a picture’s bytes cannot be anything else', () => {
  const [cell] = readNotebook(
    notebook([
      {
        cell_type: 'code',
        source: '',
        outputs: [{ output_type: 'display_data', data: { 'image/png': '"><script>', 'text/plain': 'nothing' } }],
      },
    ]),
  ).cells
  expect(cell).toMatchObject({ outputs: [{ kind: 'text', text: 'nothing' }] })
})

test.for(['', '{', '[]', '{"nbformat":3,"worksheets":[]}', '{"nbformat":4}'])('%j is refused in words', (text) => {
  expect(() => readNotebook(text)).toThrow(/notebook/)
})
