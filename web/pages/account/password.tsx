import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, post } from '../../api/client.ts'
import { accountQuery, devicesQuery } from '../../api/queries.ts'
import type { OwnAccount } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { errorWords, Failure, Refusal } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { useTitle } from '../../parts/title.ts'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/people.ts'
import { PasswordField } from '../sign-in/password-field.tsx'
import { shortestPassword } from '../sign-in/problems.ts'
import { useFirstWrong } from '../sign-in/use-first-wrong.ts'

type Wrong = { current?: string; password?: string }

function Form({ account }: { account: OwnAccount }) {
  const queries = useQueryClient()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [wrong, setWrong] = useState<Wrong>({})
  const form = useFirstWrong(wrong)
  const { passwordPage: texts, signUp } = words()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => post('/api/plaza/password', { current, password }),
    onSuccess: async () => {
      setCurrent('')
      setPassword('')
      say(texts.changed)
      await Promise.all([
        queries.invalidateQueries({ queryKey: accountQuery.queryKey }),
        queries.invalidateQueries({ queryKey: devicesQuery.queryKey }),
      ])
    },
    onError: (refusal) => {
      if (!(refusal instanceof ApiError) || !refusal.field) return
      setWrong({ [refusal.field]: refusal.field === 'current' ? texts.wrongPresent : errorWords(refusal) })
    },
  })
  const send = () => {
    const problem =
      password === ''
        ? texts.noFresh
        : password.length < shortestPassword
          ? signUp.shortPassword(shortestPassword)
          : undefined
    const missing: Wrong = {
      ...(account.hasPassword && current === '' && { current: texts.noPresent }),
      ...(problem !== undefined && { password: problem }),
    }
    setWrong(missing)
    if (Object.keys(missing).length === 0 && !isPending) mutate()
  }
  return (
    <section className="section">
      <h2 className="sr">{words().account.password}</h2>
      <p>{account.hasPassword ? texts.about : texts.aboutFirst}</p>
      <form
        className="form"
        noValidate
        ref={form}
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        {/* A password manager wants to know whose it is. */}
        <input type="text" name="username" autoComplete="username" value={account.name} readOnly hidden />
        {account.hasPassword && (
          <PasswordField
            label={texts.present}
            name="current"
            autoComplete="current-password"
            value={current}
            error={wrong.current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        )}
        <PasswordField
          label={texts.fresh}
          name="password"
          autoComplete="new-password"
          value={password}
          error={wrong.password}
          help={signUp.passwordHelp}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Refusal error={error instanceof ApiError && error.field ? undefined : error} />
        <div className="do">
          <Button kind="ink" type="submit" busy={isPending && texts.changing}>
            {account.hasPassword ? texts.change : texts.set}
          </Button>
        </div>
      </form>
    </section>
  )
}

export function PasswordTab() {
  const { data, error, refetch } = useQuery(accountQuery)
  useTitle(words().account.password)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  return data ? <Form account={data} /> : <LineSkeletons count={3} />
}
