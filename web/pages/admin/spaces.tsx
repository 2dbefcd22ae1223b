import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Lock, Star, X } from 'lucide-react'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import type { AdminSpace, AdminSpaces } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { size } from '../../parts/size.ts'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { stageTone, stageWords } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'
import { words } from '../../words/admin.ts'
import { More } from './more.tsx'
import { adminSpacesQuery, sizesQuery, type SpacesFilter } from './queries.ts'
import { ListSearch, useFilter } from './search.tsx'
import { DeleteDialog } from '../space/delete-dialog.tsx'
import { SpaceActs } from './space-acts.tsx'

function Chips({ filter, stages }: { filter: SpacesFilter; stages: AdminSpaces['stages'] }) {
  const { spaces } = words()
  const [, setStage] = useFilter('stage')
  const [, setOwner] = useFilter('owner')
  const all = stages.reduce((sum, { count }) => sum + count, 0)
  const shown = [
    { stage: '', count: all, name: spaces.all },
    ...stages.map(({ stage, count }) => ({ stage, count, name: stageWords({ stage }) })),
  ]
  return (
    <div className="chips">
      <ul className="tray" aria-label={spaces.byStage}>
        {shown.map(({ stage, count, name }) => (
          <li key={stage}>
            <button
              type="button"
              className="chip"
              aria-current={filter.stage === stage || undefined}
              onClick={() => setStage(stage)}
            >
              {name} <b>{count}</b>
            </button>
          </li>
        ))}
      </ul>
      {filter.owner && (
        <Button aria-label={spaces.anyOwner(filter.owner)} icon={<X className="i" />} onClick={() => setOwner('')}>
          {spaces.owner(filter.owner)}
        </Button>
      )}
    </div>
  )
}

function SpaceRow({
  space,
  stored,
  onDelete,
}: {
  space: AdminSpace
  stored?: number | undefined
  onDelete: () => void
}) {
  const { spaces } = words()
  return (
    <li>
      <div className="grow">
        <div className="who">
          <Link className="name" to={`/spaces/${space.id}`}>
            <strong>{space.title}</strong>
          </Link>
          {space.visibility === 'private' && (
            <span className="label">
              <Lock className="i" />
              {spaces.private}
            </span>
          )}
          {space.featured && (
            <span className="label">
              <Star className="i" />
              {spaces.featured}
            </span>
          )}
        </div>
        <small className="facts">
          <Link
            className="mono"
            to={`/admin/spaces?owner=${encodeURIComponent(space.owner)}`}
            title={spaces.ofOwner(space.owner)}
          >
            {space.id}
          </Link>
          <span className="mono">{space.hardware}</span>
          <span>{spaces.visited(<Ago at={space.activeAt} />)}</span>
          {stored !== undefined && <span>{spaces.storage(size(stored))}</span>}
        </small>
      </div>
      <Status tone={stageTone(space.stage)}>{stageWords({ stage: space.stage })}</Status>
      <SpaceActs space={space} onDelete={onDelete} />
    </li>
  )
}

/** A page of the list; what its Spaces keep is measured apart, since that takes longer. */
function Page({ spaces, onDelete }: { spaces: readonly AdminSpace[]; onDelete: (space: AdminSpace) => void }) {
  // In an order of its own: the list's own changes whenever somebody visits one.
  const { data } = useQuery(sizesQuery(spaces.map(({ id }) => id).toSorted()))
  return spaces.map((space) => {
    const stored = data?.[space.id]
    return (
      <SpaceRow
        key={space.id}
        space={space}
        stored={stored && stored.repository + stored.data}
        onDelete={() => onDelete(space)}
      />
    )
  })
}

/** Every Space, those that only their owner sees included. */
export function SpacesTab() {
  const { spaces } = words()
  const [params, setParams] = useSearchParams()
  const asked = (name: string) => params.get(name) ?? ''
  const filter = { search: asked('search'), owner: asked('owner'), stage: asked('stage') }
  const [doomed, setDoomed] = useState<AdminSpace>()
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    adminSpacesQuery(filter),
  )
  const pages = data?.pages.map((page) => page.spaces)
  const isFiltered = Object.values(filter).some((value) => value !== '')
  return (
    <div className="list">
      <div className="narrow">
        <ListSearch label={spaces.search} placeholder={spaces.placeholder} />
        {data && <Chips filter={filter} stages={data.pages[0]?.stages ?? []} />}
      </div>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <LineSkeletons count={6} />}
      {pages?.flat().length === 0 && (
        <div className="empty">
          <p>{isFiltered ? spaces.noMatch : spaces.none}</p>
          {isFiltered && <Button onClick={() => setParams({}, { replace: true })}>{spaces.showAll}</Button>}
        </div>
      )}
      {pages && pages.flat().length > 0 && (
        <ul className="rows">
          {pages.map((page, place) => (
            // oxlint-disable-next-line react/no-array-index-key -- a page has no name but its place
            <Page key={place} spaces={page} onDelete={setDoomed} />
          ))}
        </ul>
      )}
      <More has={hasNextPage} loading={isFetchingNextPage} load={fetchNextPage} />
      {doomed && <DeleteDialog space={doomed} open stay onClose={() => setDoomed(undefined)} />}
    </div>
  )
}
