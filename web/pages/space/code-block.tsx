import { CopyButton } from '../../parts/copy.tsx'

/** Several lines that are copied together. */
export function CodeBlock({ text, label, copy }: { text: string; label: string; copy: string }) {
  return (
    <div className="screen code block">
      <CopyButton text={text} label={copy} />
      {/* Long lines are scrolled by keyboard too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  )
}
