import { lazy, Suspense } from 'react'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import type { MarkdownProps } from './markdown.tsx'

const Markdown = lazy(async () => ({ default: (await import('./markdown.tsx')).Markdown }))

/** Rendered Markdown; what renders it is loaded when the first one is shown. */
export function LazyMarkdown(props: MarkdownProps) {
  return (
    <Suspense fallback={<LineSkeletons count={5} />}>
      <Markdown {...props} />
    </Suspense>
  )
}
