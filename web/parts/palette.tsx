import { useQuery } from '@tanstack/react-query'
import {
  Heart,
  History,
  KeyRound,
  LayoutGrid,
  LogIn,
  Maximize,
  Pause,
  Play,
  Plus,
  RotateCw,
  Search,
  Settings,
  ShieldCheck,
  SquareTerminal,
} from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react'
import { useMatch, useNavigate } from 'react-router'
import { post } from '../api/client.ts'
import { foundQuery, hubPath, spaceQuery } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import type { SpaceDetail } from '../api/types.ts'
import { Drawn } from './drawn.tsx'
import { errorWords } from './failure.tsx'
import { useLike } from './like.tsx'
import { matches, split } from './palette-match.ts'
import { stageTone, stageWords } from './stage.ts'
import { Status } from './status.tsx'
import { say } from './toast.tsx'

type Command = { id: string; group: string; icon: ReactNode; words: string; end?: ReactNode; run: () => void }

/** What one can do on the Space whose page is open. */
function useSpaceCommands(space: SpaceDetail | undefined, go: (path: string) => void): Command[] {
  const like = useLike()
  if (!space) return []
  const group = `In ${space.title}`
  const base = `/spaces/${space.id}`
  const act = (path: string, done: string) => {
    void (async () => {
      try {
        await post(path)
        say(done)
      } catch (error) {
        say(errorWords(error), true)
      }
    })()
  }
  const one = (id: string, icon: ReactNode, words: string, run: () => void): Command => ({
    id,
    group,
    icon,
    words,
    run,
  })
  const process = space.sdk !== 'static' && space.stage !== 'NO_APP_FILE'
  return [
    one('like', <Heart className="i" />, space.liked ? 'Take back your like' : 'Like', () => like(space)),
    ...(space.may.restart && process
      ? [
          one('restart', <RotateCw className="i" />, space.stage === 'PAUSED' ? 'Start again' : 'Restart', () =>
            act(`${hubPath(space.id)}/restart`, 'Restarting'),
          ),
        ]
      : []),
    ...(space.may.restart && process && space.stage !== 'PAUSED'
      ? [one('pause', <Pause className="i" />, 'Pause', () => act(`${hubPath(space.id)}/pause`, 'Paused'))]
      : []),
    one('app', <Play className="i" />, 'Open the app', () => go(base)),
    ...(space.may.logs ? [one('log', <SquareTerminal className="i" />, 'Open the log', () => go(`${base}/logs`))] : []),
    one('versions', <History className="i" />, 'Versions', () => go(`${base}/versions`)),
    ...(space.may.settings
      ? [one('settings', <Settings className="i" />, 'Settings', () => go(`${base}/settings`))]
      : []),
    one('full', <Maximize className="i" />, 'Full page', () => void open(space.origin, '_blank', 'noreferrer')),
  ]
}

function usePageCommands(go: (path: string) => void): Command[] {
  const { me } = useSession()
  const one = (path: string, icon: ReactNode, words: string): Command => ({
    id: path,
    group: 'Pages',
    icon,
    words,
    run: () => go(path),
  })
  return [
    one('/', <LayoutGrid className="i" />, 'All Spaces'),
    ...(me
      ? [
          one('/new', <Plus className="i" />, 'New Space'),
          one(`/?author=${encodeURIComponent(me.name)}`, <LayoutGrid className="i" />, 'Your Spaces'),
          one('/?liked=true', <Heart className="i" />, 'What you like'),
          one('/settings/tokens', <KeyRound className="i" />, 'Access tokens'),
        ]
      : [one('/sign-in', <LogIn className="i" />, 'Sign in')]),
    ...(me?.role === 'admin' ? [one('/admin', <ShieldCheck className="i" />, 'Admin')] : []),
  ]
}

function Marked({ text, search }: { text: string; search: string }) {
  const [before, hit, after] = split(text, search)
  return (
    <span className="cut">
      {before}
      {hit && <mark>{hit}</mark>}
      {after}
    </span>
  )
}

/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a <select> cannot hold pictures, groups and states beside a field */

/** Spaces, acts and pages, by a few letters. */
export function Palette({ onClose }: { onClose: () => void }) {
  const id = useId()
  const navigate = useNavigate()
  const at = useMatch('/spaces/:owner/:name/*')
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState(0)
  const { data: space } = useQuery({
    ...spaceQuery(`${at?.params.owner ?? ''}/${at?.params.name ?? ''}`),
    enabled: !!at,
  })
  const { data: found } = useQuery(foundQuery(search.trim()))
  const go = (path: string) => void navigate(path)
  // Whose title has it comes first; the others have it among their tags, author or description.
  const [titled, others] = [true, false].map((hit) =>
    (found ?? []).filter(({ title }) => (split(title, search)[1] !== '') === hit),
  )
  const spaces: Command[] = [...(titled ?? []), ...(others ?? [])].map((one) => ({
    id: one.id,
    group: 'Spaces',
    icon: (
      <span className="thumb">
        <Drawn {...one} />
      </span>
    ),
    words: one.title,
    end: <Status tone={stageTone(one.stage)}>{stageWords(one)}</Status>,
    run: () => go(`/spaces/${one.id}`),
  }))
  const acts = [...useSpaceCommands(at ? space : undefined, go), ...usePageCommands(go)]
  const commands = [...spaces, ...acts.filter(({ words }) => matches(words, search))]
  const current = Math.min(chosen, commands.length - 1)
  const run = (command: Command | undefined) => {
    if (!command) return
    onClose()
    command.run()
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      const next = (current + step + commands.length) % Math.max(commands.length, 1)
      setChosen(next)
      document.querySelector(`#${CSS.escape(`${id}-${next}`)}`)?.scrollIntoView({ block: 'nearest' })
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      run(commands[current])
    }
  }
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="floor">
          <Radix.Content className="palette" aria-describedby={undefined}>
            <Radix.Title className="sr">Command palette</Radix.Title>
            <label className="field">
              <Search className="i" />
              <span className="sr">Search or run</span>
              <input
                role="combobox"
                aria-expanded
                aria-controls={id}
                aria-activedescendant={commands.length > 0 ? `${id}-${current}` : undefined}
                placeholder="A Space, a page, something to do"
                value={search}
                onChange={(event) => {
                  setSearch(event.target.value)
                  setChosen(0)
                }}
                onKeyDown={press}
                autoComplete="off"
                spellCheck={false}
              />
              <kbd>esc</kbd>
            </label>
            <div id={id} role="listbox" aria-label="Found" className="commands">
              {commands.length === 0 && <p>Nothing has this name.</p>}
              {commands.map((command, index) => (
                <div key={`${command.group} ${command.id}`} role="presentation">
                  {command.group !== commands[index - 1]?.group && <h3>{command.group}</h3>}
                  <div
                    id={`${id}-${index}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={index === current}
                    className="command"
                    onPointerMove={() => setChosen(index)}
                    onClick={() => run(command)}
                    onKeyDown={press}
                  >
                    {command.icon}
                    <Marked text={command.words} search={search} />
                    {command.end}
                  </div>
                </div>
              ))}
            </div>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
