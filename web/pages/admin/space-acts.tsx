import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ellipsis, Pause, RotateCw, Star, Trash2 } from 'lucide-react'
import { post } from '../../api/client.ts'
import { hubPath, spacePath } from '../../api/queries.ts'
import type { AdminSpace } from '../../api/types.ts'
import { errorWords } from '../../parts/failure.tsx'
import { Menu, MenuItem, MenuLine } from '../../parts/menu.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/admin.ts'

type Act = 'restart' | 'pause' | 'feature' | 'unfeature'

function perform(id: string, act: Act): Promise<unknown> {
  switch (act) {
    case 'restart':
      return post(`${hubPath(id)}/restart`)
    case 'pause':
      return post(`${hubPath(id)}/pause`)
    case 'feature':
    case 'unfeature':
      return post(`${spacePath(id)}/featured`, { featured: act === 'feature' })
  }
}

const undoes = { feature: 'unfeature', unfeature: 'feature', pause: 'restart', restart: undefined } as const

function doneWords(act: Act, id: string): string {
  const { spaces } = words()
  switch (act) {
    case 'restart':
      return spaces.restarted(id)
    case 'pause':
      return spaces.paused(id)
    case 'feature':
      return spaces.nowFeatured(id)
    case 'unfeature':
      return spaces.notFeatured(id)
  }
}

/** What an administrator does to anybody's Space. */
export function SpaceActs({ space, onDelete }: { space: AdminSpace; onDelete: () => void }) {
  const { spaces, actionsFor, undo } = words()
  const queries = useQueryClient()
  const { mutate } = useMutation({
    mutationFn: (act: Act) => perform(space.id, act),
    onSuccess: async (_answer, act) => {
      const back = undoes[act]
      say(doneWords(act, space.id), false, back && { words: undo, run: () => mutate(back) })
      await queries.invalidateQueries({ queryKey: ['admin'] })
      await queries.invalidateQueries({ queryKey: ['spaces'] })
    },
    onError: (error) => say(errorWords(error), true),
  })
  // A static Space has no process, and where nothing was pushed there is nothing to start.
  const process = space.sdk !== 'static' && space.stage !== 'NO_APP_FILE'
  const button = (
    <button type="button" className="icon" aria-label={actionsFor(space.id)}>
      <Ellipsis className="i" />
    </button>
  )
  return (
    <Menu button={button}>
      {process && (
        <>
          <MenuItem icon={<RotateCw className="i" />} onSelect={() => mutate('restart')}>
            {space.stage === 'PAUSED' ? spaces.startAgain : spaces.restart}
          </MenuItem>
          {space.stage !== 'PAUSED' && (
            <MenuItem icon={<Pause className="i" />} onSelect={() => mutate('pause')}>
              {spaces.pause}
            </MenuItem>
          )}
        </>
      )}
      <MenuItem icon={<Star className="i" />} onSelect={() => mutate(space.featured ? 'unfeature' : 'feature')}>
        {space.featured ? spaces.unfeature : spaces.feature}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Trash2 className="i" />} danger onSelect={onDelete}>
        {spaces.delete}
      </MenuItem>
    </Menu>
  )
}
