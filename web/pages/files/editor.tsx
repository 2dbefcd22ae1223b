import { indentWithTab, isolateHistory } from '@codemirror/commands'
import { HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { basicSetup } from 'codemirror'
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react'
import { words } from '../../words/files.ts'
import { editorLanguage } from './editor-language.ts'

export type EditorHandle = {
  /** Puts another text in place of all; undoing brings the former one back. */
  replace(text: string): void
  focus(): void
}

/** The same colours as the file's page has. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-token-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-token-string)' },
  { tag: [tags.comment, tags.meta], color: 'var(--code-token-comment)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-token-constant)' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.className],
    color: 'var(--code-token-function)',
  },
  { tag: [tags.propertyName, tags.attributeName, tags.tagName], color: 'var(--code-token-parameter)' },
  { tag: [tags.link, tags.url], color: 'var(--code-token-link)' },
  { tag: tags.heading, fontWeight: '620' },
  { tag: tags.strong, fontWeight: '620' },
  { tag: tags.emphasis, fontStyle: 'italic' },
])

const look = EditorView.theme({
  '&': { backgroundColor: 'var(--paper-raised)', color: 'var(--ink)', fontSize: 'var(--text-13)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '20px', wordSpacing: '0' },
  '.cm-gutters': { backgroundColor: 'var(--paper-raised)', color: 'var(--ink-faint)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in oklch, var(--ink) 4%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklch, var(--focus) 26%, transparent)',
  },
  '.cm-panels': { backgroundColor: 'var(--paper-sunk)', color: 'var(--ink)' },
  '.cm-tooltip': { backgroundColor: 'var(--paper-raised)', border: '1px solid var(--line)' },
})

/** Files keep the indentation that they have. */
function unitOf(text: string): string {
  if (/^\t/m.test(text)) return '\t'
  const first = /^( +)\S/m.exec(text)?.[1]
  return first && first.length <= 4 ? first : '    '
}

type Props = {
  path: string
  /** What it begins with; later changes of it are not followed. */
  initial: string
  onChange: (text: string) => void
  onSave: () => void
  handle: Ref<EditorHandle>
}

/** CodeMirror, as a field of the page: Escape, then Tab leaves it; Ctrl+S saves. */
export function Editor({ path, initial, onChange, onSave, handle }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const acts = useRef({ onChange, onSave })
  useEffect(() => {
    acts.current = { onChange, onSave }
  })
  const begin = useRef(initial)
  const [language] = useState(() => new Compartment())

  useEffect(() => {
    if (!box.current) return
    const ends = begin.current.includes('\r\n') ? '\r\n' : '\n'
    // A file keeps its line ends; inside the editor they are all one character.
    const told = (state: EditorState) => state.doc.sliceString(0, undefined, ends)
    const made = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: begin.current,
        extensions: [
          Prec.highest(
            keymap.of([
              {
                key: 'Mod-s',
                preventDefault: true,
                run: () => {
                  acts.current.onSave()
                  return true
                },
              },
            ]),
          ),
          basicSetup,
          keymap.of([indentWithTab]),
          indentUnit.of(unitOf(begin.current)),
          EditorState.phrases.of(words().editor),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': words().edit.content, spellcheck: 'false' }),
          syntaxHighlighting(colours),
          look,
          language.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) acts.current.onChange(told(update.state))
          }),
        ],
      }),
    })
    view.current = made
    return () => {
      // React's StrictMode makes it twice: the second one goes on with the first one's text.
      begin.current = told(made.state)
      made.destroy()
      view.current = null
    }
  }, [language])

  useEffect(() => {
    let stays = true
    const colour = async () => {
      const found = await editorLanguage(path)
      if (stays) view.current?.dispatch({ effects: language.reconfigure(found) })
    }
    // Without its grammar the text can still be edited.
    void colour().catch(() => {})
    return () => {
      stays = false
    }
  }, [language, path])

  useImperativeHandle(handle, () => ({
    replace(text) {
      const editor = view.current
      editor?.dispatch({
        changes: { from: 0, to: editor.state.doc.length, insert: text },
        // A step of its own, however fast it follows on what was typed.
        annotations: isolateHistory.of('full'),
      })
    },
    focus() {
      view.current?.focus()
    },
  }))
  return <div className="editor" ref={box} />
}
