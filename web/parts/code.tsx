import { words } from '../words/shared.ts'
import { CopyButton } from './copy.tsx'

/** Lines for a terminal, each with its own copy button. */
export function CodeLines({ lines, label }: { lines: readonly string[]; label: string }) {
  return (
    <div className="screen code">
      <ol aria-label={label}>
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
            <CopyButton text={line} label={words().copy.line} />
          </li>
        ))}
      </ol>
    </div>
  )
}
