import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { allFilesQuery } from '../../api/files.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { placeOf, remainingFolder } from './place.ts'
import { useCommit } from './use-commit.ts'
import type { Revision } from './use-revision.ts'

/** Deletes the file or the folder that one looks at, by a commit: the history keeps it. */
export function RemoveDialog({ at, folder = false, onClose }: { at: Revision; folder?: boolean; onClose: () => void }) {
  const usual = `Delete ${at.path}`
  const [summary, setSummary] = useState('')
  const queries = useQueryClient()
  const { mutate, isPending, error } = useCommit(at.space)
  const remove = () => {
    const there = queries.getQueryData(allFilesQuery(at.space.id, at.commit).queryKey)?.paths ?? []
    mutate({
      commit: {
        summary: summary.trim() || usual,
        parent: at.commit,
        changes: [folder ? { deleteFolder: at.path } : { delete: at.path }],
      },
      to: placeOf(at.space.id, 'tree', 'main', remainingFolder(there, at.path)),
      done: onClose,
    })
  }
  return (
    <Dialog
      title={`Delete ${at.path}`}
      about={`A new version without ${folder ? 'this folder and all that is in it' : 'it'} is built. The history keeps what was there.`}
      open
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) remove()
        }}
      >
        <Field
          label="Commit message"
          value={summary}
          placeholder={usual}
          onChange={(event) => setSummary(event.target.value)}
        />
        <Refusal error={error} />
        <div className="do">
          <Button kind="bare" onClick={onClose}>
            Keep it
          </Button>
          <Button kind="danger" type="submit" busy={isPending && 'Deleting'}>
            Delete {folder ? 'folder' : 'file'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
