import { Button } from '../../parts/button.tsx'
import { words } from '../../words/admin.ts'

type Props = { has: boolean; loading: boolean; load: () => unknown }

/** The rest of a list, a page at a time. */
export function More({ has, loading, load }: Props) {
  const { more, loadingMore } = words()
  if (!has) return null
  return (
    <div className="rest">
      <Button busy={loading && loadingMore} onClick={() => void load()}>
        {more}
      </Button>
    </div>
  )
}
