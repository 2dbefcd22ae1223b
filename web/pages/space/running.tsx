import { Hammer, Pause, Play, RotateCw } from 'lucide-react'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { useAct } from './acts.ts'

/** Restart, pause, rebuild. */
export function RunningSection({ space }: { space: SpaceDetail }) {
  const { act, doing, words } = useAct(space.id)
  const paused = space.stage === 'PAUSED'
  return (
    <section className="section">
      <h2>Running</h2>
      <p>
        {paused
          ? 'It is paused: nobody can open it until it is started again.'
          : 'A restart starts the same version anew. A rebuild fetches all packages again. A pause stops it until it is started here.'}
      </p>
      <div className="acts">
        <Button
          icon={paused ? <Play className="i" /> : <RotateCw className="i" />}
          busy={doing === 'restart' && words}
          onClick={() => act('restart')}
        >
          {paused ? 'Start again' : 'Restart'}
        </Button>
        <Button icon={<Hammer className="i" />} busy={doing === 'rebuild' && words} onClick={() => act('rebuild')}>
          Rebuild without cache
        </Button>
        {!paused && (
          <Button icon={<Pause className="i" />} busy={doing === 'pause' && words} onClick={() => act('pause')}>
            Pause
          </Button>
        )}
      </div>
    </section>
  )
}
