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
import { words } from '../../words/files.ts'
import { short } from '../space/use-space.ts'
import { linesOf } from './blocks.ts'
import { CodeView } from './code-view.tsx'
import { CommittedNotice } from './committed.tsx'
import { FilesHead } from './head.tsx'
import { ImageView } from './image-view.tsx'
import { hasTwoFaces, type Kind, kindOf, languageOf, mostEditable, sizeWords, textOf } from './kind.ts'
import { LazyMarkdown } from './lazy-markdown.tsx'
import { MediaView } from './media-view.tsx'
import { commitPlace, editPlace, folderOf, nameOf, placeOf } from './place.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { useKeys } from './use-keys.ts'
import { type Revision, useRevision } from './use-revision.ts'

const NotebookView = lazy(async () => ({ default: (await import('./notebook-view.tsx')).NotebookView }))
const PdfView = lazy(async () => ({ default: (await import('./pdf-view.tsx')).PdfView }))
const TableView = lazy(async () => ({ default: (await import('./table-view.tsx')).TableView }))

/** Bytes that are loaded to be shown; a larger file is downloaded. */
const mostText = 2_000_000
const mostPicture = 20_000_000
const mostLines = 30_000

function TooLarge({ at, entry }: { at: Revision; entry: TreeEntry }) {
  return (
    <div className="empty">
      <p>{words().file.tooLarge(nameOf(entry.path), sizeWords(entry.size))}</p>
      <a className="button" href={resolveAddress(at.space.id, at.commit, entry.path, true)} download>
        <Download className="i" />
        {words().file.downloadIt}
      </a>
    </div>
  )
}

function Binary({ at, entry }: { at: Revision; entry: TreeEntry }) {
  return (
    <div className="empty">
      <p>{words().file.binary(nameOf(entry.path))}</p>
      <a className="button" href={resolveAddress(at.space.id, at.commit, entry.path, true)} download>
        <Download className="i" />
        {words().file.downloadIt}
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
    case 'audio':
    case 'video':
    case 'pdf':
      return null
  }
}

function Content({ at, entry, content, asCode }: ContentProps) {
  const kind = kindOf(entry.path)
  const text = textOf(content.bytes)
  if (kind === 'image' && !asCode) return <ImageView bytes={content.bytes} name={nameOf(entry.path)} />
  if (text === undefined) return <Binary at={at} entry={entry} />
  if (text === '') return <p className="help">{words().file.empty}</p>
  if (hasTwoFaces(entry.path) && !asCode) {
    return (
      <Suspense fallback={<LineSkeletons count={8} />}>
        <Rendered at={at} kind={kind} text={text} />
      </Suspense>
    )
  }
  if (linesOf(text).length > mostLines) return <TooLarge at={at} entry={entry} />
  return <CodeView text={text} language={languageOf(entry.path)} />
}

function Streamed({ at, entry, kind }: { at: Revision; entry: TreeEntry; kind: 'audio' | 'video' | 'pdf' }) {
  const address = resolveAddress(at.space.id, at.commit, entry.path)
  const name = nameOf(entry.path)
  if (kind !== 'pdf') return <MediaView key={address} kind={kind} address={address} name={name} />
  return (
    <Suspense fallback={<LineSkeletons count={10} />}>
      <PdfView key={address} address={address} name={name} />
    </Suspense>
  )
}

type ContentProps = { at: Revision; entry: TreeEntry; content: FileContent; asCode: boolean }

function Facts({ entry, content }: { entry: TreeEntry; content: FileContent | undefined }) {
  const text = content && textOf(content.bytes)
  const lines = text ? linesOf(text).length : 0
  return (
    <span className="facts mono">
      {lines > 0 && `${words().file.lines(lines)} · `}
      {sizeWords(entry.size)}
    </span>
  )
}

