import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Link } from 'react-router'
import { ApiError, request } from '../../api/client.ts'
import { cardQuery, spacePath } from '../../api/queries.ts'
import type { CardForm as Form, SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure, Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { editPlace } from '../files/place.ts'
import { changedFields, type Shown, shownFields } from './card-fields.ts'

const colors = ['', 'red', 'yellow', 'green', 'blue', 'indigo', 'purple', 'pink', 'gray']
const sdks = ['gradio', 'streamlit', 'docker', 'static']

function Select(props: {
  label: string
  value: string
  options: readonly string[]
  none?: string
  onChange: (value: string) => void
}) {
  const id = useId()
  const unknown = props.options.includes(props.value) ? [] : [props.value]
  return (
    <div className="labelled">
      <label htmlFor={id}>{props.label}</label>
      <div className="field">
        <select id={id} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
          {[...unknown, ...props.options].map((option) => (
            <option key={option} value={option}>
              {option || (props.none ?? words().card.none)}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}

function Fields({ space, form }: { space: SpaceDetail; form: Form }) {
  const queries = useQueryClient()
  // Whoever edits keeps what they typed, and the commit that they have seen, when somebody else pushes.
  const [base, setBase] = useState(form)
  const [shown, setShown] = useState(() => shownFields(form.fields))
  const changed = changedFields(base.fields, shown)
  const begin = (from: Form) => {
    setBase(from)
    setShown(shownFields(from.fields))
  }
  if (form.commit !== base.commit && Object.keys(changed).length === 0) begin(form)
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => request<Form>('PUT', `${spacePath(space.id)}/card`, { commit: base.commit, fields: changed }),
    onSuccess: async (saved) => {
      queries.setQueryData(cardQuery(space.id).queryKey, saved)
      begin(saved)
      say(words().card.saved)
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
    },
  })
  const again = (now: Form) => {
    begin(now)
    reset()
  }
  const text = (name: keyof Shown, label: string, more: Partial<Parameters<typeof Field>[0]> = {}) => (
    <Field
      label={label}
      value={shown[name]}
      onChange={(event) => setShown({ ...shown, [name]: event.target.value })}
      autoComplete="off"
      {...more}
    />
  )
  const select = (name: keyof Shown, label: string, options: readonly string[], none?: string) => (
    <Select
      label={label}
      value={shown[name]}
      options={options}
      {...(none ? { none } : {})}
      onChange={(value) => setShown({ ...shown, [name]: value })}
    />
  )
  const { card } = words()
  const process = shown.sdk === 'gradio' || shown.sdk === 'streamlit'
  return (
    <form
      className="form card-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (Object.keys(changed).length > 0 && !isPending) mutate()
      }}
    >
      {text('title', card.title)}
      {text('short_description', card.shortDescription, { help: card.shortDescriptionHelp })}
      <div className="three">
        {text('emoji', card.emoji)}
        {select('colorFrom', card.colorFrom, colors)}
        {select('colorTo', card.colorTo, colors)}
      </div>
      <div className="three">
        {select('sdk', card.sdk, sdks)}
        {process && text('sdk_version', card.sdkVersion, { className: 'mono', placeholder: card.newest })}
        {process && text('python_version', card.python, { className: 'mono', placeholder: '3.12' })}
        {shown.sdk === 'docker' && text('app_port', card.port, { className: 'mono', placeholder: '7860' })}
        {shown.sdk !== 'docker' &&
          text('app_file', card.appFile, {
            className: 'mono',
            placeholder: shown.sdk === 'static' ? 'index.html' : 'app.py',
          })}
      </div>
      {text('tags', card.tags, { help: card.tagsHelp })}
      <div className="two">
        {text('models', card.models, { className: 'mono', placeholder: 'owner/model' })}
        {text('license', card.license, { className: 'mono', placeholder: 'apache-2.0' })}
      </div>
      <Refusal error={error} />
      {error instanceof ApiError && error.status === 412 && (
        <Button onClick={() => void queries.fetchQuery({ ...cardQuery(space.id), staleTime: 0 }).then(again)}>
          {card.loadAgain}
        </Button>
      )}
      <div className="do">
        <Button
          kind="ink"
          type="submit"
          busy={isPending && card.saving}
          refused={Object.keys(changed).length === 0 && card.unchanged}
        >
          {card.save}
        </Button>
        <Link className="link" to={editPlace(space.id, 'README.md')}>
          {card.editFileItself}
        </Link>
      </div>
    </form>
  )
}

/** What the card in README.md says, as a form: comments and order of the file stay. */
export function CardSection({ space }: { space: SpaceDetail }) {
  const { data: form, error, refetch } = useQuery(cardQuery(space.id))
  return (
    <section className="section">
      <h2>{words().card.heading}</h2>
      <p>{words().card.about}</p>
      {error && !form && <Failure error={error} retry={() => void refetch()} />}
      {!form && !error && <LineSkeletons count={5} />}
      {form?.problem && (
        <div className="notice bad" role="alert">
          <p>
            {form.problem}{' '}
            <Link className="link" to={editPlace(space.id, 'README.md')}>
              {words().card.editFile}
            </Link>
          </p>
        </div>
      )}
      {form && !form.problem && <Fields space={space} form={form} />}
    </section>
  )
}
