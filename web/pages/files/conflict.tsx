import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Link } from 'react-router'
import { historyQuery } from '../../api/files.ts'
import { Button } from '../../parts/button.tsx'
import { Mark } from '../../parts/mark.tsx'
import { Ago } from '../../parts/time.tsx'
import { words } from '../../words/files.ts'
import { DiffLines } from '../history/diff-lines.tsx'
import { short } from '../space/use-space.ts'
import { combined, patchOf } from './merge.ts'
import { commitPlace } from './place.ts'
import type { Theirs } from './save-text.ts'

type Props = {
  id: string
  path: string
  base: string
  mine: string
  theirs: Theirs
  /** The editor's text becomes this, begun from their commit. */
  onResolve: (text: string, commit: boolean) => void
}

type View = 'theirs' | 'mine'

/** Somebody else committed the same file: what they did, and what becomes of both. Nothing typed is lost either way. */
export function Conflict({ id, path, base, mine, theirs, onResolve }: Props) {
  const say = words().conflict
  const [view, setView] = useState<View>('theirs')
  const history = useInfiniteQuery(historyQuery(id, theirs.commit, path))
  const newest = history.data?.pages[0]?.commits[0]
  const text = theirs.text ?? ''
  const both = useMemo(
    () => (theirs.text === undefined ? undefined : combined(base, mine, theirs.text)),
    [base, mine, theirs.text],
  )
  const patch = useMemo(() => (view === 'theirs' ? patchOf(base, text) : patchOf(text, mine)), [view, base, mine, text])
  const face = (which: View, label: string) => (
    <button
      type="button"
      className="chip"
      aria-current={view === which ? 'true' : undefined}
      onClick={() => setView(which)}
    >
      {label}
    </button>
  )
  return (
    <section className="conflict" role="alert" aria-label={say.label}>
      <div className="notice bad">
        <Mark name="failed" />
        <div>
          <p>
            <strong>{theirs.text === undefined ? say.deleted(path) : say.changed(path)}</strong>
          </p>
          <p>
            {newest && (
              <>
                {say.who(
                  newest.author,
                  newest.title,
                  <Link className="link mono" to={commitPlace(id, newest.sha)} target="_blank">
                    {short(newest.sha)}
                  </Link>,
                  <Ago at={newest.date} />,
                )}{' '}
              </>
            )}
            {say.kept}
          </p>
        </div>
      </div>
      <div className="faces">
        {face('theirs', say.theirs)}
        {face('mine', say.mine)}
      </div>
      <DiffLines patch={patch} path={path} split={false} />
      <div className="do">
        {both !== undefined && (
          <Button kind="ink" onClick={() => onResolve(both, false)}>
            {say.combine}
          </Button>
        )}
        <Button kind={both === undefined ? 'ink' : 'plain'} onClick={() => onResolve(mine, true)}>
          {say.onTop}
        </Button>
        {theirs.text !== undefined && <Button onClick={() => onResolve(text, false)}>{say.startFromTheirs}</Button>}
      </div>
    </section>
  )
}
