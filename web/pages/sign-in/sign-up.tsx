import './sign-in.css'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Link, Navigate, useSearchParams } from 'react-router'
import { ApiError, post } from '../../api/client.ts'
import { profileQuery } from '../../api/queries.ts'
import { safeNext, useSession } from '../../api/session.ts'
import { Button } from '../../parts/button.tsx'
import { errorWords, Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/people.ts'
import { arrive } from './page.tsx'
import { PasswordField } from './password-field.tsx'
import { type NewAccount, type Problem, problemsOf, shortestPassword } from './problems.ts'
import { useFirstWrong } from './use-first-wrong.ts'

type FieldName = keyof NewAccount
type Wrong = Partial<Record<FieldName, string>>

const fields: readonly FieldName[] = ['username', 'name', 'email', 'password']

function saying(problem: Problem): string {
  const { signUp } = words()
  return problem === 'shortPassword' ? signUp.shortPassword(shortestPassword) : signUp[problem]
}

function sayings(account: NewAccount): Wrong {
  return Object.fromEntries(Object.entries(problemsOf(account)).map(([field, problem]) => [field, saying(problem)]))
}

/** Whether somebody has this name. Not known is no problem yet: the server says it when the form is sent. */
function useTaken(): (name: string) => Promise<boolean> {
  const queries = useQueryClient()
  return async (name) => {
    try {
      await queries.fetchQuery({ ...profileQuery(name), retry: false, staleTime: 0 })
      return true
    } catch {
      return false
    }
  }
}

function Form({ next }: { next: string }) {
  const [account, setAccount] = useState<NewAccount>({ username: '', name: '', email: '', password: '' })
  const [wrong, setWrong] = useState<Wrong>({})
  /** What the last try to send found: only then the cursor goes to what is wrong. */
  const [found, setFound] = useState<Wrong>({})
  const form = useFirstWrong(found)
  const typed = useRef('')
  const isTaken = useTaken()
  const { signUp, ...labels } = words()
  const tell = (problems: Wrong) => {
    setWrong(problems)
    setFound(problems)
  }
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: () => post('/api/auth/sign-up/email', account),
    onSuccess: () => arrive(next),
    onError: (refusal) => {
      const field = fieldOf(refusal)
      if (field) tell({ [field]: refusalOf(refusal, field, account) })
    },
  })
  const set = (field: FieldName) => (event: { target: { value: string } }) => {
    const { value } = event.target
    if (field === 'username') typed.current = value.trim()
    setAccount({ ...account, [field]: value })
    // What is being mended is not wrong any more; the other fields keep what was said of them.
    setWrong((former) => without(former, field))
  }
  /** After a field was left: said beside it, and the cursor stays where the person went. */
  const look = async (field: FieldName, goesTo: EventTarget | null) => {
    const given = account[field].trim()
    // Whoever is pressing the button hears it from there: a line that appears would move the button from under them.
    if (given === '' || goesTo instanceof HTMLButtonElement) return
    const problem = sayings(account)[field]
    if (problem) setWrong((former) => ({ ...former, [field]: problem }))
    else if (field === 'username' && (await isTaken(given)) && typed.current === given) {
      setWrong((former) => ({ ...former, username: signUp.taken(given) }))
    }
  }
  const send = () => {
    const problems = sayings(account)
    tell(problems)
    if (Object.keys(problems).length === 0 && !isPending) mutate()
  }
  const username = account.username.trim()
  return (
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
        label={labels.name}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        required
        maxLength={64}
        value={account.username}
        onChange={set('username')}
        onBlur={(event) => void look('username', event.relatedTarget)}
        error={wrong.username}
        help={username === '' ? signUp.nameHelp : signUp.address(`${location.host}/${username}`)}
      />
      <Field
        label={labels.fullName}
        name="name"
        autoComplete="name"
        maxLength={100}
        value={account.name}
        onChange={set('name')}
        error={wrong.name}
        help={signUp.fullNameHelp}
      />
      <Field
        label={labels.email}
        name="email"
        type="email"
        autoComplete="email"
        required
        value={account.email}
        onChange={set('email')}
        onBlur={(event) => void look('email', event.relatedTarget)}
        error={wrong.email}
        help={labels.account.emailHelp}
      />
      <PasswordField
        label={labels.password}
        name="password"
        autoComplete="new-password"
        required
        value={account.password}
        onChange={set('password')}
        error={wrong.password}
        help={signUp.passwordHelp}
      />
      <Refusal error={fieldOf(error) ? undefined : error} />
      <div className="do">
        <Button kind="go" type="submit" busy={(isPending || isSuccess) && signUp.busy}>
          {signUp.create}
        </Button>
        <p className="help">
          {signUp.hereAlready(
            <Link className="link" to={next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`}>
              {labels.signIn.title}
            </Link>,
          )}
        </p>
      </div>
    </form>
  )
}

/** What somebody else has already is said in this reader's language, the rest as the server says it. */
function refusalOf(refusal: unknown, field: FieldName, { username, email }: NewAccount): string {
  const { signUp } = words()
  const isTaken = refusal instanceof ApiError && refusal.status === 409
  if (isTaken && field === 'username') return signUp.taken(username.trim())
  if (isTaken && field === 'email') return signUp.emailTaken(email.trim())
  return errorWords(refusal)
}

/** Which field a refusal is about. */
function fieldOf(error: unknown): FieldName | undefined {
  return error instanceof ApiError ? fields.find((one) => one === error.field) : undefined
}

function without(wrong: Wrong, field: FieldName): Wrong {
  const { [field]: _mended, ...rest } = wrong
  return rest
}

export function SignUpPage() {
  const [query] = useSearchParams()
  const next = safeNext(query.get('next'))
  const { me, install } = useSession()
  const [arrived] = useState(() => me)
  const { signUp } = words()
  useTitle(signUp.title)
  if (arrived) return <Navigate to={next} replace />
  return (
    <main className="sheet narrow docked">
      <header>
        <h1>{signUp.title}</h1>
        {install && !install.signUp && <p>{signUp.closed}</p>}
      </header>
      {install?.signUp && <Form next={next} />}
    </main>
  )
}
