/** What a file is, by its name (pure). */
import { nameOf } from './place.ts'

export type Kind = 'markdown' | 'image' | 'notebook' | 'table' | 'audio' | 'video' | 'pdf' | 'code'

/** Bytes that the editor takes without lagging behind. */
export const mostEditable = 1_000_000

const images = /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i
/** Those that the platform serves as what they are. */
const sounds = /\.(mp3|wav|ogg|flac|m4a)$/i
const films = /\.(mp4|webm|mov)$/i

const languages: Record<string, string> = {
  py: 'python',
  pyi: 'python',
  md: 'markdown',
  markdown: 'markdown',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'jsx',
  ts: 'typescript',
  mts: 'typescript',
  tsx: 'tsx',
  json: 'json',
  ipynb: 'json',
  yaml: 'yaml',
  yml: 'yaml',
  html: 'html',
  htm: 'html',
  svg: 'xml',
  xml: 'xml',
  css: 'css',
  toml: 'toml',
  ini: 'ini',
  cfg: 'ini',
  sh: 'shellscript',
  bash: 'shellscript',
  sql: 'sql',
  rs: 'rust',
  go: 'go',
  c: 'c',
  h: 'c',
  cpp: 'cpp',
  hpp: 'cpp',
  cu: 'cpp',
  java: 'java',
  glsl: 'glsl',
  frag: 'glsl',
  vert: 'glsl',
  vue: 'vue',
  svelte: 'svelte',
  r: 'r',
  jl: 'julia',
}

/** The names by which READMEs call them in their code fences. */
const fences: Record<string, string> = {
  ...languages,
  python: 'python',
  python3: 'python',
  javascript: 'javascript',
  typescript: 'typescript',
  console: 'shellscript',
  shell: 'shellscript',
  zsh: 'shellscript',
  dockerfile: 'docker',
  docker: 'docker',
  rust: 'rust',
}

export function kindOf(path: string): Kind {
  if (/\.(md|markdown)$/i.test(path)) return 'markdown'
  if (/\.ipynb$/i.test(path)) return 'notebook'
  if (/\.(csv|tsv)$/i.test(path)) return 'table'
  if (sounds.test(path)) return 'audio'
  if (films.test(path)) return 'video'
  if (/\.pdf$/i.test(path)) return 'pdf'
  return images.test(path) ? 'image' : 'code'
}

/** Whether it is text that is shown rendered, and can be shown as it is written too. */
export function hasTwoFaces(path: string): boolean {
  const kind = kindOf(path)
  return kind === 'markdown' || kind === 'notebook' || kind === 'table' || /\.svg$/i.test(path)
}

/** The language of a file, or undefined for plain text. */
export function languageOf(path: string): string | undefined {
  const name = nameOf(path).toLowerCase()
  if (/^(dockerfile|containerfile)(\.|$)/.test(name)) return 'docker'
  if (name === 'makefile') return 'make'
  const ending = name.slice(name.lastIndexOf('.') + 1)
  return Object.hasOwn(languages, ending) ? languages[ending] : undefined
}

/** The language of a code fence, or undefined. */
export function languageOfFence(word: string): string | undefined {
  const name = word.toLowerCase()
  return Object.hasOwn(fences, name) ? fences[name] : undefined
}

/** Bytes as text, or undefined where they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, 8000).includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** `312 B`, `4.2 kB`, `18 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  for (const [unit, factor] of [
    ['kB', 1e3],
    ['MB', 1e6],
  ] as const) {
    const value = bytes / factor
    if (value < 999.5) return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`
  }
  return `${(bytes / 1e9).toFixed(1)} GB`
}