/** Rendered or as it is written, for the kinds that have both; the choice is part of the address. */
function Faces({ asCode }: { asCode: boolean }) {
  const face = (code: boolean, label: string, icon: ReactNode) => (
    <Link
      to={code ? '?plain=1' : '?'}
      replace
      preventScrollReset
      className="chip"
      aria-current={asCode === code ? 'true' : undefined}
    >
      {icon}
      {label}
    </Link>
  )
  return (
    <span className="faces">
      {face(false, words().file.preview, <Eye className="i" />)}
      {face(true, words().file.code, <Code className="i" />)}
    </span>
  )
}

function FileView({ at, entry }: { at: Revision; entry: TreeEntry }) {
  const { id } = at.space
  const say = words().file
  const kind = kindOf(entry.path)
  const [query] = useSearchParams()
  const asCode = query.get('plain') === '1'
  // What is played or leafed through comes piece by piece, as it is needed.
  const streamed = kind === 'audio' || kind === 'video' || kind === 'pdf'
  const fits = entry.size <= (kind === 'image' ? mostPicture : mostText)
  const {
    data: content,
    error,
    refetch,
  } = useQuery({ ...contentQuery(id, at.commit, entry.path), enabled: fits && !streamed })
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
          {words().head.history}
        </Link>
      </div>
      <div className="file-bar">
        {hasTwoFaces(entry.path) && <Faces asCode={asCode} />}
        <Facts entry={entry} content={content} />
        <div className="do">
          {text !== undefined && <CopyButton text={text} label={say.copy} />}
          <a
            className="icon"
            href={resolveAddress(id, at.commit, entry.path, true)}
            download
            aria-label={say.download}
            title={say.download}
          >
            <Download className="i" />
          </a>
          {mayType && (
            <button type="button" className="button" onClick={edit} title={say.editTip}>
              <Pencil className="i" />
              {say.edit}
            </button>
          )}
          <Menu
            button={
              <button type="button" className="icon" aria-label={say.more} title={say.more}>
                <Ellipsis className="i" />
              </button>
            }
          >
            <MenuLink icon={<FileInput className="i" />} href={resolveAddress(id, at.commit, entry.path)}>
              {say.raw}
            </MenuLink>
            {text !== undefined && (
              <MenuLink icon={<UserRoundPen className="i" />} to={placeOf(id, 'blame', at.name, entry.path)}>
                {say.blame}
              </MenuLink>
            )}
            <MenuLink icon={<Code className="i" />} to={placeOf(id, 'blob', content?.commit ?? at.commit, entry.path)}>
              {say.address}
            </MenuLink>
            {at.mayEdit && (
              <>
                <MenuLine />
                <MenuItem icon={<Pencil className="i" />} onSelect={() => setAsking('rename')}>
                  {say.rename}
                </MenuItem>
                <MenuItem icon={<Trash2 className="i" />} danger onSelect={() => setAsking('remove')}>
                  {say.remove}
                </MenuItem>
              </>
            )}
          </Menu>
        </div>
      </div>
      {streamed && <Streamed at={at} entry={entry} kind={kind} />}
      {!streamed && !fits && <TooLarge at={at} entry={entry} />}
      {!streamed && fits && error && !content && <Failure error={error} retry={() => void refetch()} />}
      {!streamed && fits && !error && !content && <LineSkeletons count={10} />}
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
  const { title, file: say, tree } = words()
  useTitle(title.file(at.path, at.space.title))
  const gone = entry === null || at.commit === ''
  return (
    <div className="page files">
      <FilesHead at={at} view="blob" />
      <CommittedNotice space={at.space} />
      {gone && <Failure error={new ApiError(404, say.missing(at.path, at.name), tree.movedOrDeleted)} />}
      {error && !entry && <Failure error={error} retry={() => void refetch()} />}
      {entry === undefined && !error && !gone && <LineSkeletons count={10} />}
      {entry?.type === 'directory' && (
        <div className="empty">
          <p>{say.isFolder(entry.path)}</p>
          <Link className="button" to={placeOf(at.space.id, 'tree', at.name, at.path)}>
            {say.openFolder}
          </Link>
        </div>
      )}
      {entry?.type === 'file' && <FileView key={entry.path} at={at} entry={entry} />}
    </div>
  )
}
