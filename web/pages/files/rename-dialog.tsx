import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { allFilesQuery, readFile, type TreeEntry } from '../../api/files.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { pathProblem, placeOf } from './place.ts'
import { useCommit } from './use-commit.ts'
import type { Revision } from './use-revision.ts'

/** Gives the file another path, by one commit. */
export function RenameDialog({ at, entry, onClose }: { at: Revision; entry: TreeEntry; onClose: () => void }) {
  const [path, setPath] = useState(entry.path)
  const [summary, setSummary] = useState('')
  const [reading, setReading] = useState(false)
  const [unread, setUnread] = useState<unknown>()
  const queries = useQueryClient()
  const { mutate, isPending, error } = useCommit(at.space)
  const there = queries.getQueryData(allFilesQuery(at.space.id, at.commit).queryKey)?.paths ?? []
  const to = path.trim()
  const usual = `Rename ${entry.path} to ${to}`
  const problem =
    to === entry.path ? undefined : (pathProblem(to) ?? (there.includes(to) ? `There is a ${to} already.` : undefined))
  const rename = async () => {
    setReading(true)
    setUnread(undefined)
    try {
      const { bytes } = await readFile(at.space.id, at.commit, entry.path)
      mutate({
        commit: {
          summary: summary.trim() || usual,
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
  const refused = to === entry.path ? 'Type another path first' : problem
  return (
    <Dialog
      title={`Rename ${entry.path}`}
      about="A slash in the new path moves it into a folder."
      open
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!refused && !busy) void rename()
        }}
      >
        <div className="form">
          <Field
            label="Path"
            value={path}
            error={problem}
            autoCapitalize="none"
            onChange={(event) => setPath(event.target.value)}
          />
          <Field
            label="Commit message"
            value={summary}
            placeholder={usual}
            onChange={(event) => setSummary(event.target.value)}
          />
          <Refusal error={error ?? unread} />
        </div>
        <div className="do">
          <Button kind="bare" onClick={onClose}>
            Cancel
          </Button>
          <Button kind="ink" type="submit" refused={refused} busy={busy && 'Renaming'}>
            Rename file
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
