import './files.css'
import { useQuery } from '@tanstack/react-query'
import { FileUp, FolderUp, X } from 'lucide-react'
import { useEffect, useRef, useState, type DragEvent } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { ApiError } from '../../api/client.ts'
import { allFilesQuery } from '../../api/files.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/files.ts'
import { useSpace } from '../space/use-space.ts'
import { CommitForm } from './commit-form.tsx'
import { nothingSaid, said } from './commit-words.tsx'
import { chosenFiles, droppedFiles, takeDropped } from './dropped.ts'
import { sizeWords } from './kind.ts'
import { joined, placeOf } from './place.ts'
import { type Chosen, uploadList, uploadTitle } from './upload-list.ts'
import { useCommit } from './use-commit.ts'

const shownRows = 200
const shownRefused = 8

/** Files from this machine into a folder of the repository, as one commit. */
export function UploadPage() {
  const say = words().upload
  const space = useSpace()
  const navigate = useNavigate()
  const [query] = useSearchParams()
  const folder = query.get('in') ?? ''
  const [chosen, setChosen] = useState<Chosen[]>([])
  const [message, setMessage] = useState(nothingSaid)
  const [over, setOver] = useState(false)
  const [unread, setUnread] = useState<unknown>()
  const files = useRef<HTMLInputElement>(null)
  const folders = useRef<HTMLInputElement>(null)
  const head = space.commits.repository ?? ''
  const { data: all } = useQuery({ ...allFilesQuery(space.id, head), enabled: head !== '' })
  const { mutate, isPending, error } = useCommit(space)
  useTitle(words().title.upload(space.title))

  const add = (more: Promise<Chosen[]> | Chosen[]) => {
    setUnread(undefined)
    Promise.resolve(more).then((found) => setChosen((before) => [...before, ...found]), setUnread)
  }
  useEffect(() => {
    const dropped = takeDropped()
    if (dropped) dropped.then((found) => setChosen((before) => [...before, ...found]), setUnread)
  }, [])

  if (!space.may.push) {
    return (
      <div className="page files">
        <div className="empty">
          <p>{say.notYours(space.id)}</p>
        </div>
      </div>
    )
  }
  const list = uploadList(chosen, folder)
  const there = new Set(all?.paths)
  const usual = uploadTitle(list.files)
  const where = joined(space.name, folder)
  // An upload replaces whole files whatever they were: only somebody's commit in between could surprise.
  const moved = error instanceof ApiError && error.status === 412
  const commit = () => {
    mutate({
      commit: {
        ...said(message, usual),
        parent: head || undefined,
        changes: list.files.map(({ path, file }) => ({ put: path, content: file })),
      },
      to: placeOf(space.id, 'tree', 'main', folder),
    })
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    add(droppedFiles(event.dataTransfer))
  }
  return (
    <div className="page files upload">
      <header className="files-head">
        <h2>{say.heading(<span className="mono">{where}</span>)}</h2>
      </header>
      {/* The buttons inside are the way by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        className={over ? 'drop-zone over' : 'drop-zone'}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
        onDrop={drop}
      >
        <p>{say.drop}</p>
        <div className="do">
          <Button icon={<FileUp className="i" />} onClick={() => files.current?.click()}>
            {say.chooseFiles}
          </Button>
          <Button icon={<FolderUp className="i" />} onClick={() => folders.current?.click()}>
            {say.chooseFolder}
          </Button>
        </div>
        <input
          ref={files}
          type="file"
          multiple
          hidden
          aria-label={say.files}
          onChange={(event) => add(chosenFiles(event.target.files ?? []))}
        />
        <input
          ref={folders}
          type="file"
          multiple
          hidden
          aria-label={say.folder}
          {...{ webkitdirectory: '' }}
          onChange={(event) => add(chosenFiles(event.target.files ?? []))}
        />
      </div>
      {list.files.length > 0 && (
        <ul className="upload-list" aria-label={say.list}>
          {list.files.slice(0, shownRows).map(({ path, file }) => (
            <li key={path}>
              <span className="mono">{path}</span>
              {there.has(path) && <em>{say.replaces}</em>}
              <span className="size">{sizeWords(file.size)}</span>
              <button
                type="button"
                className="icon"
                aria-label={say.leaveOut(path)}
                title={say.leaveOutTip}
                onClick={() => setChosen(chosen.filter((one) => joined(folder, one.path) !== path))}
              >
                <X className="i" />
              </button>
            </li>
          ))}
          {list.files.length > shownRows && <li>{say.andMore(list.files.length - shownRows)}</li>}
        </ul>
      )}
      {list.refused.length > 0 && (
        <p className="help">
          {say.leftOut(
            list.refused.slice(0, shownRefused).map(({ path, why }) => (why ? say.refused(path, why) : path)),
            list.refused.length - shownRefused,
          )}
        </p>
      )}
      <CommitForm
        text={message}
        usual={list.files.length > 0 ? usual : words().commit.uploadAny}
        onText={setMessage}
        busy={isPending && words().commit.busyWith(sizeWords(list.bytes))}
        refused={list.problem ?? (list.files.length === 0 && say.none)}
        onCommit={commit}
        onCancel={() => void navigate(placeOf(space.id, 'tree', 'main', folder))}
      >
        {list.problem && (
          <p className="help bad" role="alert">
            {list.problem}
          </p>
        )}
        <Refusal error={moved ? new ApiError(412, say.moved, say.commitAgain) : (error ?? unread)} />
      </CommitForm>
    </div>
  )
}
