import { useQuery } from '@tanstack/react-query'
import {
  Heart,
  FolderGit2,
  History,
  KeyRound,
  Languages,
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
import { chooseLanguage, isLanguage, language, languages } from '../words/language.ts'
import { words } from '../words/shared.ts'
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
  const { palette } = words()
  const group = palette.inSpace(space.title)
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
    one('like', <Heart className="i" />, space.liked ? palette.unlike : palette.like, () => like(space)),
    ...(space.may.restart && process
      ? [
          one('restart', <RotateCw className="i" />, space.stage === 'PAUSED' ? palette.start : palette.restart, () =>
            act(`${hubPath(space.id)}/restart`, palette.restarting),
          ),
        ]
      : []),
    ...(space.may.restart && process && space.stage !== 'PAUSED'
      ? [one('pause', <Pause className="i" />, palette.pause, () => act(`${hubPath(space.id)}/pause`, palette.paused))]
      : []),
    one('app', <Play className="i" />, palette.app, () => go(base)),
    one('files', <FolderGit2 className="i" />, palette.files, () => go(`${base}/tree/main`)),
    ...(space.may.logs ? [one('log', <SquareTerminal className="i" />, palette.log, () => go(`${base}/logs`))] : []),
    one('versions', <History className="i" />, palette.versions, () => go(`${base}/versions`)),
    ...(space.may.settings
      ? [one('settings', <Settings className="i" />, palette.settings, () => go(`${base}/settings`))]
      : []),
    one('full', <Maximize className="i" />, palette.full, () => void open(space.origin, '_blank', 'noreferrer')),
  ]
}

function usePageCommands(go: (path: string) => void): Command[] {
  const { me } = useSession()
  const { palette, language: spoken } = words()
  const one = (path: string, icon: ReactNode, words: string): Command => ({
    id: path,
    group: palette.pages,
    icon,
    words,
    run: () => go(path),
  })
  return [
    one('/', <LayoutGrid className="i" />, palette.all),
    ...(me
      ? [
          one('/new', <Plus className="i" />, palette.newSpace),
          one(`/?author=${encodeURIComponent(me.name)}`, <LayoutGrid className="i" />, palette.yours),
          one('/?liked=true', <Heart className="i" />, palette.liked),
          one('/settings/tokens', <KeyRound className="i" />, palette.tokens),
        ]
      : [one('/sign-in', <LogIn className="i" />, palette.signIn)]),
    ...(me?.role === 'admin' ? [one('/admin', <ShieldCheck className="i" />, palette.admin)] : []),
    ...Object.entries(languages).flatMap(([tag, name]): Command[] =>
      isLanguage(tag) && tag !== language()
        ? [
            {
              ...one(tag, <Languages className="i" />, spoken.choose(name)),
              run: () => chooseLanguage(tag),
            },
          ]
        : [],
    ),
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
  const { palette } = words()
  const id = useId()
  const navigate = useNavigate()
  const at = useMatch('/spaces/:owner/:name/*')
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState(0)
  const { data: space } = useQuery({
    ...spaceQuery(`${at?.params.owner ?? ''}/${at?.params.name ?? ''}`),
    enabled: !!at,
  })
  const { data: found, isPlaceholderData: isFormer } = useQuery(foundQuery(search.trim()))
  const go = (path: string) => void navigate(path)
  // Whose title has it comes first; the others have it among their tags, author or description. Of the answer to what
  // was typed before only the former stay: Enter opens what is meant.
  const [titled, others] = [true, false].map((hit) =>
    (found ?? []).filter(({ title }) => (split(title, search)[1] !== '') === hit && (hit || !isFormer)),
  )
  const spaces: Command[] = [...(titled ?? []), ...(others ?? [])].map((one) => ({
    id: one.id,
    group: palette.spaces,
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
  const groups = [
    ...Map.groupBy(
      commands.map((command, index) => ({ command, index })),
      ({ command }) => command.group,
    ),
  ]
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
            <Radix.Title className="sr">{palette.title}</Radix.Title>
            <label className="field">
              <Search className="i" />
              <span className="sr">{palette.search}</span>
              <input
                role="combobox"
                aria-expanded={commands.length > 0}
                aria-controls={id}
                aria-activedescendant={commands.length > 0 ? `${id}-${current}` : undefined}
                placeholder={palette.hint}
                value={search}
                onChange={(event) => {
                  setSearch(event.target.value)
                  setChosen(0)
                }}
                onKeyDown={press}
                autoComplete="off"
                spellCheck={false}
              />
              <kbd>{palette.escape}</kbd>
            </label>
            {commands.length === 0 && <output className="commands nothing">{palette.nothing}</output>}
            <div id={id} role="listbox" aria-label={palette.found} className="commands" hidden={commands.length === 0}>
              {groups.map(([group, entries]) => (
                <div key={group} role="group" aria-label={group}>
                  <h3 aria-hidden="true">{group}</h3>
                  {entries.map(({ command, index }) => (
                    <div
                      key={command.id}
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
                  ))}
                </div>
              ))}
            </div>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
