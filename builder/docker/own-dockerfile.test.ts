import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BuildError } from '../builder.ts'
import { fitDockerfile, type Fitting } from './own-dockerfile.ts'

const plain: Fitting = {
  heredocs: true,
  mounts: '',
  args: [],
  variables: {},
  reserved: ['plaza/', 'localhost:5000/plaza'],
}
const fitting: Fitting = { ...plain, mounts: '--mount=type=secret,id=ca ', args: ['OWNER'] }

function refusal(text: string, settings = fitting): string {
  try {
    fitDockerfile(text, settings)
  } catch (error) {
    if (error instanceof BuildError) return error.message
    throw error
  }
  throw new Error('It was not refused.')
}

test('each RUN gets the mounts and each stage the arguments, and nothing else changes', () => {
  const { text } = fitDockerfile(
    [
      'ARG BASE=debian',
      'FROM $BASE AS one',
      '# RUN not this',
      'RUN --mount=type=cache,target=/c make',
      '  run make install',
      'RUN \\',
      '  # RUN nor this',
      '  RUN=1 sh',
      'COPY . /RUN',
      'from one',
      'RUN ["true"]',
    ].join('\n'),
    fitting,
  )
  expect(text).toBe(
    [
      'ARG BASE=debian',
      'FROM $BASE AS one',
      'ARG OWNER',
      '# RUN not this',
      'RUN --mount=type=secret,id=ca --mount=type=cache,target=/c make',
      '  run --mount=type=secret,id=ca make install',
      'RUN --mount=type=secret,id=ca \\',
      '  # RUN nor this',
      '  RUN=1 sh',
      'COPY . /RUN',
      'from one',
      'ARG OWNER',
      'RUN --mount=type=secret,id=ca ["true"]',
    ].join('\n'),
  )
})

test('lines lead back to the author’s', () => {
  const { text, lineOf } = fitDockerfile('FROM a\nRUN b\nFROM c\nRUM d', fitting)
  expect(lineOf(text.split('\n').indexOf('RUM d') + 1)).toBe(4)
})

test('what stands in a here-document is no instruction', () => {
  const written = 'FROM a\nRUN <<EOF\nRUN echo 1\nFROM b\nEOF\nRUN <<-"END" cat\n\tRUN 2\n\tEND\nRUN 3'
  expect(fitDockerfile(written, fitting).text).toBe(
    [
      'FROM a',
      'ARG OWNER',
      'RUN --mount=type=secret,id=ca <<EOF',
      'RUN echo 1',
      'FROM b',
      'EOF',
      'RUN --mount=type=secret,id=ca <<-"END" cat',
      '\tRUN 2',
      '\tEND',
      'RUN --mount=type=secret,id=ca 3',
    ].join('\n'),
  )
})

test('what looks like a here-document and is none hides nothing', () => {
  expect(refusal('FROM a\nRUN echo "b <<EOF c"\nADD https://example.org/x /\nEOF')).toMatch(/line 3: ADD does not/)
  expect(refusal('FROM a\nRUN echo "b <<EOF c"\nFROM plaza/0123\nEOF')).toMatch(/line 3: plaza/)
})

test('an engine that reads no here-documents is told before it misreads one', () => {
  expect(refusal('FROM a\nRUN cat <<EOF\nADD x /\nEOF', { ...fitting, heredocs: false })).toBe(
    'Dockerfile, line 2: the container engine of this machine is too old for <<EOF.',
  )
})

test('the escape directive is obeyed', () => {
  const { text } = fitDockerfile('# escape=`\nFROM a\nRUN dir c:\\\nRUN one `\n  two', fitting)
  expect(text.match(/--mount/g)).toHaveLength(2)
  expect(text).toContain('RUN --mount=type=secret,id=ca one `\n  two')
})

test('lines that engines read differently are refused', () => {
  expect(refusal('FROM a\nRUN echo \\\\\nADD http://x/ /')).toMatch(/^Dockerfile, line 2: it ends in two/)
})

