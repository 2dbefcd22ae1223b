import { ChevronRight, File, Folder, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { words } from '../../words/create.ts'
import { sizeWords } from '../files/kind.ts'

type Entry = { path: string; size: number }
type Branch = { name: string; path: string; size: number; count: number; folders: Branch[]; files: Entry[] }

const mostShown = 200

/** Files by their folders, folders first. */
export function branchOf(entries: readonly Entry[], path = ''): Branch {
  const inside = new Map<string, Entry[]>()
  const files: Entry[] = []
  for (const entry of entries) {
    const rest = entry.path.slice(path === '' ? 0 : path.length + 1)
    const slash = rest.indexOf('/')
    if (slash === -1) files.push(entry)
    else inside.set(rest.slice(0, slash), [...(inside.get(rest.slice(0, slash)) ?? []), entry])
  }
  const folders = [...inside].map(([name, within]) => branchOf(within, path === '' ? name : `${path}/${name}`))
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    size: entries.reduce((sum, { size }) => sum + size, 0),
    count: entries.length,
    folders: folders.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

type RowsProps = { branch: Branch; depth: number; onLeaveOut?: ((path: string) => void) | undefined }

function Row(props: { depth: number; icon: ReactNode; name: ReactNode; size: number; leave: ReactNode }) {
  return (
    <span className="entry" style={{ paddingInlineStart: `${props.depth * 20}px` }}>
      {props.icon}
      <span className="mono name">{props.name}</span>
      <span className="size">{sizeWords(props.size)}</span>
      {props.leave}
    </span>
  )
}

function Leave({ path, onLeaveOut }: { path: string; onLeaveOut?: ((path: string) => void) | undefined }) {
  if (!onLeaveOut) return null
  const say = words().folder
  return (
    <button
      type="button"
      className="icon"
      aria-label={say.leaveOut(path)}
      title={say.leaveOutTip}
      onClick={() => onLeaveOut(path)}
    >
      <X className="i" />
    </button>
  )
}

function FolderRow({ branch, depth, onLeaveOut }: RowsProps) {
  const [open, setOpen] = useState(depth === 0 && branch.count <= 12)
  return (
    <li>
      <Row
        depth={depth}
        icon={
          <button
            type="button"
            className="icon fold"
            aria-expanded={open}
            aria-label={branch.path}
            onClick={() => setOpen(!open)}
          >
            <ChevronRight className="i" />
          </button>
        }
        name={
          <>
            <Folder className="i" />
            {branch.name}/ <em>{words().template.files(branch.count)}</em>
          </>
        }
        size={branch.size}
        leave={<Leave path={branch.path} onLeaveOut={onLeaveOut} />}
      />
      {open && <Rows branch={branch} depth={depth + 1} onLeaveOut={onLeaveOut} />}
    </li>
  )
}

function Rows({ branch, depth, onLeaveOut }: RowsProps) {
  return (
    <ul>
      {branch.folders.map((folder) => (
        <FolderRow key={folder.path} branch={folder} depth={depth} onLeaveOut={onLeaveOut} />
      ))}
      {branch.files.slice(0, mostShown).map(({ path, size }) => (
        <li key={path}>
          <Row
            depth={depth}
            icon={<span className="fold" />}
            name={
              <>
                <File className="i" />
                {path.slice(path.lastIndexOf('/') + 1)}
              </>
            }
            size={size}
            leave={<Leave path={path} onLeaveOut={onLeaveOut} />}
          />
        </li>
      ))}
      {branch.files.length > mostShown && (
        <li className="help">{words().folder.more(branch.files.length - mostShown)}</li>
      )}
    </ul>
  )
}

/** A tree of files with their sizes. */
export function Listing(props: {
  label: string
  entries: readonly Entry[]
  onLeaveOut?: ((path: string) => void) | undefined
}) {
  return (
    <section className="listing" aria-label={props.label}>
      <Rows branch={branchOf(props.entries)} depth={0} onLeaveOut={props.onLeaveOut} />
    </section>
  )
}
