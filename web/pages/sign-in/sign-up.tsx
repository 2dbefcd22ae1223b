import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, Navigate, useSearchParams } from 'react-router'
import { post } from '../../api/client.ts'
import { safeNext, useSession } from '../../api/session.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { useTitle } from '../../parts/title.ts'
import { arrive } from './page.tsx'

function Form({ next }: { next: string }) {
  const [account, setAccount] = useState({ username: '', name: '', email: '', password: '' })
  const set = (part: keyof typeof account) => (event: { target: { value: string } }) =>
    setAccount({ ...account, [part]: event.target.value })
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: () => post('/api/auth/sign-up/email', account),
    onSuccess: () => arrive(next),
  })
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPending) mutate()
      }}
    >
      <Field
        label="Name"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        required
        maxLength={64}
        value={account.username}
        onChange={set('username')}
        help="Letters, digits, - _ and . : it stands in the address of your Spaces."
      />
      <Field
        label="Full name"
        name="name"
        autoComplete="name"
        value={account.name}
        onChange={set('name')}
        help="Optional, as people should read it."
      />
      <Field
        label="E-mail"
        name="email"
        type="email"
        autoComplete="email"
        required
        value={account.email}
        onChange={set('email')}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        value={account.password}
        onChange={set('password')}
        help="At least 8 characters."
      />
      <Refusal error={error} />
      <div className="do">
        <Button kind="go" type="submit" busy={(isPending || isSuccess) && 'Creating'}>
          Create account
        </Button>
        <p className="help">
          Here already?{' '}
          <Link className="link" to="/sign-in">
            Sign in
          </Link>
        </p>
      </div>
    </form>
  )
}

export function SignUpPage() {
  const [query] = useSearchParams()
  const next = safeNext(query.get('next'))
  const { me, install } = useSession()
  const [arrived] = useState(() => me)
  useTitle('Create an account')
  if (arrived) return <Navigate to={next} replace />
  return (
    <main className="sheet narrow docked">
      <header>
        <h1>Create an account</h1>
        {install && !install.signUp && <p>This install takes no new accounts. Ask an administrator for one.</p>}
      </header>
      {install?.signUp && <Form next={next} />}
    </main>
  )
}
