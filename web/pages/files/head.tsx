import { useQuery } from '@tanstack/react-query'
import { GitBranch, Tag } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import { refsQuery } from '../../api/files.ts'
import { Menu, MenuHead, MenuLine, MenuLink } from '../../parts/menu.tsx'
import { words } from '../../words/files.ts'
import { short } from '../space/use-space.ts'
import { Finder } from './finder.tsx'
import { placeOf, steps } from './place.ts'
import { useKeys } from './use-keys.ts'
import type { Revision } from './use-revision.ts'

/** A hash as people read it; names stay whole. */
export function revisionWords(name: string): string {
  return /^[0-9a-f]{40}$/.test(name) ? short(name) : name
}

type View = 'tree' | 'blob' | 'blame' | 'commits'

function RevisionMenu({ at, view }: { at: Revision; view: View }) {
  const say = words().head
  const { data: refs } = useQuery(refsQuery(at.space.id))
  const to = (name: string) => placeOf(at.space.id, view, name, at.path)
  return (
    <Menu
      button={
        <button type="button" className="button revision" title={say.revision(at.name)}>
          <GitBranch className="i" />
          <span className="mono">{revisionWords(at.name)}</span>
        </button>
      }
    >
      <MenuHead>{say.branches}</MenuHead>
      {(refs?.branches ?? [{ name: 'main' }]).map(({ name }) => (
        <MenuLink key={name} icon={<GitBranch className="i" />} to={to(name)}>
          {name}
        </MenuLink>
      ))}
      {refs && refs.tags.length > 0 && (
        <>
          <MenuLine />
          <MenuHead>{say.tags}</MenuHead>
          {refs.tags.slice(0, 50).map(({ name }) => (
            <MenuLink key={name} icon={<Tag className="i" />} to={to(name)}>
              {name}
            </MenuLink>
          ))}
        </>
      )}
    </Menu>
  )
}

/** The way to a path, each folder a link; the last part is where one is. */
export function Crumbs({ at, children }: { at: Revision; children?: ReactNode }) {
  const parts = steps(at.path)
  return (
    <nav className="crumbs" aria-label={words().head.path}>
      {parts.length === 0 ? (
        <strong>{at.space.name}</strong>
      ) : (
        <Link to={placeOf(at.space.id, 'tree', at.name)}>{at.space.name}</Link>
      )}
      {parts.map((part, place) => (
        <span key={part.path}>
          <i aria-hidden="true">/</i>
          {place === parts.length - 1 ? (
            <strong>{part.name}</strong>
          ) : (
            <Link to={placeOf(at.space.id, 'tree', at.name, part.path)}>{part.name}</Link>
          )}
        </span>
      ))}
      {children}
    </nav>
  )
}

/** Above every page of files: which revision, which path, and what can be done. `t` finds a file from all of them. */
export function FilesHead({ at, view, children }: { at: Revision; view: View; children?: ReactNode }) {
  const [finding, setFinding] = useState(false)
  useKeys({ t: () => setFinding(true) })
  return (
    <header className="files-head">
      <RevisionMenu at={at} view={view} />
      <Crumbs at={at} />
      <div className="do">
        <button type="button" className="button bare not-phone" onClick={() => setFinding(true)}>
          {words().find.open} <kbd>t</kbd>
        </button>
        {children}
      </div>
      {finding && <Finder space={at.space} commit={at.commit} revision={at.name} onClose={() => setFinding(false)} />}
    </header>
  )
}
