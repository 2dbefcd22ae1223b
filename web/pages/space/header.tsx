import { CodeXml, Globe, Lock } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import type { SpaceDetail } from '../../api/types.ts'
import { LikeButton } from '../../parts/like.tsx'
import { stagePills } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { Button } from '../../parts/button.tsx'
import { words } from '../../words/space.ts'
import { Credit } from './credit.tsx'
import { RunsOnFact } from './runs-on.tsx'
import { SpaceMenu } from './space-menu.tsx'
import { ApiDialog } from './use-dialogs.tsx'

export function SpaceHeader({ space }: { space: SpaceDetail }) {
  const open = space.visibility === 'public'
  const { header } = words()
  const [api, setApi] = useState(false)
  return (
    <div className="space-head">
      <h1>
        <Link to={`/${encodeURIComponent(space.owner)}`}>{space.owner}</Link>
        <span aria-hidden="true">/</span>
        <strong title={space.id}>{space.title}</strong>
      </h1>
      <div className="facts">
        <span className="pills" aria-live="polite">
          {stagePills(space).map(({ tone, words: state }) => (
            <Status key={tone} tone={tone} pill>
              {state}
            </Status>
          ))}
        </span>
        <RunsOnFact space={space} />
        <span className={open ? 'fact not-phone' : 'fact'}>
          {open ? <Globe className="i" /> : <Lock className="i" />}
          {open ? header.public : header.private}
        </span>
        {space.importedFrom !== undefined && <Credit source={space.importedFrom} />}
      </div>
      <div className="do">
        <LikeButton space={space} kind="button" />
        <span className="not-phone">
          <Button icon={<CodeXml className="i" />} onClick={() => setApi(true)}>
            {header.useViaApi}
          </Button>
        </span>
        <ApiDialog space={space} open={api} onClose={() => setApi(false)} />
        <SpaceMenu space={space} />
      </div>
    </div>
  )
}
