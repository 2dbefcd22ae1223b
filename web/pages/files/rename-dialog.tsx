import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { allFilesQuery, readFile, type TreeEntry } from '../../api/files.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { words } from '../../words/files.ts'
import { CommitWords, nothingSaid, said } from './commit-words.tsx'
import { pathProblem, placeOf } from './place.ts'
import { useCommit } from './use-commit.ts'
import type { Revision } from './use-revision.ts'

/** Gives the file another path, by one commit. */
export function RenameDialog({ at, entry, onClose }: { at: Revision; entry: TreeEntry; onClose: () => void }) {
  const say = words().rename
  const [path, setPath] = useState(entry.path)
  const [message, setMessage] = useState(nothingSaid)
  const [reading, setReading] = useState(false)
  const [unread, setUnread] = useState<unknown>()
  const queries = useQueryClient()
  const { mutate, isPending, error } = useCommit(at.space)
  const there = queries.getQueryData(allFilesQuery(at.space.id, at.commit).queryKey)?.paths ?? []
  const to = path.trim()
  const usual = words().commit.rename(entry.path, to)
  const problem =
    to === entry.path ? undefined : (pathProblem(to) ?? (there.includes(to) ? words().path.taken(to) : undefined))
  const rename = async () => {
    setReading(true)
    setUnread(undefined)
    try {
      const { bytes } = await readFile(at.space.id, at.commit, entry.path)
      mutate({
        commit: {
          ...said(message, usual),
          parent: at.commit,
          changes: [{ delete: entry.path }, { put: to, content: new Blob([bytes]) }],
        },
        to: placeOf(at.space.id, 'blob', 'main', to),
        done: onClose,
      })
    } catch (error) {
      setUnread(error)
    } finally {
      setReading(false)
    }
  }
  const busy = isPending || reading
  const refused = to === entry.path ? say.same : problem
  return (
    <Dialog title={say.title(entry.path)} about={say.about} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!refused && !busy) void rename()
        }}
      >
        <div className="form">
          <Field
            label={say.path}
            value={path}
            error={problem}
            autoCapitalize="none"
            onChange={(event) => setPath(event.target.value)}
          />
          <CommitWords text={message} usual={usual} onChange={setMessage} />
          <Refusal error={error ?? unread} />
        </div>
        <div className="do">
          <Button kind="bare" onClick={onClose}>
            {words().commit.cancel}
          </Button>
          <Button kind="ink" type="submit" refused={refused} busy={busy && say.busy}>
            {say.button}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
