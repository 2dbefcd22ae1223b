import { useMemo } from 'react'
import { Failure } from '../../parts/failure.tsx'
import { words } from '../../words/files.ts'
import { Highlighted } from './highlighted.tsx'
import { languageOfFence } from './kind.ts'
import { Markdown } from './markdown.tsx'
import { type Cell, type Output, readNotebook } from './notebook.ts'

type Place = { id: string; revision: string; folder: string }

/** Characters of one output: a loop that printed for an hour must not hold up the page. */
const mostOutput = 50_000
/** Cells that are drawn. */
const mostCells = 500

function OutputView({ output, place }: { output: Output; place: Place }) {
  switch (output.kind) {
    case 'image':
      return <img className="output" src={output.address} alt={output.alt} />
    case 'html':
      return output.html.length > mostOutput ? (
        <p className="help">{words().notebook.tooLong}</p>
      ) : (
        <Markdown source={output.html} as="html" {...place} />
      )
    case 'markdown':
      return <Markdown source={output.text} {...place} />
    case 'text':
      return (
        <pre className={output.failed ? 'output failed' : 'output'}>
          {output.text.slice(0, mostOutput)}
          {output.text.length > mostOutput && `\n${words().notebook.cut}`}
        </pre>
      )
  }
}

function CellView({ cell, language, place }: { cell: Cell; language: string | undefined; place: Place }) {
  if (cell.kind === 'markdown') {
    return (
      <li>
        <span />
        <Markdown source={cell.text} {...place} />
      </li>
    )
  }
  if (cell.kind === 'raw') {
    return (
      <li>
        <span />
        <Highlighted text={cell.text} language={undefined} />
      </li>
    )
  }
  return (
    <li>
      <span className="count mono">[{cell.count ?? ' '}]</span>
      <div>
        <Highlighted text={cell.text} language={language} />
        {cell.outputs.map((output, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- outputs have no other name than their place
          <OutputView key={at} output={output} place={place} />
        ))}
      </div>
    </li>
  )
}

/** A notebook's cells with what they put out; nothing of it runs. */
export function NotebookView({ text, ...place }: Place & { text: string }) {
  const read = useMemo(() => {
    try {
      return readNotebook(text)
    } catch (error) {
      return error
    }
  }, [text])
  if (typeof read !== 'object' || read === null || !('cells' in read)) return <Failure error={read} />
  const notebook = read as ReturnType<typeof readNotebook>
  return (
    <>
      <ol className="notebook">
        {notebook.cells.slice(0, mostCells).map((cell, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- cells have no other name than their place
          <CellView key={at} cell={cell} language={languageOfFence(notebook.language)} place={place} />
        ))}
      </ol>
      {notebook.cells.length > mostCells && (
        <p className="help">{words().notebook.moreCells(notebook.cells.length - mostCells)}</p>
      )}
    </>
  )
}
