import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { allFilesQuery } from '../../api/files.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { words } from '../../words/files.ts'
import { CommitWords, nothingSaid, said } from './commit-words.tsx'
import { placeOf, remainingFolder } from './place.ts'
import { useCommit } from './use-commit.ts'
import type { Revision } from './use-revision.ts'

/** Deletes the file or the folder that one looks at, by a commit: the history keeps it. */
export function RemoveDialog({ at, folder = false, onClose }: { at: Revision; folder?: boolean; onClose: () => void }) {
  const say = words().remove
  const usual = words().commit.remove(at.path)
  const [message, setMessage] = useState(nothingSaid)
  const queries = useQueryClient()
  const { mutate, isPending, error } = useCommit(at.space)
  const remove = () => {
    const there = queries.getQueryData(allFilesQuery(at.space.id, at.commit).queryKey)?.paths ?? []
    mutate({
      commit: {
        ...said(message, usual),
        parent: at.commit,
        changes: [folder ? { deleteFolder: at.path } : { delete: at.path }],
      },
      to: placeOf(at.space.id, 'tree', 'main', remainingFolder(there, at.path)),
      done: onClose,
    })
  }
  return (
    <Dialog title={say.title(at.path)} about={folder ? say.aboutFolder : say.aboutFile} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) remove()
        }}
      >
        <CommitWords text={message} usual={usual} onChange={setMessage} />
        <Refusal error={error} />
        <div className="do">
          <Button kind="bare" onClick={onClose}>
            {say.keep}
          </Button>
          <Button kind="danger" type="submit" busy={isPending && say.busy}>
            {folder ? say.folder : say.file}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
