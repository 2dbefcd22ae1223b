import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { ApiError, post } from '../../api/client.ts'
import { hubPath } from '../../api/queries.ts'
import type { Draft } from './draft.ts'
import { importPath, type Made } from './queries.ts'
import { type Sending, sendFolder } from './send-folder.ts'
import type { Chosen } from '../files/upload-list.ts'

/** What a Space is made from. */
export type Source =
  | { way: 'template'; template: string }
  | { way: 'git'; importId: string; card: Record<string, string> }
  | { way: 'folder'; files: readonly Chosen[] }
  | { way: 'empty'; sdk: string }

/**
 * Makes the Space and goes to it. Where its files did not arrive, `made` is its id: the next try sends them again.
 * @param onDone forgets the draft.
 */
export function useCreate(owner: string, draft: Draft, onDone: () => void) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [sending, setSending] = useState<Sending>()
  const [made, setMade] = useState('')
  const place = {
    type: 'space',
    name: draft.name,
    visibility: draft.visibility,
    hardware: draft.hardware || null,
  }
  const license = draft.license || null

  async function make(source: Source): Promise<string> {
    switch (source.way) {
      case 'template':
        return (await post<Made>('/api/repos/create', { ...place, license, template: source.template })).name
      case 'git':
        return (await post<Made>(`${importPath(source.importId)}/space`, { ...place, card: source.card })).name
      case 'empty':
        return (await post<Made>('/api/repos/create', { ...place, sdk: source.sdk })).name
      case 'folder': {
        const id = made || (await post<Made>('/api/repos/create', place)).name
        setMade(id)
        try {
          await sendFolder(id, source.files, setSending)
        } catch (error) {
          // The answer may have been lost after the commit was made.
          if (!(await hasCommits(id))) throw error
        } finally {
          setSending(undefined)
        }
        return id
      }
    }
  }

  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: make,
    onSuccess: async (id) => {
      onDone()
      void queries.invalidateQueries({ queryKey: ['spaces'] })
      await navigate(`/spaces/${id}`)
    },
    onError: (refusal) => {
      if (refusal instanceof ApiError && refusal.status === 409) {
        void queries.invalidateQueries({ queryKey: ['name', owner, draft.name] })
      }
    },
  })
  return { create: mutate, isPending, error, reset, sending, made }
}

async function hasCommits(id: string): Promise<boolean> {
  const found = await post<unknown[]>(`${hubPath(id)}/paths-info/main`, { paths: ['README.md'] }).catch(() => [])
  return found.length > 0
}
