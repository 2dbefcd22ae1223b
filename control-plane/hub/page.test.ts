import { expect, test } from 'vitest'
import { withReading } from './page.ts'
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
