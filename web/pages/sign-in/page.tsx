import './sign-in.css'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, Navigate, useSearchParams } from 'react-router'
import { ApiError, post } from '../../api/client.ts'
import { safeNext, useSession } from '../../api/session.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/people.ts'
import { PasswordField } from './password-field.tsx'
import { useFirstWrong } from './use-first-wrong.ts'

/** A full load of the next page: what was seen as nobody is forgotten, and the streams open with the new cookie. */
export function arrive(next: string): void {
  location.assign(next)
}

type Wrong = { login?: string; password?: string }

export function SignInPage() {
  const [query] = useSearchParams()
  const next = safeNext(query.get('next'))
  const { me, install } = useSession()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [wrong, setWrong] = useState<Wrong>({})
  const form = useFirstWrong(wrong)
  useEffect(() => {
    // On a phone the keyboard would cover half of the page.
    if (matchMedia('(pointer: fine)').matches) form.current?.querySelector('input')?.focus()
  }, [form])
  const { signIn, password: passwordLabel } = words()
  useTitle(signIn.title)
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: () => post('/api/auth/sign-in/username', { username: login.trim(), password }),
    onSuccess: () => arrive(next),
  })
  if (me && !isSuccess) return <Navigate to={next} replace />
  const send = () => {
    const missing: Wrong = {
      ...(login.trim() === '' && { login: signIn.noLogin }),
      ...(password === '' && { password: signIn.noPassword }),
    }
    setWrong(missing)
    if (Object.keys(missing).length === 0 && !isPending) mutate()
  }
  return (
    <main className="sheet narrow docked">
      <header>
        <h1>{signIn.title}</h1>
      </header>
      <form
        className="form"
        noValidate
        ref={form}
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <Field
          label={signIn.login}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          required
          error={wrong.login}
          value={login}
          onChange={(event) => setLogin(event.target.value)}
        />
        <PasswordField
          label={passwordLabel}
          name="password"
          autoComplete="current-password"
          required
          error={wrong.password}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Refusal error={error instanceof ApiError && error.status === 401 ? new Error(signIn.wrong) : error} />
        <div className="do">
          <Button kind="go" type="submit" busy={(isPending || isSuccess) && signIn.busy}>
            {signIn.title}
          </Button>
          {install?.signUp && (
            <p className="help">
              {signIn.newHere(
                <Link className="link" to={next === '/' ? '/sign-up' : `/sign-up?next=${encodeURIComponent(next)}`}>
                  {signIn.createAccount}
                </Link>,
              )}
            </p>
          )}
        </div>
      </form>
    </main>
  )
}
