import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, Navigate, useSearchParams } from 'react-router'
import { post } from '../../api/client.ts'
import { safeNext, useSession } from '../../api/session.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { useTitle } from '../../parts/title.ts'

/** A full load of the next page: what was seen as nobody is forgotten, and the streams open with the new cookie. */
export function arrive(next: string): void {
  location.assign(next)
}

export function SignInPage() {
  const [query] = useSearchParams()
  const next = safeNext(query.get('next'))
  const { me, install } = useSession()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  useTitle('Sign in')
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: () => post('/api/auth/sign-in/username', { username: login.trim(), password }),
    onSuccess: () => arrive(next),
  })
  if (me && !isSuccess) return <Navigate to={next} replace />
  return (
    <main className="sheet narrow docked">
      <header>
        <h1>Sign in</h1>
      </header>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) mutate()
        }}
      >
        <Field
          label="Name or e-mail"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          required
          value={login}
          onChange={(event) => setLogin(event.target.value)}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Refusal error={error} />
        <div className="do">
          <Button kind="go" type="submit" busy={(isPending || isSuccess) && 'Signing in'}>
            Sign in
          </Button>
          {install?.signUp && (
            <p className="help">
              New here?{' '}
              <Link className="link" to={next === '/' ? '/sign-up' : `/sign-up?next=${encodeURIComponent(next)}`}>
                Create an account
              </Link>
            </p>
          )}
        </div>
      </form>
    </main>
  )
}
