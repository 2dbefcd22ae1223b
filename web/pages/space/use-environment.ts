/** What variables and secrets have in common on the page: which entry is being written, saving it, deleting one. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import { hubPath } from '../../api/queries.ts'
import { errorWords } from '../../parts/failure.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import type { Entry } from './environment-form.tsx'

export function useEnvironment(spaceId: string, kind: 'variables' | 'secrets') {
  const queries = useQueryClient()
  const path = `${hubPath(spaceId)}/${kind}`
  /** Undefined: closed. Without entry: a new one. */
  const [form, setForm] = useState<{ entry?: Entry }>()
  const look = () => queries.invalidateQueries({ queryKey: ['space', spaceId] })
  const save = async (entry: Entry) => {
    await request('POST', path, entry)
    await look()
    say(words().environment.saved(entry.key))
  }
  const { mutate: remove } = useMutation({
    mutationFn: (key: string) => request('DELETE', path, { key }),
    onSuccess: async (_answer, key) => {
      await look()
      say(words().environment.deleted(key))
    },
    onError: (problem) => say(errorWords(problem), true),
  })
  return { form, setForm, save, remove }
}
