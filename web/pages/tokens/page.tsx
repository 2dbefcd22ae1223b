import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post, request } from '../../api/client.ts'
import { tokensQuery } from '../../api/queries.ts'
import type { Token } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Choice, type Option } from '../../parts/choice.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure, Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/people.ts'

/** What is shown only once comes below the form: on a phone that is out of sight. */
function bringIntoView(box: HTMLElement | null): void {
  box?.scrollIntoView({ block: 'nearest' })
}

function roles(): readonly Option<'read' | 'write'>[] {
  const { tokens } = words()
  return [
    { value: 'write', title: tokens.write, about: tokens.writeAbout },
    { value: 'read', title: tokens.read, about: tokens.readAbout },
  ]
}

function NewToken() {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [role, setRole] = useState<'read' | 'write'>('write')
  const { tokens, name: nameLabel } = words()
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: () => post<{ token: string; name: string }>('/api/plaza/tokens', { name: name.trim(), role }),
    onSuccess: async () => {
      setName('')
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey })
    },
  })
  return (
    <section className="section">
      <h2>{tokens.fresh}</h2>
      <form
        className="form wide"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) mutate()
        }}
      >
        <Field
          label={nameLabel}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
          placeholder={tokens.placeholder}
          autoComplete="off"
          help={tokens.nameHelp}
        />
        <Choice legend={tokens.may} name="role" options={roles()} value={role} onChange={setRole} />
        <Refusal error={error} />
        <div className="do">
          <Button kind="go" type="submit" busy={isPending && tokens.creating}>
            {tokens.create}
          </Button>
        </div>
      </form>
      {data && (
        <div className="new-token" aria-live="polite" key={data.token} ref={bringIntoView}>
          <p>{tokens.ready(data.name)}</p>
          <CodeLines label={tokens.value} lines={[data.token]} />
        </div>
      )}
    </section>
  )
}

function Tokens({ tokens, onRevoke }: { tokens: readonly Token[]; onRevoke: (token: Token) => void }) {
  const { tokens: texts } = words()
  if (tokens.length === 0) return <p className="help">{texts.none}</p>
  return (
    <ul className="rows">
      {tokens.map((token) => (
        <li key={token.id}>
          <div className="grow">
            <strong>{token.name}</strong>
            <small>
              {texts.facts(
                <span className="mono">hf_…{token.ending}</span>,
                texts.role[token.role],
                <Ago at={token.createdAt} />,
                token.lastUsedAt ? <Ago at={token.lastUsedAt} /> : undefined,
              )}
            </small>
          </div>
          <Button onClick={() => onRevoke(token)}>{texts.revoke}</Button>
        </li>
      ))}
    </ul>
  )
}

function RevokeDialog({ token, onClose }: { token: Token | undefined; onClose: () => void }) {
  const queries = useQueryClient()
  const { tokens } = words()
  const { mutate, isPending, error } = useMutation({
    mutationFn: (id: string) => request('DELETE', `/api/plaza/tokens/${encodeURIComponent(id)}`),
    onSuccess: async () => {
      say(tokens.revoked(token?.name ?? ''))
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey })
      onClose()
    },
  })
  return (
    <Dialog
      title={tokens.revokeTitle(token?.name ?? '')}
      about={tokens.revokeAbout}
      open={token !== undefined}
      onClose={onClose}
    >
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={onClose}>
          {tokens.keep}
        </Button>
        <Button kind="danger" busy={isPending && tokens.revoking} onClick={() => token && mutate(token.id)}>
          {tokens.revokeToken}
        </Button>
      </div>
    </Dialog>
  )
}

/** What git and the clients sign in with. */
export function TokensTab() {
  const { data: tokens, error, refetch } = useQuery(tokensQuery)
  const [revoked, setRevoked] = useState<Token>()
  const { tokens: texts } = words()
  useTitle(texts.title)
  return (
    <>
      <section className="section">
        <h2>{texts.title}</h2>
        <p>{texts.about}</p>
        {error && !tokens && <Failure error={error} retry={() => void refetch()} />}
        {!tokens && !error && <LineSkeletons count={3} />}
        {tokens && <Tokens tokens={tokens} onRevoke={setRevoked} />}
      </section>
      <NewToken />
      <RevokeDialog token={revoked} onClose={() => setRevoked(undefined)} />
    </>
  )
}
