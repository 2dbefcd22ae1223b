import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CardError, lineOfField, parseCard, readCard } from './card.ts'

const readme = (yaml: string) => `---\n${yaml}\n---\n# Title\n`

describe('a card that can be used', () => {
  test('gives its fields, and the reference’s defaults for the rest', () => {
    const card = parseCard(readme('title: Bread clock\nemoji: 🍞\ncolorFrom: yellow\nsdk: gradio\nsdk_version: 6.31.0'))
    expect(card).toMatchObject({
      sdk: 'gradio',
      title: 'Bread clock',
      emoji: '🍞',
      colorFrom: 'yellow',
      sdkVersion: '6.31.0',
      fullWidth: true,
      header: 'default',
      startupTimeout: 1800,
    })
  })

  test('keeps a version as it was written: 3.10 is not 3.1', () => {
    expect(parseCard(readme('sdk: gradio\npython_version: 3.10')).pythonVersion).toBe('3.10')
    expect(parseCard(readme('sdk: gradio\npython_version: "3.12"')).pythonVersion).toBe('3.12')
  })

  test('may come with Windows line ends, a byte order mark and unknown keys', () => {
    expect(parseCard('\uFEFF---\r\nsdk: static\r\nfuture_key: 1\r\n---\r\n').sdk).toBe('static')
    expect(parseCard('---\r\nsdk: static\r\ncolorFrom: red\r\n---\r\n').colorFrom).toBe('red')
  })

  test.each([
    ['90s', 90],
    ['30m', 1800],
    ['1h', 3600],
    ['2 min', 120],
  ])('reads startup_duration_timeout %s as %i seconds', (duration, expected) => {
    expect(parseCard(readme(`sdk: gradio\nstartup_duration_timeout: ${duration}`)).startupTimeout).toBe(expected)
  })
})

describe('a README that says no sdk', () => {
  test.each([
    [undefined, 'README'],
    ['# Hello', 'card'],
    ['', 'card'],
    [readme('title: x'), 'sdk'],
    ['---\n---\n', 'sdk'],
    ['---\n---\n\nsdk: static\n\n---\n', 'sdk'],
    [readme('sdk: static'), undefined],
  ])('%j lacks %s', (text, lacks) => {
    expect(readCard(text).lacks).toBe(lacks)
  })

  test('keeps what else it says', () => {
    expect(readCard(readme('title: x\napp_file: a.py'))).toMatchObject({ card: { title: 'x', appFile: 'a.py' } })
  })

  test('is no line of anything', () => {
    expect(lineOfField('# Hello', 'sdk')).toBeUndefined()
    expect(lineOfField(readme('title: x\nsdk: docker'), 'sdk')).toBe(3)
  })

  test('but a card that is broken is never read around', () => {
    expect(() => readCard('---\ntitle: x')).toThrow(CardError)
    expect(() => readCard(readme('sdk: shiny'))).toThrow(CardError)
    expect(() => readCard(readme(`title: ${'['.repeat(100_000)}`))).toThrow(CardError)
  })
})

describe('a card that cannot be used says the line and the remedy', () => {
  test.each([
    ['no README', undefined, /no README\.md.*sdk: gradio/],
    ['no card', '# Hello', /README\.md has no card/],
    ['no end', '---\nsdk: gradio\n', /the card that begins on line 1 has no end\. Put a line --- below/],
    ['a colon in a value', readme('title: a: b'), /README\.md line 2: .*Put the value into quotes/],
    ['a quote that stays open', readme('title: "a\nsdk: static'), /Close the quote/],
    ['a key twice', readme('sdk: static\nsdk: static'), /README\.md line 3: .*Keep one of the two/],
    ['no sdk', readme('title: x'), /no sdk/],
    ['malformed YAML', readme('title: x\nsdk: [gradio'), /README\.md line \d+: the card is not valid YAML/],
    ['a tab for indentation', readme('sdk: gradio\ntags:\n\t- x'), /not valid YAML/],
    ['a list without end', readme('title: x\nsdk: [gradio'), /README\.md line 3: the card is not valid YAML/],
    ['not a map', readme('- a\n- b'), /not a list of keys/],
    [
      'unknown sdk',
      readme('title: x\nsdk: shiny'),
      /line 3: sdk is “shiny”\. Use gradio, streamlit, docker or static\./,
    ],
    ['an endless title', readme(`title: ${'x'.repeat(501)}`), /line 2: title is “x+…”\. Write a text of at most 500/],
    ['unknown colour', readme('sdk: gradio\ncolorFrom: teal'), /line 3: colorFrom is “teal”\. Use red, yellow/],
    ['a port that is none', readme('sdk: docker\napp_port: 99999'), /line 3: app_port/],
    ['a header it may not set', readme('sdk: static\ncustom_headers:\n  set-cookie: a'), /may not set “set-cookie”/],
    ['a duration of nothing', readme('sdk: gradio\nstartup_duration_timeout: 0'), /startup_duration_timeout/],
  ])('%s', (_name, text, expected) => {
    expect(() => parseCard(text)).toThrow(expected)
  })
})

test('whatever stands in a README, the answer is a card or a CardError', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, asCard) => {
      try {
        parseCard(asCard ? readme(text) : text)
      } catch (error) {
        expect(error).toBeInstanceOf(CardError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('aliases cannot blow up a card', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (const [n, name] of 'bcdefghij'.split('').entries()) {
    const before = 'abcdefghij'[n]
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`)
  }
  expect(() => parseCard(readme(`${bomb.join('\n')}\ntags: *j\nsdk: static`))).toThrow(CardError)
})
