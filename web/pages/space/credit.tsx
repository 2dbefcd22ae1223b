import { GitBranch } from 'lucide-react'
import { words } from '../../words/space.ts'

/** Where its first commits were made: the credit of their authors. */
export function Credit({ source }: { source: string }) {
  const { host, pathname } = new URL(source)
  const shown = `${host}${pathname}`.replace(/\.git$/, '')
  return (
    <span className="fact credit" title={source}>
      <GitBranch className="i" />
      <span>
        {words().header.importedFrom(
          <a href={source} target="_blank" rel="noreferrer">
            {shown}
          </a>,
        )}
      </span>
    </span>
  )
}
