import './files.css'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { readFile } from '../../api/files.ts'
import { spaceQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure, Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/files.ts'
import { DiffLines } from '../history/diff-lines.tsx'
import { useSpace } from '../space/use-space.ts'
import { CardCheck } from './card-check.tsx'
import { CommitForm } from './commit-form.tsx'
import { type CommitText, nothingSaid, said } from './commit-words.tsx'
import type { CommittedState } from './committed.tsx'
import { Conflict } from './conflict.tsx'
import { type Draft, dropDraft, keepDraft, readDraft } from './draft.ts'
import { Editor, type EditorHandle } from './editor.tsx'
import { kindOf, mostEditable, sizeWords, textOf } from './kind.ts'
import { LazyMarkdown } from './lazy-markdown.tsx'
import { patchOf } from './merge.ts'
import { folderOf, joined, nameOf, pathProblem, placeOf } from './place.ts'
import { saveText, type Theirs } from './save-text.ts'
import { type Suggestion, useSuggestion } from './suggestion.ts'

/** Where a text began: the commit and what it was there; a new file began from nothing. */
type Base = { commit: string | undefined; text: string | undefined }

type Face = 'write' | 'changes' | 'preview'

/** The message of a commit for which nobody has typed one. */
function usualMessage(path: string, isNew: boolean): string {
  const say = words().commit
  if (!isNew) return say.update(nameOf(path))
  return nameOf(path) ? say.create(nameOf(path)) : say.createAny
}

function Desk(props: {
  space: SpaceDetail
  path: string
  base: Base
  draft: Draft | undefined
  /** What it begins with where nobody has typed anything yet. */
  suggestion: Suggestion | undefined
  isNew: boolean
}) {
  const { space, suggestion, isNew } = props
  const say = words().edit
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [path, setPath] = useState(isNew ? (suggestion?.path ?? props.path) : props.path)
  const [base, setBase] = useState(props.base)
  const [text, setText] = useState(props.draft?.text ?? suggestion?.text ?? props.base.text ?? '')
  const [message, setMessage] = useState<CommitText>(() => {
    const { summary, description } = props.draft ?? nothingSaid
    return { summary, description }
  })
  const [restored, setRestored] = useState(props.draft?.savedAt)
  const [face, setFace] = useState<Face>('write')
  const [theirs, setTheirs] = useState<Theirs>()
  const editor = useRef<EditorHandle>(null)
  /** Drafts of new files have no path yet: they lie under the folder's. */
  const draftPath = isNew ? `new:${props.path}` : path
  const dirty = text !== (base.text ?? '')
  const problem = isNew ? pathProblem(path.trim()) : undefined
  const usual = usualMessage(path.trim(), isNew)

  // Cancel leaves it there too: whoever comes back finds it, with a button to start over.
  useEffect(() => {
    const commit = base.commit ?? null
    if (dirty) keepDraft(space.id, draftPath, { text, ...message, commit, savedAt: new Date().toISOString() })
    else dropDraft(space.id, draftPath)
  }, [space.id, draftPath, dirty, text, message, base.commit])

  const { mutate, isPending, error } = useMutation({
    mutationFn: (change: { text: string; base: Base }) =>
      saveText({
        id: space.id,
        path: path.trim(),
        text: change.text,
        message: said(message, usual),
        base: change.base.text,
        parent: change.base.commit,
      }),
    onSuccess: async (saved) => {
      if ('conflict' in saved) {
        setTheirs(saved.conflict)
        return
      }
      dropDraft(space.id, draftPath)
      setBase({ commit: saved.sha, text })
      await queries.fetchQuery({ ...spaceQuery(space.id), staleTime: 0 }).catch(() => {})
      const state: CommittedState = { committed: saved.sha }
      await navigate(placeOf(space.id, 'blob', 'main', path.trim()), { state, replace: true })
    },
  })
  const refused = problem ?? (!dirty && !isNew ? say.unchangedYet : theirs && say.chooseAbove)
  const save = () => {
    if (!isPending && !refused) mutate({ text, base })
  }

  // Closing the tab would end the draft too.
  useEffect(() => {
    if (!dirty) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [dirty])

  const resolve = (next: string, commit: boolean) => {
    if (!theirs) return
    const fresh: Base = { commit: theirs.commit, text: theirs.text }
    setBase(fresh)
    setTheirs(undefined)
    if (next !== text) editor.current?.replace(next)
    setFace('write')
    if (commit) mutate({ text: next, base: fresh })
  }
  const startOver = () => {
    editor.current?.replace(base.text ?? '')
    setMessage(nothingSaid)
    setRestored(undefined)
  }
  const leave = () => {
    void navigate(
      isNew ? placeOf(space.id, 'tree', 'main', folderOf(props.path)) : placeOf(space.id, 'blob', 'main', path),
    )
  }
  const faces: [Face, string][] = [
    ['write', say.write],
    ['changes', say.changes],
    ...(kindOf(path) === 'markdown' ? [['preview', say.preview] satisfies [Face, string]] : []),
  ]
  return (
    <div className="page files edit">
      <header className="files-head">
        {isNew ? (
          <Field
            label={say.newPath}
            before={`${space.name}/`}
            value={path}
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- it is what the page asks for first
            autoFocus
            autoCapitalize="none"
            autoComplete="off"
            error={path && path !== props.path ? problem : undefined}
            onChange={(event) => setPath(event.target.value)}
          />
        ) : (
          <h2>{say.heading(<span className="mono">{path}</span>)}</h2>
        )}
      </header>
      {restored && (
        <div className="notice" aria-live="polite">
          <p>{say.restored(<Ago at={restored} />)}</p>
          <Button onClick={startOver}>{say.startOver}</Button>
        </div>
      )}
      {theirs && (
        <Conflict id={space.id} path={path} base={base.text ?? ''} mine={text} theirs={theirs} onResolve={resolve} />
      )}
      <div className="edit-box">
        <div className="faces">
          {faces.map(([which, label]) => (
            <button
              key={which}
              type="button"
              className="chip"
              aria-current={face === which ? 'true' : undefined}
              onClick={() => setFace(which)}
            >
              {label}
            </button>
          ))}
        </div>
        <div hidden={face !== 'write'}>
          <Editor handle={editor} path={path} initial={text} onChange={setText} onSave={save} />
        </div>
        {face === 'changes' &&
          (dirty ? (
            <DiffLines patch={patchOf(base.text ?? '', text)} path={path} split={false} />
          ) : (
            <p className="help">{say.unchanged}</p>
          ))}
        {face === 'preview' && (
          <div className="readme">
            <LazyMarkdown source={text} id={space.id} revision="main" folder={folderOf(path)} />
          </div>
        )}
      </div>
      {path.trim() === 'README.md' && <CardCheck text={text} />}
      <CommitForm
        text={message}
        usual={usual}
        onText={setMessage}
        busy={isPending && words().commit.busy}
        refused={refused}
        onCommit={save}
        onCancel={leave}
      >
        <Refusal error={error} />
      </CommitForm>
    </div>
  )
}

function NotYours({ space }: { space: SpaceDetail }) {
  return (
    <div className="page files">
      <div className="empty">
        <p>{words().edit.notYours(space.id)}</p>
      </div>
    </div>
  )
}

/** Edits a file on main; what is typed is committed on top of the version that was opened. */
export function EditPage() {
  const space = useSpace()
  const { '*': path = '' } = useParams()
  const [draft] = useState(() => readDraft(space.id, path))
  const suggestion = useSuggestion()
  useTitle(words().title.edit(path, space.title))
  const { data: content, error } = useQuery({
    queryKey: ['files', space.id, 'editing', path],
    // A draft goes on from the version that it began from, so that what others did since is seen as theirs.
    queryFn: async ({ signal }) => {
      const from = draft?.commit ?? space.commits.repository ?? 'main'
      return await readFile(space.id, from, path, signal)
    },
    // What one types on top of does not change below it.
    staleTime: 'static',
    gcTime: 0,
    structuralSharing: false,
    enabled: space.may.push,
  })
  if (!space.may.push) return <NotYours space={space} />
  if (!content) {
    return <div className="page files">{error ? <Failure error={error} /> : <LineSkeletons count={12} />}</div>
  }
  const text = textOf(content.bytes)
  if (text === undefined || content.bytes.length > mostEditable) {
    return (
      <div className="page files">
        <div className="empty">
          <p>
            {text === undefined
              ? words().edit.noText(nameOf(path))
              : words().edit.tooLarge(nameOf(path), sizeWords(content.bytes.length))}
          </p>
        </div>
      </div>
    )
  }
  return (
    <Desk
      key={`${space.id}:${path}`}
      space={space}
      path={path}
      base={{ commit: content.commit, text }}
      draft={draft}
      suggestion={suggestion?.path === path ? suggestion : undefined}
      isNew={false}
    />
  )
}

/** A new file, in the folder that one came from. */
export function NewFilePage() {
  const space = useSpace()
  const [query] = useSearchParams()
  const folder = query.get('in') ?? ''
  const path = folder ? joined(folder, '') : ''
  const [draft] = useState(() => readDraft(space.id, `new:${path}`))
  const [begun] = useState(space.commits.repository ?? undefined)
  const suggestion = useSuggestion()
  useTitle(words().title.newFile(space.title))
  if (!space.may.push) return <NotYours space={space} />
  return (
    <Desk
      space={space}
      path={path}
      base={{ commit: begun, text: undefined }}
      draft={draft}
      suggestion={suggestion}
      isNew
    />
  )
}
