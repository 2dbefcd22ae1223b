import { useMutation } from '@tanstack/react-query'
import { FilePen } from 'lucide-react'
import { useNavigate } from 'react-router'
import { ApiError } from '../../api/client.ts'
import { readFile } from '../../api/files.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { errorWords } from '../../parts/failure.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { addPlace, editPlace } from '../files/place.ts'
import type { SuggestionState } from '../files/suggestion.ts'
import { recognisedOf, suggestedCard } from './suggested-card.ts'

async function readmeOf(space: SpaceDetail): Promise<string | undefined> {
  try {
    const { bytes } = await readFile(space.id, space.commits.repository ?? 'main', 'README.md')
    return new TextDecoder().decode(bytes)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** How the platform found out what to run where no card says so, and the way to write one. */
export function RecognisedNote({ space }: { space: SpaceDetail }) {
  const navigate = useNavigate()
  const text = words().recognised
  const recognised = recognisedOf(space.card)
  const { mutate, isPending } = useMutation({
    mutationFn: async () => await readmeOf(space),
    onSuccess: async (readme) => {
      if (!recognised) return
      const path = 'README.md'
      const state: SuggestionState = { suggestion: { path, text: suggestedCard(space, recognised, readme) } }
      const place = readme === undefined ? addPlace(space.id, 'new-file', '') : editPlace(space.id, path)
      await navigate(place, { state })
    },
    onError: (error) => say(errorWords(error), true),
  })
  if (!recognised) return null
  return (
    <aside className="notice recognised" aria-label={text.label}>
      <p>{recognised.sentence}</p>
      {space.may.push && (
        <Button icon={<FilePen className="i" />} busy={isPending && text.reading} onClick={() => mutate()}>
          {text.write}
        </Button>
      )}
    </aside>
  )
}
