import { Component, isValidElement, useMemo, type ReactNode } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import { Link } from 'react-router'
import rehypeRaw from 'rehype-raw'
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import { resolveAddress } from '../../api/files.ts'
import { words } from '../../words/files.ts'
import { Highlighted } from './highlighted.tsx'
import { languageOfFence } from './kind.ts'
import { placeOf, resolvePath } from './place.ts'
import { withoutCard } from './without-card.ts'

export type MarkdownProps = {
  source: string
  id: string
  revision: string
  /** Relative addresses count from here. */
  folder: string
  /** `html`: all of the source is HTML, as a notebook's tables are. */
  as?: 'markdown' | 'html'
}

/** Keys and places in the order of focus are the page's own. */
const ofThePage = new Set(['accessKey', 'tabIndex', 'action', 'method', 'encType', 'useMap'])
const everywhere = (defaultSchema.attributes?.['*'] ?? []).filter((name) => !ofThePage.has(String(name)))

/** What a README may hold. Everything that runs, loads or floats goes; what stays is text, tables and pictures. */
const schema: typeof defaultSchema = {
  ...defaultSchema,
  // With all that is in them: the others leave their text behind.
  strip: ['script', 'style', 'template', 'iframe', 'object', 'svg', 'math'],
  // Its address is not looked at as an image's is: the image beside it stands for all.
  tagNames: (defaultSchema.tagNames ?? []).filter((name) => name !== 'source'),
  // Layout of READMEs; neither style nor class beyond what GitHub's own schema has.
  attributes: { ...defaultSchema.attributes, '*': everywhere },
}

const isAbsolute = /^([a-z][a-z0-9+.-]*:|\/\/)/i

/** All of the source as one piece of HTML. */
function onlyHtml(this: void) {
  return (_tree: unknown, file: { value: string | Uint8Array }) => ({
    type: 'root' as const,
    children: [{ type: 'html' as const, value: String(file.value) }],
  })
}

function partsFor(place: { id: string; revision: string; folder: string }): Components {
  const { id, revision, folder } = place
  return {
    a({ href = '', children, node: _node, ...rest }) {
      // An address that was taken away, or none: the words stay.
      if (!href) return <span>{children}</span>
      if (href.startsWith('#')) {
        // The sanitizer puts `user-content-` before every id, so that none of them can stand in for the page's own.
        const target = href.startsWith('#user-content-') ? href : `#user-content-${href.slice(1)}`
        return (
          <a {...rest} href={target}>
            {children}
          </a>
        )
      }
      const path = isAbsolute.test(href) ? undefined : resolvePath(folder, href)
      if (path !== undefined) return <Link to={placeOf(id, path ? 'blob' : 'tree', revision, path)}>{children}</Link>
      return (
        <a href={href} target="_blank" rel="noreferrer nofollow ugc">
          {children}
        </a>
      )
    },
    img({ src, alt = '', width, height, title }) {
      const address = typeof src === 'string' ? src : ''
      // The page loads nothing from elsewhere: whoever reads a README is not told to strangers.
      if (isAbsolute.test(address)) {
        return (
          <a href={address} target="_blank" rel="noreferrer nofollow ugc">
            {alt || words().picture.elsewhere}
          </a>
        )
      }
      const path = address && resolvePath(folder, address)
      if (!path) return <>{alt}</>
      const from = resolveAddress(id, revision, path)
      return <img src={from} alt={alt} width={width} height={height} title={title} loading="lazy" />
    },
    pre({ children }: { children?: ReactNode }) {
      return <>{children}</>
    },
    code({ className, children, node, ...rest }) {
      const text = textIn(children)
      const word = /language-(\S+)/.exec(className ?? '')?.[1]
      const many = text.includes('\n') || (node?.position && node.position.start.line !== node.position.end.line)
      if (word === undefined && !many) return <code {...rest}>{children}</code>
      return <Highlighted text={text.replace(/\n$/, '')} language={word && languageOfFence(word)} />
    },
    // Of a list of tasks; no other field gets through.
    input({ checked }) {
      const { done, open } = words().task
      return <input type="checkbox" checked={checked === true} disabled aria-label={checked ? done : open} />
    },
    table({ children }) {
      return (
        <div className="wide-table">
          <table>{children}</table>
        </div>
      )
    },
  }
}

/** A code element holds nothing but text, unless its author wrote HTML into it. */
function textIn(children: ReactNode): string {
  if (Array.isArray(children)) return children.map(textIn).join('')
  if (typeof children === 'string' || typeof children === 'number') return String(children)
  return isValidElement<{ children?: ReactNode }>(children) ? textIn(children.props.children) : ''
}

/** A hundred lists or quotes inside each other: reading them takes the longer the deeper they go, without an end. */
const tooDeep = /^(?:[ \t]*(?:>|(?:[*+-]|\d{1,9}[.)])[ \t])){100}/m

/** A text that cannot be drawn, as one of ten thousand quotes inside each other, is shown as it is written. */
class OrAsWritten extends Component<{ source: string; children: ReactNode }, { failed: boolean }> {
  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override state = { failed: tooDeep.test(this.props.source) }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return <pre className="as-written">{this.props.source}</pre>
  }
}

/** Markdown with the HTML that READMEs have, sanitized: scripts, frames, handlers, styles and forms do not get here. */
export function Markdown(props: MarkdownProps) {
  return (
    <OrAsWritten key={props.source} source={props.source}>
      <Rendered {...props} />
    </OrAsWritten>
  )
}

function Rendered({ source, id, revision, folder, as = 'markdown' }: MarkdownProps) {
  const components = useMemo(() => partsFor({ id, revision, folder }), [id, revision, folder])
  return (
    <div className="prose">
      <ReactMarkdown
        remarkPlugins={as === 'html' ? [onlyHtml] : [remarkGfm]}
        rehypePlugins={[rehypeRaw, [rehypeSanitize, schema]]}
        components={components}
        remarkRehypeOptions={{
          footnoteLabel: words().footnotes.heading,
          footnoteBackLabel: (reference, again) =>
            words().footnotes.back(again > 1 ? `${reference + 1}-${again}` : String(reference + 1)),
        }}
      >
        {as === 'html' ? source : withoutCard(source)}
      </ReactMarkdown>
    </div>
  )
}
