/** Passwords of registries, as `docker login` writes them down. Helper programs are not started. */
import { readFile } from 'node:fs/promises'

export type Credential = { username: string; password: string; serveraddress: string }
/** By a registry's host. */
export type Credentials = (host: string) => Credential | undefined

/** @param file `~/.docker/config.json`; one that is not there knows none. */
export async function readCredentials(file: string | undefined): Promise<Credentials> {
  const text = file === undefined ? '' : await readFile(file, 'utf8').catch(() => '')
  const auths = authsOf(text)
  return (host) => {
    const encoded = auths[host]?.auth ?? auths[`https://${host}`]?.auth
    if (encoded === undefined) return undefined
    const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
    return { username, password: password.join(':'), serveraddress: host }
  }
}

function authsOf(text: string): Readonly<Record<string, { auth?: string }>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return (parsed as { auths?: Record<string, { auth?: string }> } | null)?.auths ?? {}
  } catch {
    return {}
  }
}
