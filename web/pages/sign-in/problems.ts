/** What is wrong with a form before it is sent, field by field. Pure; the words are for whoever shows it. */

export const shortestPassword = 8

export type NewAccount = { username: string; name: string; email: string; password: string }

export type Problem = 'noName' | 'wrongName' | 'noEmail' | 'wrongEmail' | 'shortPassword'
export type Problems = Partial<Record<keyof NewAccount, Problem>>

/** Fields that nobody has filled in yet are wrong only when the form is sent. */
export function problemsOf(account: NewAccount): Problems {
  const username = account.username.trim()
  const email = account.email.trim()
  const name = username === '' ? 'noName' : /^[A-Za-z0-9._-]+$/.test(username) ? undefined : 'wrongName'
  const address = email === '' ? 'noEmail' : /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? undefined : 'wrongEmail'
  return {
    ...(name && { username: name }),
    ...(address && { email: address }),
    ...(account.password.length < shortestPassword && { password: 'shortPassword' }),
  }
}
