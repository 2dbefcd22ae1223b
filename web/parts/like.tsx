import { useQueryClient } from '@tanstack/react-query'
import { Heart } from 'lucide-react'
import { useNavigate } from 'react-router'
import { changeCard } from '../api/cards.ts'
import { request } from '../api/client.ts'
import { hubPath } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import type { SpaceSummary } from '../api/types.ts'
import { words } from '../words/shared.ts'
import { errorWords } from './failure.tsx'
import { say } from './toast.tsx'

type Likeable = Pick<SpaceSummary, 'id' | 'title' | 'likes' | 'liked'>

/** Likes a Space, or no longer: seen at once, and taken back where the server says no. */
export function useLike(): (space: Likeable) => void {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { me } = useSession()
  return (space) => {
    if (me === undefined) return
    if (me === null) {
      const next = location.pathname + location.search
      void navigate(`/sign-in?next=${encodeURIComponent(next)}`)
      return
    }
    const liked = !space.liked
    const become = (to: { likes: number; liked: boolean }) => {
      changeCard(queries, space.id, (one) => ({ ...one, ...to }))
    }
    become({ liked, likes: space.likes + (liked ? 1 : -1) })
    request<{ likes: number; liked: boolean }>(liked ? 'POST' : 'DELETE', `${hubPath(space.id)}/like`).then(
      become,
      (error: unknown) => {
        become({ liked: space.liked, likes: space.likes })
        say(errorWords(error), true)
      },
    )
  }
}

/** @param kind how it stands: among a card's words, or among a page's buttons. */
export function LikeButton({ space, kind }: { space: Likeable; kind: 'like' | 'button' }) {
  const like = useLike()
  const { card } = words()
  return (
    <button
      type="button"
      className={kind === 'like' ? 'like' : 'button liking'}
      aria-pressed={space.liked}
      aria-label={card.like(space.title, space.likes)}
      title={space.liked ? card.likedIt : card.likeIt}
      onClick={() => like(space)}
    >
      <Heart className="i" />
      <span>{space.likes}</span>
    </button>
  )
}
