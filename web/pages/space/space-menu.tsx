import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  CodeXml,
  Copy,
  Ellipsis,
  Hammer,
  Laptop,
  Maximize,
  Moon,
  Pause,
  RotateCw,
  SquareArrowOutUpRight,
  Star,
  Trash2,
} from 'lucide-react'
import { useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { post } from '../../api/client.ts'
import { spacePath } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { errorWords } from '../../parts/failure.tsx'
import { Menu, MenuItem, MenuLine, MenuLink } from '../../parts/menu.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { useAct } from './acts.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { DuplicateDialog } from './duplicate-dialog.tsx'
import { SleepDialog } from './sleep.tsx'
import { ApiDialog, EmbedDialog, LocalDialog } from './use-dialogs.tsx'

/** Puts it at the head of the gallery, or takes it from there. */
function FeatureItem({ space }: { space: SpaceDetail }) {
  const queries = useQueryClient()
  const { menu } = words()
  const featured = space.featured !== undefined
  const { mutate } = useMutation({
    mutationFn: () => post(`${spacePath(space.id)}/featured`, { featured: !featured }),
    onSuccess: async () => {
      say(featured ? menu.noLongerFeatured : menu.featured)
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
      await queries.invalidateQueries({ queryKey: ['spaces'] })
    },
    onError: (error) => say(errorWords(error), true),
  })
  return (
    <MenuItem icon={<Star className="i" />} onSelect={() => mutate()}>
      {featured ? menu.stopFeaturing : menu.feature}
    </MenuItem>
  )
}

/** What one can do to a Space; only what the viewer may. */
export function SpaceMenu({ space }: { space: SpaceDetail }) {
  const { act } = useAct(space.id)
  const [dialog, setDialog] = useState<'sleep' | 'delete' | 'duplicate' | 'embed' | 'local' | 'api'>()
  const { me } = useSession()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const close = () => setDialog(undefined)
  const duplicate = () => {
    if (me === null) void navigate(`/sign-in?next=${encodeURIComponent(pathname)}`)
    else setDialog('duplicate')
  }
  const { may, stage } = space
  const { menu } = words()
  // A static Space has no process, and where nothing was pushed there is nothing to start.
  const process = space.sdk !== 'static' && stage !== 'NO_APP_FILE'
  const button = (
    <button type="button" className="icon" aria-label={menu.more}>
      <Ellipsis className="i" />
    </button>
  )
  return (
    <>
      <Menu button={button}>
        <MenuLink icon={<Maximize className="i" />} href={space.origin}>
          {menu.fullPage}
        </MenuLink>
        <MenuItem className="phone-item" icon={<CodeXml className="i" />} onSelect={() => setDialog('api')}>
          {words().header.useViaApi}
        </MenuItem>
        <MenuItem icon={<SquareArrowOutUpRight className="i" />} onSelect={() => setDialog('embed')}>
          {menu.embed}
        </MenuItem>
        <MenuItem icon={<Copy className="i" />} onSelect={duplicate}>
          {menu.duplicate}
        </MenuItem>
        <MenuItem icon={<Laptop className="i" />} onSelect={() => setDialog('local')}>
          {menu.runLocally}
        </MenuItem>
        {me?.role === 'admin' && <FeatureItem space={space} />}
        {may.restart && process && (
          <>
            <MenuLine />
            <MenuItem icon={<RotateCw className="i" />} onSelect={() => act('restart')}>
              {stage === 'PAUSED' ? menu.startAgain : menu.restart}
            </MenuItem>
            {stage !== 'PAUSED' && (
              <MenuItem icon={<Pause className="i" />} onSelect={() => act('pause')}>
                {menu.pause}
              </MenuItem>
            )}
            <MenuItem icon={<Hammer className="i" />} onSelect={() => act('rebuild')}>
              {menu.rebuild}
            </MenuItem>
          </>
        )}
        {may.settings && process && (
          <MenuItem icon={<Moon className="i" />} onSelect={() => setDialog('sleep')}>
            {menu.sleepTime}
          </MenuItem>
        )}
        {may.delete && (
          <>
            <MenuLine />
            <MenuItem icon={<Trash2 className="i" />} danger onSelect={() => setDialog('delete')}>
              {menu.delete}
            </MenuItem>
          </>
        )}
      </Menu>
      <ApiDialog space={space} open={dialog === 'api'} onClose={close} />
      <EmbedDialog space={space} open={dialog === 'embed'} onClose={close} />
      <LocalDialog space={space} open={dialog === 'local'} onClose={close} />
      <DuplicateDialog space={space} open={dialog === 'duplicate'} onClose={close} />
      <SleepDialog space={space} open={dialog === 'sleep'} onClose={close} />
      <DeleteDialog space={space} open={dialog === 'delete'} onClose={close} />
    </>
  )
}
