import { Ellipsis, Hammer, Maximize, Moon, Pause, RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { SpaceDetail } from '../../api/types.ts'
import { Menu, MenuItem, MenuLine, MenuLink } from '../../parts/menu.tsx'
import { useAct } from './acts.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { SleepDialog } from './sleep.tsx'

/** What one can do to a Space; only what the viewer may. */
export function SpaceMenu({ space }: { space: SpaceDetail }) {
  const { act } = useAct(space.id)
  const [dialog, setDialog] = useState<'sleep' | 'delete'>()
  const { may, stage } = space
  // A static Space has no process, and where nothing was pushed there is nothing to start.
  const process = space.sdk !== 'static' && stage !== 'NO_APP_FILE'
  const button = (
    <button type="button" className="icon" aria-label="More actions">
      <Ellipsis className="i" />
    </button>
  )
  return (
    <>
      <Menu button={button}>
        <MenuLink icon={<Maximize className="i" />} href={space.origin}>
          Full page
        </MenuLink>
        {may.restart && process && (
          <>
            <MenuLine />
            <MenuItem icon={<RotateCw className="i" />} onSelect={() => act('restart')}>
              {stage === 'PAUSED' ? 'Start again' : 'Restart'}
            </MenuItem>
            {stage !== 'PAUSED' && (
              <MenuItem icon={<Pause className="i" />} onSelect={() => act('pause')}>
                Pause
              </MenuItem>
            )}
            <MenuItem icon={<Hammer className="i" />} onSelect={() => act('rebuild')}>
              Rebuild without cache
            </MenuItem>
          </>
        )}
        {may.settings && process && (
          <MenuItem icon={<Moon className="i" />} onSelect={() => setDialog('sleep')}>
            Sleep time
          </MenuItem>
        )}
        {may.delete && (
          <>
            <MenuLine />
            <MenuItem icon={<Trash2 className="i" />} danger onSelect={() => setDialog('delete')}>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
      <SleepDialog space={space} open={dialog === 'sleep'} onClose={() => setDialog(undefined)} />
      <DeleteDialog space={space} open={dialog === 'delete'} onClose={() => setDialog(undefined)} />
    </>
  )
}
