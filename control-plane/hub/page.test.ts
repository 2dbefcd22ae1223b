import { expect, test } from 'vitest'
import { wordsFor } from '../words.ts'
import { withReading, withWords } from './page.ts'
import { escaped } from './reading.ts'

const page =
  '<head><meta\n name="description"\n content="x"\n/><title>Plaza</title></head><body><div id="root"></div></body>'

test('what strangers wrote stays text, wherever it stands', () => {
  const hostile = `"><script>alert(1)</script>$&$'`
  const html = withReading(page, { title: hostile, description: hostile, url: hostile, body: escaped(hostile) })
  expect(html).not.toContain('<script>')
  expect(html.match(/<title>/g)).toHaveLength(1)
  expect(html).toContain('$&amp;$&#39;')
  expect(html).not.toContain('content="x"')
})

test('a picture beside links is announced with its measure, and only where there is one', () => {
  const reading = { title: 'T', description: 'D', url: 'https://x.org/', body: '' }
  const plain = withReading(page, reading)
  expect(plain).toContain('name="twitter:card" content="summary"')
  expect(plain).not.toContain('og:image')
  const image = { url: 'https://x.org/a.jpg', type: 'image/jpeg', width: 1200, height: 630, alt: 'T "by" me' }
  const pictured = withReading(page, { ...reading, image })
  expect(pictured).toContain('name="twitter:card" content="summary_large_image"')
  for (const line of [
    'image" content="https://x.org/a.jpg"',
    'image:width" content="1200"',
    'image:height" content="630"',
  ]) {
    expect(pictured).toContain(`property="og:${line}`)
  }
  expect(pictured).toContain('content="T &quot;by&quot; me"')
})

test('what is said without scripts is in the language of the browser, and so says the page', () => {
  const built =
    '<html lang="en"><body><div id="root"></div><noscript\n  ><p class="page">Without\n</p></noscript\n></body>'
  const chinese = withWords(built, wordsFor('zh-CN'))
  expect(chinese).toBe(
    `<html lang="zh"><body><div id="root"></div><noscript><p class="page">${wordsFor('zh').reading.withoutScripts}</p></noscript></body>`,
  )
})
