import { useQuery } from '@tanstack/react-query'
import { FileText, Search } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useId, useMemo, useState, type KeyboardEvent } from 'react'
import { useNavigate } from 'react-router'
import { allFilesQuery } from '../../api/files.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Failure } from '../../parts/failure.tsx'
import { words } from '../../words/files.ts'
import { type Match, matchFiles } from './match.ts'
import { placeOf } from './place.ts'

function Path({ match }: { match: Match }) {
  const marked = new Set(match.places)
  const letters = Array.from(match.path, (letter, at) => ({ letter, at, bold: marked.has(at) }))
  return (
    <span className="mono">
      {marked.size === 0
        ? match.path
        : letters.map(({ letter, at, bold }) => (bold ? <b key={at}>{letter}</b> : letter))}
    </span>
  )
}

type Props = {
  space: SpaceDetail
  /** The commit whose files are searched, and the name by which the page calls it. */
  commit: string
  revision: string
  onClose: () => void
}

/** Goes to a file by a few letters of its path. */
export function Finder({ space, commit, revision, onClose }: Props) {
  const say = words().find
  const id = useId()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(0)
  const { data, error } = useQuery(allFilesQuery(space.id, commit))
  const matches = useMemo(() => matchFiles(data?.paths ?? [], typed), [data, typed])

  const open = (match: Match | undefined) => {
    if (!match) return
    onClose()
    void navigate(placeOf(space.id, 'blob', revision, match.path))
  }
  const pressed = (event: KeyboardEvent) => {
    const last = matches.length - 1
    if (event.key === 'ArrowDown') setChosen(Math.min(last, chosen + 1))
    else if (event.key === 'ArrowUp') setChosen(Math.max(0, chosen - 1))
    else if (event.key === 'Enter') open(matches[chosen])
    else return
    event.preventDefault()
  }
  return (
    <Radix.Root open onOpenChange={(stays) => !stays && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="floor finder-floor">
          <Radix.Content className="finder" aria-describedby={undefined}>
            <Radix.Title className="sr">{say.open}</Radix.Title>
            <label className="field">
              <Search className="i" />
              <span className="sr">{say.part}</span>
              <input
                // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog opens to be typed in
                autoFocus
                role="combobox"
                aria-expanded={matches.length > 0}
                aria-controls={`${id}-list`}
                aria-activedescendant={matches.length > 0 ? `${id}-${chosen}` : undefined}
                spellCheck={false}
                autoComplete="off"
                autoCapitalize="none"
                value={typed}
                placeholder={data ? say.among(data.paths.length, data.more) : say.open}
                onChange={(event) => {
                  setTyped(event.target.value)
                  setChosen(0)
                }}
                onKeyDown={pressed}
              />
            </label>
            {error && <Failure error={error} />}
            {data && matches.length === 0 && <p className="none">{say.none(typed)}</p>}
            {/* A combobox of links to everywhere: no tag of HTML is that. */}
            {/* oxlint-disable jsx-a11y/no-noninteractive-element-to-interactive-role, jsx-a11y/prefer-tag-over-role */}
            <ul role="listbox" id={`${id}-list`} aria-label={say.found} hidden={matches.length === 0}>
              {matches.map((match, at) => (
                // The keys are the field's, which keeps the focus.
                // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
                <li
                  key={match.path}
                  id={`${id}-${at}`}
                  role="option"
                  aria-selected={at === chosen}
                  ref={at === chosen ? (row) => row?.scrollIntoView({ block: 'nearest' }) : undefined}
                  onClick={() => open(match)}
                >
                  <FileText className="i" />
                  <Path match={match} />
                </li>
              ))}
            </ul>
            {/* oxlint-enable jsx-a11y/no-noninteractive-element-to-interactive-role, jsx-a11y/prefer-tag-over-role */}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
