import './files.css'
import { useQuery } from '@tanstack/react-query'
import { Code, Download, Ellipsis, Eye, FileInput, History, Pencil, Trash2, UserRoundPen } from 'lucide-react'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { ApiError } from '../../api/client.ts'
import { contentQuery, entryQuery, resolveAddress, type FileContent, type TreeEntry } from '../../api/files.ts'
import { CopyButton } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Menu, MenuItem, MenuLine, MenuLink } from '../../parts/menu.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { short } from '../space/use-space.ts'
import { linesOf } from './blocks.ts'
import { CodeView } from './code-view.tsx'
import { CommittedNotice } from './committed.tsx'
import { FilesHead } from './head.tsx'
import { ImageView } from './image-view.tsx'
import { type Kind, kindOf, languageOf, mostEditable, sizeWords, textOf } from './kind.ts'
import { LazyMarkdown } from './lazy-markdown.tsx'
import { commitPlace, editPlace, folderOf, nameOf, placeOf } from './place.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { useKeys } from './use-keys.ts'
import { type Revision, useRevision } from './use-revision.ts'

const NotebookView = lazy(async () => ({ default: (await import('./notebook-view.tsx')).NotebookView }))
const TableView = lazy(async () => ({ default: (await import('./table-view.tsx')).TableView }))

/** Bytes that are loaded to be shown; a larger file is downloaded. */
const mostText = 2_000_000
const mostPicture = 20_000_000
const mostLines = 30_000

function TooLarge({ at, entry }: { at: Revision; entry: TreeEntry }) {
  return (
    <div className="empty">
      <p>
        {nameOf(entry.path)} has {sizeWords(entry.size)}, more than a page can show well.
      </p>
      <a className="button" href={resolveAddress(at.space.id, at.commit, entry.path, true)} download>
        <Download className="i" />
        Download it
      </a>
    </div>
  )
}

function Binary({ at, entry }: { at: Revision; entry: TreeEntry }) {
  return (
    <div className="empty">
      <p>{nameOf(entry.path)} is no text and no picture.</p>
      <a className="button" href={resolveAddress(at.space.id, at.commit, entry.path, true)} download>
        <Download className="i" />
        Download it
      </a>
    </div>
  )
}

function Rendered({ at, kind, text }: { at: Revision; kind: Kind; text: string }) {
  const place = { id: at.space.id, revision: at.name, folder: folderOf(at.path) }
  switch (kind) {
    case 'markdown':
      return (
        <div className="readme">
          <LazyMarkdown source={text} {...place} />
        </div>
      )
    case 'notebook':
      return <NotebookView text={text} {...place} />
    case 'table':
      return <TableView text={text} label={nameOf(at.path)} />
    case 'code':
    case 'image':
      return null
  }
}

function Content({ at, entry, content, asCode }: ContentProps) {
  const kind = kindOf(entry.path)
  const text = textOf(content.bytes)
  if (kind === 'image' && !asCode) return <ImageView bytes={content.bytes} name={nameOf(entry.path)} />
  if (text === undefined) return <Binary at={at} entry={entry} />
  if (text === '') return <p className="help">The file is empty.</p>
  if (kind !== 'code' && kind !== 'image' && !asCode) {
    return (
      <Suspense fallback={<LineSkeletons count={8} />}>
        <Rendered at={at} kind={kind} text={text} />
      </Suspense>
    )
  }
  if (linesOf(text).length > mostLines) return <TooLarge at={at} entry={entry} />
  return <CodeView text={text} language={languageOf(entry.path)} label={entry.path} />
}

type ContentProps = { at: Revision; entry: TreeEntry; content: FileContent; asCode: boolean }

function Facts({ entry, content }: { entry: TreeEntry; content: FileContent | undefined }) {
  const text = content && textOf(content.bytes)
  const lines = text ? linesOf(text).length : 0
  return (
    <span className="facts mono">
      {lines > 0 && `${lines} ${lines === 1 ? 'line' : 'lines'} · `}
      {sizeWords(entry.size)}
    </span>
  )
}

/** Rendered or as it is written, for the kinds that have both; the choice is part of the address. */
function Faces({ asCode }: { asCode: boolean }) {
  const face = (code: boolean, words: string, icon: ReactNode) => (
    <Link
      to={code ? '?plain=1' : '?'}
      replace
      preventScrollReset
      className="chip"
      aria-current={asCode === code ? 'true' : undefined}
    >
      {icon}
      {words}
    </Link>
  )
  return (
    <span className="faces">
      {face(false, 'Preview', <Eye className="i" />)}
      {face(true, 'Code', <Code className="i" />)}
    </span>
  )
}

