import { Hammer, Pause, Play, RotateCw } from 'lucide-react'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { words } from '../../words/space.ts'
import { useAct } from './acts.ts'

/** Restart, pause, rebuild. */
export function RunningSection({ space }: { space: SpaceDetail }) {
  const { act, doing, busy } = useAct(space.id)
  const { menu, running } = words()
  const paused = space.stage === 'PAUSED'
  return (
    <section className="section">
      <h2>{running.heading}</h2>
      <p>{paused ? running.paused : running.about}</p>
      <div className="acts">
        <Button
          icon={paused ? <Play className="i" /> : <RotateCw className="i" />}
          busy={doing === 'restart' && busy}
          onClick={() => act('restart')}
        >
          {paused ? menu.startAgain : menu.restart}
        </Button>
        <Button icon={<Hammer className="i" />} busy={doing === 'rebuild' && busy} onClick={() => act('rebuild')}>
          {menu.rebuild}
        </Button>
        {!paused && (
          <Button icon={<Pause className="i" />} busy={doing === 'pause' && busy} onClick={() => act('pause')}>
            {menu.pause}
          </Button>
        )}
      </div>
    </section>
  )
}
