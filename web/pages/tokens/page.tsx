import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Navigate } from 'react-router'
import { post, request } from '../../api/client.ts'
import { tokensQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
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

const roles: readonly Option<'read' | 'write'>[] = [
  { value: 'write', title: 'Write', about: 'Pushes, creates, changes and deletes your Spaces.' },
  { value: 'read', title: 'Read', about: 'Clones and calls what you can see.' },
]

function NewToken() {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [role, setRole] = useState<'read' | 'write'>('write')
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: () => post<{ token: string; name: string }>('/api/plaza/tokens', { name: name.trim(), role }),
    onSuccess: async () => {
      setName('')
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey })
    },
  })
  return (
    <section className="section">
      <h2>New token</h2>
      <form
        className="form wide"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) mutate()
        }}
      >
        <Field
          label="Name"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
          placeholder="laptop"
          autoComplete="off"
          help="So that you know later where it is used."
        />
        <Choice legend="What it may do" name="role" options={roles} value={role} onChange={setRole} />
        <Refusal error={error} />
        <div className="do">
          <Button kind="go" type="submit" busy={isPending && 'Creating'}>
            Create token
          </Button>
        </div>
      </form>
      {data && (
        <div aria-live="polite">
          <p>“{data.name}” is ready. It is shown this once: copy it now.</p>
          <CodeLines label="The new token" lines={[data.token]} />
        </div>
      )}
    </section>
  )
}

function Tokens({ tokens, onRevoke }: { tokens: readonly Token[]; onRevoke: (token: Token) => void }) {
  if (tokens.length === 0) return <p className="help">You have no token yet. git and the clients sign in with one.</p>
  return (
    <ul className="rows">
      {tokens.map((token) => (
        <li key={token.id}>
          <div className="grow">
            <strong>{token.name}</strong>
            <small>
              <span className="mono">hf_…{token.ending}</span> · {token.role} · made <Ago at={token.createdAt} /> ·{' '}
              {token.lastUsedAt ? (
                <>
                  used <Ago at={token.lastUsedAt} />
                </>
              ) : (
                'never used'
              )}
            </small>
          </div>
          <Button onClick={() => onRevoke(token)}>Revoke</Button>
        </li>
      ))}
    </ul>
  )
}

function RevokeDialog({ token, onClose }: { token: Token | undefined; onClose: () => void }) {
  const queries = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: (id: string) => request('DELETE', `/api/plaza/tokens/${encodeURIComponent(id)}`),
    onSuccess: async () => {
      say(`Revoked ${token?.name ?? ''}`)
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey })
      onClose()
    },
  })
  return (
    <Dialog
      title={`Revoke ${token?.name ?? ''}`}
      about="Whatever signs in with it is refused from now on. It cannot be brought back."
      open={token !== undefined}
      onClose={onClose}
    >
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={onClose}>
          Keep it
        </Button>
        <Button kind="danger" busy={isPending && 'Revoking'} onClick={() => token && mutate(token.id)}>
          Revoke token
        </Button>
      </div>
    </Dialog>
  )
}

/** What git and the clients sign in with. */
export function TokensPage() {
  const { me } = useSession()
  const { data: tokens, error, refetch } = useQuery({ ...tokensQuery, enabled: Boolean(me) })
  const [revoked, setRevoked] = useState<Token>()
  useTitle('Access tokens')
  if (me === null) return <Navigate to="/sign-in?next=/settings/tokens" replace />
  return (
    <main className="sheet docked">
      <header>
        <h1>Access tokens</h1>
        <p>git and the clients sign in with a token instead of your password. Only its hash is kept here.</p>
      </header>
      {error && !tokens && <Failure error={error} retry={() => void refetch()} />}
      {!tokens && !error && <LineSkeletons count={3} />}
      {tokens && <Tokens tokens={tokens} onRevoke={setRevoked} />}
      <NewToken />
      <RevokeDialog token={revoked} onClose={() => setRevoked(undefined)} />
    </main>
  )
}
