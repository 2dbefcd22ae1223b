import './versions.css'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { versionsQuery } from '../../api/queries.ts'
import type { SpaceDetail, Version } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { took } from '../../parts/duration.ts'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Status } from '../../parts/status.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/space.ts'
import { buildWords } from './build-words.ts'
import { buildSeconds, fromCache } from './phases.ts'
import { RollbackDialog } from './rollback-dialog.tsx'
import { short, useSpace } from './use-space.ts'

function Row({ space, version, onBack }: { space: SpaceDetail; version: Version; onBack: () => void }) {
  const { tone, words: state } = buildWords(version, space)
  const text = words().versions
  const { build } = version
  const seconds = build && buildSeconds(build)
  const may = space.may.push && !version.target && build?.state === 'succeeded'
  return (
    <li>
      <div className="commit">
        <strong title={version.title}>{version.title}</strong>
        <small>
          <code title={version.sha}>{short(version.sha)}</code> · {version.pushedBy ?? version.author} ·{' '}
          <Ago at={version.pushedAt} />
        </small>
      </div>
      <div className="outcome">
        <Status tone={tone}>{state}</Status>
        <small className="mono">
          {build &&
            (space.may.logs ? (
              <Link to={`/spaces/${space.id}/logs?build=${build.number}`}>{text.build(build.number)}</Link>
            ) : (
              text.build(build.number)
            ))}
          {seconds === undefined ? '' : text.took(took(seconds))}
          {build && fromCache(build) && space.sdk !== 'static' && text.fromCache}
        </small>
      </div>
      <div className="act">{may && <Button onClick={onBack}>{text.goBack}</Button>}</div>
    </li>
  )
}

/** Every commit that was pushed: what became of it, which one serves, and the way back. */
export function VersionsTab() {
  const space = useSpace()
  const { data: versions, error, refetch } = useQuery(versionsQuery(space.id))
  const [back, setBack] = useState<Version>()
  const text = words().versions
  useTitle(words().page.versionsTitle(space.title))
  return (
    <div className="page versions">
      {error && !versions && <Failure error={error} retry={() => void refetch()} />}
      {!versions && !error && <LineSkeletons count={6} />}
      {versions?.length === 0 && (
        <div className="empty">
          <p>{text.none}</p>
        </div>
      )}
      {versions && versions.length > 0 && (
        <ol className="rows">
          {versions.map((version) => (
            <Row key={version.sha} space={space} version={version} onBack={() => setBack(version)} />
          ))}
        </ol>
      )}
      {versions && (
        <section className="clone">
          <h2>{text.getFiles}</h2>
          <CodeLines label={text.clone} lines={[`git clone ${space.gitUrl}`]} />
        </section>
      )}
      <RollbackDialog space={space} version={back} onClose={() => setBack(undefined)} />
    </div>
  )
}