function FileView({ at, entry }: { at: Revision; entry: TreeEntry }) {
  const { id } = at.space
  const kind = kindOf(entry.path)
  const [query] = useSearchParams()
  const asCode = query.get('plain') === '1'
  const fits = entry.size <= (kind === 'image' ? mostPicture : mostText)
  const { data: content, error, refetch } = useQuery({ ...contentQuery(id, at.commit, entry.path), enabled: fits })
  const [asking, setAsking] = useState<'rename' | 'remove'>()
  const navigate = useNavigate()
  const text = content && textOf(content.bytes)
  const mayType = at.mayEdit && text !== undefined && entry.size <= mostEditable
  const edit = () => void navigate(editPlace(id, entry.path))
  useKeys({
    e: mayType ? edit : undefined,
    y: content ? () => void navigate(placeOf(id, 'blob', content.commit, entry.path) + location.hash) : undefined,
  })
  const commit = entry.lastCommit
  return (
    <section className="file" aria-label={entry.path}>
      <div className="newest">
        {commit && (
          <>
            <Link className="title" to={commitPlace(id, commit.id)}>
              {commit.title}
            </Link>
            <Link className="mono" to={commitPlace(id, commit.id)} title={commit.id}>
              {short(commit.id)}
            </Link>
            <Ago at={commit.date} />
          </>
        )}
        <Link className="button bare history" to={placeOf(id, 'commits', at.name, entry.path)}>
          <History className="i" />
          History
        </Link>
      </div>
      <div className="file-bar">
        {kind !== 'code' && (kind !== 'image' || /\.svg$/i.test(entry.path)) && <Faces asCode={asCode} />}
        <Facts entry={entry} content={content} />
        <div className="do">
          {text !== undefined && <CopyButton text={text} label="Copy the file" />}
          <a
            className="icon"
            href={resolveAddress(id, at.commit, entry.path, true)}
            download
            aria-label="Download"
            title="Download"
          >
            <Download className="i" />
          </a>
          {mayType && (
            <button type="button" className="button" onClick={edit} title="Edit (e)">
              <Pencil className="i" />
              Edit
            </button>
          )}
          <Menu
            button={
              <button type="button" className="icon" aria-label="More of this file" title="More of this file">
                <Ellipsis className="i" />
              </button>
            }
          >
            <MenuLink icon={<FileInput className="i" />} href={resolveAddress(id, at.commit, entry.path)}>
              Raw
            </MenuLink>
            {text !== undefined && (
              <MenuLink icon={<UserRoundPen className="i" />} to={placeOf(id, 'blame', at.name, entry.path)}>
                Blame
              </MenuLink>
            )}
            <MenuLink icon={<Code className="i" />} to={placeOf(id, 'blob', content?.commit ?? at.commit, entry.path)}>
              This version’s address
            </MenuLink>
            {at.mayEdit && (
              <>
                <MenuLine />
                <MenuItem icon={<Pencil className="i" />} onSelect={() => setAsking('rename')}>
                  Rename or move
                </MenuItem>
                <MenuItem icon={<Trash2 className="i" />} danger onSelect={() => setAsking('remove')}>
                  Delete
                </MenuItem>
              </>
            )}
          </Menu>
        </div>
      </div>
      {!fits && <TooLarge at={at} entry={entry} />}
      {fits && error && !content && <Failure error={error} retry={() => void refetch()} />}
      {fits && !error && !content && <LineSkeletons count={10} />}
      {content && <Content at={at} entry={entry} content={content} asCode={asCode} />}
      {asking === 'rename' && <RenameDialog at={at} entry={entry} onClose={() => setAsking(undefined)} />}
      {asking === 'remove' && <RemoveDialog at={at} onClose={() => setAsking(undefined)} />}
    </section>
  )
}

/** A file as it is at a revision. */
export function FilePage() {
  const at = useRevision()
  const {
    data: entry,
    error,
    refetch,
  } = useQuery({
    ...entryQuery(at.space.id, at.commit, at.path),
    enabled: at.commit !== '',
  })
  useTitle(`${at.path} in ${at.space.title}`)
  const gone = entry === null || at.commit === ''
  return (
    <div className="page files">
      <FilesHead at={at} view="blob" />
      <CommittedNotice space={at.space} />
      {gone && (
        <Failure
          error={new ApiError(404, `There is no file ${at.path} at ${at.name}.`, 'It may have been moved or deleted.')}
        />
      )}
      {error && !entry && <Failure error={error} retry={() => void refetch()} />}
      {entry === undefined && !error && !gone && <LineSkeletons count={10} />}
      {entry?.type === 'directory' && (
        <div className="empty">
          <p>{entry.path} is a folder.</p>
          <Link className="button" to={placeOf(at.space.id, 'tree', at.name, at.path)}>
            Open it
          </Link>
        </div>
      )}
      {entry?.type === 'file' && <FileView key={entry.path} at={at} entry={entry} />}
    </div>
  )
}
