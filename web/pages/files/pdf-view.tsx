import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy, type PDFPageProxy } from 'pdfjs-dist'
// Vite makes the module: its address, in place of what it holds.
// oxlint-disable-next-line import/default
import workerAddress from 'pdfjs-dist/build/pdf.worker.min.mjs?url'
import { useEffect, useRef, useState } from 'react'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { words } from '../../words/files.ts'
import { PdfData } from './pdf-data.ts'

GlobalWorkerOptions.workerSrc = workerAddress

const mostPages = 300
/** Bytes of one request: each costs the platform a look into the repository. */
const piece = 1024 * 1024
/** Pixels of one picture inside a page, and of one page: what a phone still has room for. */
const largestPicture = 32_000_000
const sharpest = 2
/** A page of unknown size: ISO 216. */
const usualShape = 1 / Math.SQRT2

function useDocument(address: string): { document: PDFDocumentProxy | undefined; broken: boolean } {
  const [opened, setOpened] = useState<{ address: string; document?: PDFDocumentProxy; broken: boolean }>()
  useEffect(() => {
    // Without WebAssembly, which the Content-Security-Policy does not allow. A PDF's own scripts are never run.
    const task = getDocument({
      url: address,
      useWasm: false,
      useWorkerFetch: false,
      BinaryDataFactory: PdfData,
      enableXfa: false,
      disableAutoFetch: true,
      rangeChunkSize: piece,
      maxImageSize: largestPicture,
    })
    let stays = true
    task.promise.then(
      (document) => stays && setOpened({ address, document, broken: false }),
      () => stays && setOpened({ address, broken: true }),
    )
    return () => {
      stays = false
      void task.destroy()
    }
  }, [address])
  if (opened?.address !== address) return { document: undefined, broken: false }
  return { document: opened.document, broken: opened.broken }
}

async function textOf(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent()
  return items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
}

/** Draws the page while it is near the window, and says what it says to those who cannot see it. */
function Page({ document, number, pages }: { document: PDFDocumentProxy; number: number; pages: number }) {
  const box = useRef<HTMLLIElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [near, setNear] = useState(false)
  const [shape, setShape] = useState(usualShape)
  const [text, setText] = useState('')
  useEffect(() => {
    if (!box.current) return
    const watch = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      rootMargin: '100% 0px',
    })
    watch.observe(box.current)
    return () => watch.disconnect()
  }, [])

  useEffect(() => {
    const surface = canvas.current
    if (!near || !surface) return
    let drawing: ReturnType<PDFPageProxy['render']> | undefined
    let stays = true
    const draw = async () => {
      const page = await document.getPage(number)
      if (!stays) return
      const own = page.getViewport({ scale: 1 })
      setShape(own.width / own.height)
      const width = surface.clientWidth * Math.min(sharpest, devicePixelRatio)
      const viewport = page.getViewport({ scale: width / own.width })
      surface.width = Math.round(viewport.width)
      surface.height = Math.round(viewport.height)
      drawing = page.render({ canvas: surface, viewport })
      await drawing.promise
      const said = await textOf(page)
      if (stays) setText(said)
    }
    // One page that cannot be drawn stays white, and the others are read.
    void draw().catch(() => {})
    return () => {
      stays = false
      drawing?.cancel()
      // Its pixels are given back: a phone has room for few pages.
      surface.width = 0
      surface.height = 0
    }
  }, [document, number, near])

  return (
    <li ref={box} style={{ aspectRatio: shape }}>
      {/* What it shows is drawn only when it is near. */}
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role */}
      <canvas ref={canvas} role="img" aria-label={words().pdf.page(number, pages)} />
      <p className="sr">{text}</p>
    </li>
  )
}

/** A PDF, page by page, drawn by the page itself: no frame, no plug-in, nothing of it runs. */
export function PdfView({ address, name }: { address: string; name: string }) {
  const { document, broken } = useDocument(address)
  const say = words().pdf
  if (broken) return <p className="help">{say.broken(name)}</p>
  if (!document) return <LineSkeletons count={10} />
  const pages = Math.min(document.numPages, mostPages)
  return (
    <>
      <ol className="pdf" aria-label={say.pages(document.numPages)}>
        {Array.from({ length: pages }, (_, at) => (
          <Page key={at + 1} document={document} number={at + 1} pages={document.numPages} />
        ))}
      </ol>
      {document.numPages > pages && <p className="help">{say.rest(pages)}</p>}
    </>
  )
}
