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
import { words } from '../../words/space.ts'

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
      say(words().duplicate.done(space.title))
      void queries.invalidateQueries({ queryKey: ['spaces'] })
      onDone()
      await navigate(`/spaces/${owner}/${name}`)
    },
  })
  const text = words().duplicate
  const [withoutOne] = empty
  return (
    <form
      className="duplicate"
      onSubmit={(event) => {
        event.preventDefault()
        if (name && !isPending) mutate()
      }}
    >
      <Field
        label={text.name}
        before={`${owner}/`}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
      />
      <Choice
        legend={text.visibility}
        name="duplicate-visibility"
        options={[
          { value: 'private', ...text.private },
          { value: 'public', ...text.public },
        ]}
        value={visibility}
        onChange={setVisibility}
      />
      {offer.secrets.length > 0 && (
        <div className="wanted">
          <h3>{text.secrets}</h3>
          <p>{text.secretsStay(space.owner)}</p>
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
          {text.variables(offer.variables.length, <code>{offer.variables.map(({ key }) => key).join(', ')}</code>)}
        </p>
      )}
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={onDone}>
          {text.cancel}
        </Button>
        <Button kind="ink" type="submit" busy={isPending && text.duplicating} refused={!name && text.needsName}>
          {!withoutOne ? text.do : empty.length === 1 ? text.doWithout(withoutOne.key) : text.doWithoutAll}
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
    <Dialog title={words().duplicate.title(space.title)} about={words().duplicate.about} open={open} onClose={onClose}>
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
