import { renderToStaticMarkup } from 'react-dom/server'
import { MemoryRouter } from 'react-router'
import { expect, test } from 'vitest'
import { Markdown } from './markdown.tsx'

function html(source: string): string {
  return renderToStaticMarkup(
    <MemoryRouter>
      <Markdown source={source} id="mira/tides" revision="main" folder="docs" />
    </MemoryRouter>,
  )
}

test.for([
  ['<script>run()</script>', /script|run\(\)/],
  ['<img src=x onerror="run()">', /onerror|run/],
  ['<svg><use href="#x"/><script>run()</script></svg>', /svg|use|run/],
  ['<iframe srcdoc="x"></iframe><object data="x"></object><embed src="x">', /iframe|object|embed/],
  ['<form action="/x"><button formaction="/x">Press</button></form>', /<form|<button|action/],
  ['<div style="position:fixed" class="dialog" onclick="run()">x</div>', /style|class="dialog|onclick/],
  ['<base href="https://evil.example/"><meta http-equiv="refresh" content="0">', /base|meta|evil/],
  ['<a href="javascript:run()">x</a> [y](javascript:run())', /javascript|run/],
  ['[x](data:text/html,x) <a href="data:text/html,x">y</a>', /data:/],
  ['![x](https://evil.example/x.png)', /<img/],
  ['<div id="root">x</div>', /id="root"/],
  ['<div tabindex="1" accesskey="x">x</div>', /tabindex|accesskey/i],
  ['<picture><source srcset="https://evil.example/x.png"><img src="x.png"></picture>', /source|evil/],
] as const)('%s is harmless', ([source, never]) => {
  expect(html(`before\n\n${source}\n\nafter`)).not.toMatch(never)
  expect(html(`before\n\n${source}\n\nafter`)).toMatch(/before[^]*after/)
})

test('pictures and links of the repository lead to its files', () => {
  expect(html('![tide](low.png)')).toContain('src="/spaces/mira/tides/resolve/main/docs/low.png"')
  expect(html('[more](../more.md)')).toContain('href="/spaces/mira/tides/blob/main/more.md"')
  expect(html('[away](https://example.org/)')).toContain('rel="noreferrer nofollow ugc"')
})

test.for(['- '.repeat(20_000), '> '.repeat(20_000), '1. '.repeat(200)])(
  'what is nested without an end is shown as it is written',
  (deep) => {
    expect(html(`${deep}bottom`)).toMatch(/^<pre class="as-written">[^]*bottom<\/pre>$/)
  },
)

test('a long rule and a long list are no nesting', () => {
  expect(html(`a\n\n${'-'.repeat(300)}\n\n${'- b\n'.repeat(300)}`)).toMatch(/<hr\/>[^]*<ul>/)
})
