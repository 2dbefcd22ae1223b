import type { Extension } from '@codemirror/state'
import { languageOf } from './kind.ts'

/** What CodeMirror knows about a file's language, loaded when such a file is edited; nothing for plain text. */
export async function editorLanguage(path: string): Promise<Extension> {
  const language = languageOf(path)
  switch (language) {
    case 'python':
      return (await import('@codemirror/lang-python')).python()
    case 'markdown': {
      const [{ markdown }, { yamlFrontmatter }] = await Promise.all([
        import('@codemirror/lang-markdown'),
        import('@codemirror/lang-yaml'),
      ])
      return yamlFrontmatter({ content: markdown() })
    }
    case 'javascript':
    case 'jsx':
    case 'typescript':
    case 'tsx':
      return (await import('@codemirror/lang-javascript')).javascript({
        jsx: language.endsWith('x'),
        typescript: language.startsWith('t'),
      })
    case 'json':
      return (await import('@codemirror/lang-json')).json()
    case 'yaml':
      return (await import('@codemirror/lang-yaml')).yaml()
    case 'html':
    case 'xml':
    case 'vue':
    case 'svelte':
      return (await import('@codemirror/lang-html')).html()
    case 'css':
      return (await import('@codemirror/lang-css')).css()
    case undefined:
    default:
      return []
  }
}
