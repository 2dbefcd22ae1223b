/** The frame of every page that the proxy itself shows: one file, no outside parts, a machine's screen in light and dark. */

export type Page = {
  title: string
  /** Shown before the heading: a light and a word. */
  status: { tone: 'working' | 'asleep' | 'failed' | 'paused' | 'absent'; words: string }
  heading: string
  /** Milliseconds since 1970: a clock beside the heading counts from here. */
  since?: number
  sentence: string
  /** What the app itself said, in its own words. */
  said?: string
  link?: { url: string; words: string; signal: boolean }
  /** The line at the bottom. */
  strip: { left: string; right: string }
  script?: string
}

/** @param nonce of the Content-Security-Policy that `pagePolicy` makes. */
export function renderPage(page: Page, nonce: string, lang: string): string {
  const { status, link } = page
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${text(page.title)}</title>
<style nonce="${nonce}">${style}</style>
${page.script === undefined ? '' : '<noscript><meta http-equiv="refresh" content="5"></noscript>'}
</head>
<body>
<main>
<p class="status" data-tone="${status.tone}"><svg viewBox="0 0 10 10" aria-hidden="true">${marks[status.tone]}</svg><span id="status">${text(status.words)}</span></p>
<h1><span id="heading" aria-live="polite">${text(page.heading)}</span> <time id="clock" aria-hidden="true"${page.since === undefined ? ' hidden' : ''}></time></h1>
<p id="sentence">${text(page.sentence)}</p>
${page.said === undefined ? '' : `<pre>${text(page.said)}</pre>`}
${link ? `<p><a class="${link.signal ? 'button go' : 'button'}" href="${text(link.url)}" target="_top">${text(link.words)}</a></p>` : ''}
</main>
<footer><span>${text(page.strip.left)}</span><span>${text(page.strip.right)}</span></footer>
${page.script === undefined ? '' : `<script nonce="${nonce}">${page.script}</script>`}
</body>
</html>
`
}

/** Nothing but the page's own style and script runs, and it talks to its own origin only. */
export function pagePolicy(nonce: string): string {
  return `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'`
}

/** Text, or an attribute's value in double quotes. */
function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The shape tells the state without the colour. */
const marks: Readonly<Record<Page['status']['tone'], string>> = {
  working: '<path d="M5 1a4 4 0 1 1-3.5 2" fill="none" stroke="currentColor" stroke-width="2"/>',
  asleep: '<path d="M4 1a4 4 0 1 0 5 5 4 4 0 0 1-5-5z" fill="currentColor"/>',
  failed:
    '<path d="M1.5 1.5l7 7m0-7l-7 7" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="square"/>',
  paused: '<path d="M2 1h2v8H2zM6 1h2v8H6z" fill="currentColor"/>',
  absent: '<circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="1.5"/>',
}

const style = `
:root{color-scheme:light dark;--screen:oklch(17.5% .008 120);--raised:oklch(23% .009 120);--line:oklch(33% .01 120);--ink:oklch(95% .008 110);--soft:oklch(74% .012 110);--faint:oklch(62% .012 110);--signal:oklch(90% .21 122);--signal-ink:oklch(23% .06 125);--focus:oklch(72% .155 255);--text:"Instrument Sans Variable","Instrument Sans",system-ui,sans-serif;--mono:"Geist Mono Variable","Geist Mono",ui-monospace,Menlo,monospace}
@media (prefers-color-scheme:dark){:root{--screen:oklch(14% .007 120);--raised:oklch(19% .008 120);--line:oklch(30% .009 120)}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;background:var(--screen);color:var(--ink);font:400 1rem/1.5 var(--text);word-spacing:.06em}
main{flex:1;display:flex;flex-direction:column;justify-content:center;gap:1rem;padding:2.5rem;max-width:56rem}
p{margin:0;max-width:44rem;color:var(--soft)}
h1{margin:0;font-size:2.5rem;font-weight:600;font-stretch:92%;letter-spacing:-.018em;line-height:1.12;overflow-wrap:anywhere}
time{font-family:var(--mono);font-weight:400;color:var(--soft);font-variant-numeric:tabular-nums;word-spacing:0}
.status{display:flex;align-items:center;gap:.5rem;font:400 .75rem/1.5 var(--mono);word-spacing:0}
.status svg{width:10px;height:10px;flex:none}
[data-tone=working] svg{color:oklch(83% .16 80);animation:turn 1.2s linear infinite}
[data-tone=asleep] svg{color:oklch(72% .045 250)}[data-tone=failed] svg{color:oklch(71% .19 27)}
@keyframes turn{to{transform:rotate(1turn)}}
pre{margin:0;padding:.75rem 1rem;max-width:100%;max-height:40vh;overflow:auto;background:var(--raised);border-radius:6px;font:400 .75rem/1.55 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;word-spacing:0}
.button{display:inline-flex;align-items:center;min-height:40px;padding:0 1rem;border:1px solid var(--faint);border-radius:6px;color:var(--ink);text-decoration:none;font-size:.875rem;font-weight:560}
.button:hover{border-color:var(--ink)}.go{background:var(--signal);border-color:var(--signal);color:var(--signal-ink)}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
footer{display:flex;justify-content:space-between;gap:1rem;min-height:44px;align-items:center;padding:.5rem 2.5rem;border-top:1px solid var(--line);color:var(--soft);font:400 .75rem/1.5 var(--mono);word-spacing:0;overflow-wrap:anywhere}
@media (max-width:600px){main{padding:1.5rem 1rem}h1{font-size:1.75rem}footer{padding:.5rem 1rem;flex-wrap:wrap}}
@media (prefers-reduced-motion:reduce){.status svg{animation:none!important}}
`
