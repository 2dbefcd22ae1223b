/** Colours for code: TextMate's grammars, each loaded when the first file of its kind is shown. */
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore, type ThemedToken } from 'shiki/core'
// Patterns run as the browser's own: WebAssembly would need a wider Content-Security-Policy.
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import { linesPerBlock } from './blocks.ts'

/** One run of characters in one colour; `color` is a variable of files.css, so that light and dark need no second pass. */
export type Token = Pick<ThemedToken, 'content' | 'color' | 'fontStyle'>

const theme = createCssVariablesTheme({ name: 'plaza', variablePrefix: '--code-' })

const grammars = {
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  docker: () => import('shiki/langs/docker.mjs'),
  glsl: () => import('shiki/langs/glsl.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  ini: () => import('shiki/langs/ini.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  jsx: () => import('shiki/langs/jsx.mjs'),
  julia: () => import('shiki/langs/julia.mjs'),
  make: () => import('shiki/langs/make.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  r: () => import('shiki/langs/r.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  shellscript: () => import('shiki/langs/shellscript.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  svelte: () => import('shiki/langs/svelte.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  vue: () => import('shiki/langs/vue.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
} as const

type Language = keyof typeof grammars

function isLanguage(name: string): name is Language {
  return Object.hasOwn(grammars, name)
}

/** Lines longer than this stay plain: they are data or minified. */
const longestLine = 2000

let highlighter: Promise<HighlighterCore> | undefined

async function highlighterFor(language: Language): Promise<HighlighterCore> {
  highlighter ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    // A pattern that a browser cannot run is left out, and not the whole file.
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  const loaded = await highlighter
  if (!loaded.getLoadedLanguages().includes(language)) await loaded.loadLanguage(grammars[language]())
  return loaded
}

function untilIdle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

/** The tokens of a text, block by block, giving the page a turn between them. Yields nothing for plain text. */
export async function* highlight(
  lines: readonly string[],
  language: string,
  signal: AbortSignal,
): AsyncGenerator<Token[][]> {
  if (!isLanguage(language)) return
  const loaded = await highlighterFor(language)
  let grammarState: ReturnType<typeof loaded.getLastGrammarState> | undefined
  for (let at = 0; at < lines.length && !signal.aborted; at += linesPerBlock) {
    const tokens = loaded.codeToTokensBase(lines.slice(at, at + linesPerBlock).join('\n'), {
      lang: language,
      theme: 'plaza',
      tokenizeMaxLineLength: longestLine,
      ...(grammarState ? { grammarState } : {}),
    })
    grammarState = loaded.getLastGrammarState(tokens)
    yield tokens
    await untilIdle()
  }
}
