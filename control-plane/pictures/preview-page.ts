/**
 * The picture that stands beside a link to a Space elsewhere, as a page of 1200×630: its screen on the gallery's paper, and
 * what its card says (pure). All of its words are a stranger's.
 */
import { createHash } from 'node:crypto'
import type { Size } from './print.ts'

export const previewSize: Size = { width: 1200, height: 630 }

export type PreviewSubject = {
  /** `owner/name`. */
  id: string
  owner: string
  title: string
  about: string | undefined
  emoji: string | undefined
  colorFrom: string | undefined
  colorTo: string | undefined
  /** Where the link leads, in words: the install's host. */
  host: string
  /** What tells its picture from others: the digest of one that was taken, or the author's own by commit and path. */
  picture: string | undefined
}

/** To be raised when the same subject is to be drawn otherwise. */
const drawing = 1

/** Names what the preview will look like: a changed title, colour or picture is another name. */
export function previewKey(subject: PreviewSubject): string {
  const said = [drawing, ...Object.entries(subject).toSorted(([one], [other]) => (one < other ? -1 : 1))]
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32)
}

/** The card's colours as web/theme.css has them. */
const colours: Readonly<Record<string, string>> = {
  red: 'oklch(64% 0.2 25)',
  yellow: 'oklch(85% 0.16 92)',
  green: 'oklch(71% 0.17 150)',
  blue: 'oklch(64% 0.15 245)',
  indigo: 'oklch(52% 0.19 277)',
  purple: 'oklch(60% 0.2 305)',
  pink: 'oklch(74% 0.16 355)',
  gray: 'oklch(62% 0.015 100)',
}

/** The five of web/parts/drawn.tsx and screen.css, chosen alike: a Space is drawn the same here as there. */
const cuts = [
  'linear-gradient(var(--from) 62%, var(--to) 62%)',
  'radial-gradient(circle at 50% 50%, var(--to) 0 34%, var(--from) 34.3%)',
  'linear-gradient(118deg, var(--to) 42%, var(--from) 42.2%)',
  'radial-gradient(circle at 0 100%, var(--to) 0 56%, transparent 56.3%), var(--from)',
  'repeating-linear-gradient(90deg, var(--to) 0 12.5%, var(--from) 12.5% 25%)',
]

/** 0 to 4: FNV-1a of the id. */
export function cutOf(id: string): number {
  let hash = 0x811c9dc5
  for (const letter of id) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0) % cuts.length
}

/** Only what the page's own server has, and no script. */
export const previewPolicy = "default-src 'none'; img-src 'self'; font-src 'self'; style-src 'unsafe-inline'"

/** @param withPicture `/picture` is there (where that turns out to be none, the card's colours show) beside it; `/text.woff2` and `/mono.woff2` may be. */
export function previewPage(subject: PreviewSubject, withPicture: boolean): string {
  const { id, owner, title, about, emoji, host } = subject
  const colour = (name: string | undefined, otherwise: string) => colours[name ?? ''] ?? colours[otherwise] ?? ''
  const mark = emoji ?? title.match(/./u)?.[0]?.toUpperCase() ?? ''
  // A Chinese letter is as wide as two others.
  const isLong = title.length + (title.match(/[\u2e80-\uffff]/g)?.length ?? 0) > 40
  const drawn = `<div class="drawn"><span${emoji === undefined ? ' class="letter"' : ''}>${text(mark)}</span></div>`
  return `<!doctype html>
<html><head><meta charset="utf-8"><style>
@font-face{font-family:"Plaza text";src:url(/text.woff2);font-weight:400 700;font-stretch:75% 100%}
@font-face{font-family:"Plaza mono";src:url(/mono.woff2);font-weight:100 900}
:root{--from:${colour(subject.colorFrom, 'gray')};--to:${colour(subject.colorTo, 'blue')}}
*{box-sizing:border-box;margin:0}
body{width:1200px;height:630px;overflow:hidden;display:grid;grid-template-columns:minmax(0,1fr) 728px;gap:44px;padding:0 48px;align-items:center;background:oklch(96.6% .006 95);color:oklch(21% .008 110);font-family:"Plaza text","Noto Sans","Noto Sans CJK SC",system-ui,sans-serif;word-spacing:.06em}
main{height:501px;display:flex;flex-direction:column;overflow:hidden}
.emoji{font-size:64px;line-height:1;margin-bottom:24px}
h1{font-size:${isLong ? 42 : 54}px;font-weight:600;font-stretch:90%;line-height:1.06;letter-spacing:-.022em;overflow-wrap:anywhere;padding-bottom:.12em;${clamp(isLong ? 5 : 4)}}
.about{margin-top:14px;font-size:25px;line-height:1.36;color:oklch(44% .012 100);overflow-wrap:anywhere;${clamp(3)}}
.by{margin-top:auto;padding-top:16px;font:400 21px/1.3 "Plaza mono","Noto Sans Mono CJK SC",monospace;letter-spacing:-.02em;color:oklch(44% .012 100);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;flex:none}
.screen{padding:9px 9px 0;border-radius:15px;background:oklch(17.5% .008 120)}
.pic{position:relative;width:710px;height:443.75px;overflow:hidden;border-radius:8px;background:oklch(23% .009 120)}
.pic img{position:relative;width:100%;height:100%;object-fit:cover;object-position:top;display:block}
.drawn{position:absolute;inset:0;display:grid;place-items:center;background:${cuts[cutOf(id)]}}
.drawn span{font-size:190px;line-height:1;filter:drop-shadow(0 4px 0 oklch(20% .01 110/.22))}
.drawn .letter{font-weight:620;color:oklch(99% 0 0)}
.strip{height:49px;display:flex;align-items:center;gap:11px;padding:0 9px;font:400 18px "Plaza mono","Noto Sans Mono CJK SC",monospace;letter-spacing:-.02em;white-space:nowrap;color:oklch(95% .008 110);word-spacing:0}
.strip i{flex:none;width:13px;height:13px;border-radius:50%;background:oklch(90% .21 122)}
.strip b{font-weight:400;overflow:hidden;text-overflow:ellipsis}
.strip em{font-style:normal;margin-left:auto;padding-left:24px;color:oklch(74% .012 110)}
</style></head><body>
<main>${withPicture && emoji !== undefined ? `<p class="emoji">${text(emoji)}</p>` : ''}<h1>${text(title)}</h1>
${about === undefined ? '' : `<p class="about">${text(about)}</p>`}<p class="by">${text(owner)}</p></main>
<div class="screen"><div class="pic">${withPicture ? '<div class="drawn"></div><img src="/picture" alt="">' : drawn}</div>
<div class="strip"><i></i><b>${text(id)}</b><em>${text(host)}</em></div></div>
</body></html>
`
}

const clamp = (lines: number) =>
  `display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:${lines};overflow:hidden`

/** A title of a megabyte is still one line here. */
function text(value: string): string {
  return value
    .slice(0, 400)
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
