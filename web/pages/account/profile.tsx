import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { ApiError, request } from '../../api/client.ts'
import { accountQuery, profileQuery, sessionQuery } from '../../api/queries.ts'
import type { OwnAccount } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { errorWords, Failure, Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { useTitle } from '../../parts/title.ts'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/people.ts'

const longestBio = 200
/** From here on it is said how much is left. */
const nearlyFull = 160

function Form({ account }: { account: OwnAccount }) {
  const queries = useQueryClient()
  const saved = { fullname: account.fullname, bio: account.bio, email: account.email ?? '' }
  const [draft, setDraft] = useState(saved)
  const { account: texts, ...labels } = words()
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => {
      const { email, ...rest } = draft
      // An account that the operator made may have no address, and need not get one.
      return request<OwnAccount>('PATCH', '/api/plaza/account', email.trim() ? { ...rest, email: email.trim() } : rest)
    },
    onSuccess: async (next) => {
      queries.setQueryData(accountQuery.queryKey, next)
      setDraft({ fullname: next.fullname, bio: next.bio, email: next.email ?? '' })
      say(texts.saved)
      await Promise.all([
        queries.invalidateQueries({ queryKey: sessionQuery.queryKey }),
        queries.invalidateQueries({ queryKey: profileQuery(account.name).queryKey }),
      ])
    },
  })
  const set = (field: keyof typeof draft) => (event: { target: { value: string } }) => {
    setDraft({ ...draft, [field]: event.target.value })
    if (error) reset()
  }
  const wrong = error instanceof ApiError ? error.field : ''
  const errorOf = (field: keyof typeof draft) => (wrong === field ? errorWords(error) : undefined)
  const isEmailTaken = wrong === 'email' && error instanceof ApiError && error.status === 409
  const noFullname = draft.fullname.trim() === '' ? texts.noFullName : undefined
  const same = (Object.keys(saved) as (keyof typeof saved)[]).every((field) => saved[field] === draft[field].trim())
  const left = longestBio - draft.bio.length
  return (
    <section className="section">
      <h2 className="sr">{texts.profile}</h2>
      <p>
        {texts.profileAbout(
          <Link className="link" to={`/${account.name}`}>
            {`${location.host}/${account.name}`}
          </Link>,
        )}
      </p>
      <form
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending && !same && !noFullname) mutate()
        }}
      >
        <Field label={labels.name} value={account.name} readOnly help={texts.nameFixed} />
        <Field
          label={labels.fullName}
          autoComplete="name"
          maxLength={100}
          value={draft.fullname}
          onChange={set('fullname')}
          error={noFullname ?? errorOf('fullname')}
        />
        <Field
          label={texts.bio}
          maxLength={longestBio}
          value={draft.bio}
          onChange={set('bio')}
          spellCheck
          error={errorOf('bio')}
          help={draft.bio.length < nearlyFull ? texts.bioHelp : texts.bioLeft(left)}
        />
        <Field
          label={labels.email}
          type="email"
          autoComplete="email"
          value={draft.email}
          onChange={set('email')}
          error={isEmailTaken ? texts.emailTaken(draft.email.trim()) : errorOf('email')}
          help={texts.emailHelp}
        />
        <Refusal error={wrong in draft ? undefined : error} />
        <div className="do">
          <Button
            kind="ink"
            type="submit"
            busy={isPending && texts.saving}
            refused={noFullname ?? (same && texts.nothingChanged)}
          >
            {texts.save}
          </Button>
        </div>
      </form>
    </section>
  )
}

/** What others read of one, and what one signs in with. */
export function ProfileTab() {
  const { data, error, refetch } = useQuery(accountQuery)
  useTitle(words().account.profile)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  return data ? <Form account={data} /> : <LineSkeletons count={4} />
}