test('Docker’s own syntax line is left out, another one refused', () => {
  const fitted = fitDockerfile('# syntax=docker/dockerfile:1.7-labs\nFROM a', plain)
  expect(fitted.text).toBe('#\nFROM a')
  expect(fitted.remarks).toHaveLength(1)
  for (const line of ['# syntax=evil/frontend', '#SYNTAX = docker/dockerfile@evil', '// syntax=evil/x']) {
    expect(refusal(`${line}\nFROM a`)).toMatch(/line 1: another syntax/)
  }
  expect(refusal('#!/usr/bin/env x\n# syntax=evil/x\nFROM a')).toMatch(/line 2: another syntax/)
  // A comment by then.
  expect(fitDockerfile('# hello\n# syntax=evil/x\nFROM a', plain).text).toBe('# hello\n# syntax=evil/x\nFROM a')
})

test('declared arguments are known, wherever they are declared', () => {
  expect(fitDockerfile('ARG A=1 B\nFROM a\narg C="x y"\nRUN ARG=2', plain).args).toEqual(['A', 'B', 'C'])
})

test('images are known through their arguments; stages and scratch are none', () => {
  const written =
    'ARG V=1\nARG R\nFROM py:$V AS one\nFROM ${R:-deb}\nFROM one\nFROM scratch\nCOPY --from=one a /\nCOPY --from=0 a /\nCOPY --from=tools/x:2 a /'
  expect(fitDockerfile(written, plain).images).toEqual(['py:1', 'deb', 'tools/x:2'])
  expect(fitDockerfile('ARG V=1\nFROM py:$V', { ...plain, variables: { V: '2' } }).images).toEqual(['py:2'])
})

test('nobody builds upon another Space’s image', () => {
  for (const line of [
    'FROM plaza/0123',
    'FROM docker.io/plaza/0123:1 AS x',
    'FROM --platform=linux/amd64 "localhost:5000/plaza@sha256:1"',
    'ARG I=plaza/0123\nFROM $I',
    'FROM a\nCOPY --from=plaza/0123 / /',
    'FROM a\nCOPY --chown=1 --from=plaza/0123 / /',
    'FROM a\nRUN --mount=type=bind,from=plaza/0123,target=/x cat /x',
    'FROM a\nONBUILD COPY --from=plaza/0123 / /',
  ]) {
    expect(refusal(line), line).toMatch(/an image of this platform's own/)
  }
})

test('ADD fetches nothing, however its address is written', () => {
  for (const source of [
    'http://169.254.169.254/',
    'HTTPS://example.org/x',
    '--chown=1 https://example.org/x',
    'git@github.com:a/b.git',
    '"https://example.org/x"',
    String.raw`h\ttp://example.org`,
    "h'ttp'://example.org",
    '$URL',
    'ht${X}tp://y',
    'a.txt https://example.org/x',
  ]) {
    expect(refusal(`FROM a\nADD ${source} /x`), source).toMatch(/line 2: ADD does not fetch/)
  }
  expect(refusal('FROM a\nADD ["https://example.org/x", "/x"]')).toMatch(/ADD does not fetch/)
  expect(refusal('FROM a\nADD \\\n  https://example.org/x /x')).toMatch(/ADD does not fetch/)
  expect(refusal('FROM a\nONBUILD ADD https://example.org/x /x')).toMatch(/ADD does not fetch/)
  for (const source of ['a.tar.gz', './$NAME.tar', 'app-$V.tgz', 'x y z']) {
    expect(fitDockerfile(`FROM a\nADD ${source} /x`, plain).text).toContain(source)
  }
})

test('it never throws but to refuse, and never loses a line', () => {
  const word = fc.constantFrom(
    'FROM',
    'RUN',
    'ADD',
    'COPY',
    'ARG',
    'ONBUILD',
    '<<EOF',
    'EOF',
    '\\',
    '"',
    "'",
    '`',
    '$',
    '\n',
    ' ',
    '#',
    '=',
    '--from=',
    'a',
    '[',
    ']',
    '{',
    '}',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      const written = words.join('')
      try {
        const { text } = fitDockerfile(written, fitting)
        const kept = text.split('\n').filter((line) => line !== 'ARG OWNER')
        expect(
          kept.map((line) => line.replace('--mount=type=secret,id=ca ', '').trim().replaceAll(/\s+/g, ' ')),
        ).toEqual(written.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' ')))
      } catch (error) {
        if (!(error instanceof BuildError)) throw error
      }
    }),
  )
})
