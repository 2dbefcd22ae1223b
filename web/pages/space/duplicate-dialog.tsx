import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { post } from '../../api/client.ts'
import { duplicateQuery, hubPath } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import type { DuplicateOffer, SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Choice } from '../../parts/choice.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure, Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { say } from '../../parts/toast.tsx'

const visibilities = [
  { value: 'private', title: 'Private', about: 'Only you see it.' },
  { value: 'public', title: 'Public', about: 'Everybody sees and uses it.' },
] as const

function DuplicateForm({ space, offer, onDone }: { space: SpaceDetail; offer: DuplicateOffer; onDone: () => void }) {
  const { me } = useSession()
  const owner = me?.name ?? ''
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [name, setName] = useState(offer.name)
  const [visibility, setVisibility] = useState<'public' | 'private'>('private')
  const [secrets, setSecrets] = useState<Record<string, string>>({})
  const empty = offer.secrets.filter(({ key }) => !secrets[key])
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      post(`${hubPath(space.id)}/duplicate`, {
        repository: `${owner}/${name}`,
        visibility,
        secrets: offer.secrets.flatMap(({ key, description }) => {
          const value = secrets[key]
          return value ? [{ key, value, description }] : []
        }),
      }),
    onSuccess: async () => {
      say(`Duplicated ${space.title}`)
      void queries.invalidateQueries({ queryKey: ['spaces'] })
      onDone()
      await navigate(`/spaces/${owner}/${name}`)
    },
  })
  return (
    <form
      className="duplicate"
      onSubmit={(event) => {
        event.preventDefault()
        if (name && !isPending) mutate()
      }}
    >
      <Field
        label="Name"
        before={`${owner}/`}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
      />
      <Choice
        legend="Visibility"
        name="duplicate-visibility"
        options={visibilities}
        value={visibility}
        onChange={setVisibility}
      />
      {offer.secrets.length > 0 && (
        <div className="wanted">
          <h3>Secrets</h3>
          <p>Their values stay with {space.owner}. The app may need yours.</p>
          {offer.secrets.map(({ key, description }) => (
            <Field
              key={key}
              label={key}
              help={description || undefined}
              type="password"
              className="mono"
              value={secrets[key] ?? ''}
              onChange={(event) => setSecrets({ ...secrets, [key]: event.target.value })}
              autoComplete="off"
            />
          ))}
        </div>
      )}
      {offer.variables.length > 0 && (
        <p className="help">
          {offer.variables.length === 1 ? 'Its variable' : `Its ${offer.variables.length} variables`}{' '}
          {offer.variables.length === 1 ? 'comes' : 'come'} along:{' '}
          <code>{offer.variables.map(({ key }) => key).join(', ')}</code>
        </p>
      )}
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={onDone}>
          Cancel
        </Button>
        <Button kind="ink" type="submit" busy={isPending && 'Duplicating'} refused={!name && 'It needs a name'}>
          {empty.length > 0 ? `Duplicate without ${empty.length === 1 ? empty[0]?.key : 'all secrets'}` : 'Duplicate'}
        </Button>
      </div>
    </form>
  )
}

/** A Space of one's own from this one. */
export function DuplicateDialog(props: { space: SpaceDetail; open: boolean; onClose: () => void }) {
  const { space, open, onClose } = props
  const { data: offer, error, refetch } = useQuery({ ...duplicateQuery(space.id), enabled: open })
  return (
    <Dialog
      title={`Duplicate ${space.title}`}
      about="You get its files with their history and its variables. What it keeps in /data and its secrets stay here."
      open={open}
      onClose={onClose}
    >
      {offer ? (
        <DuplicateForm space={space} offer={offer} onDone={onClose} />
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <LineSkeletons count={4} />
      )}
    </Dialog>
  )
}
