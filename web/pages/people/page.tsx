import '../gallery/gallery.css'
import './people.css'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useState } from 'react'
import { Link, Navigate, useParams, useSearchParams } from 'react-router'
import { ApiError } from '../../api/client.ts'
import { profileQuery, type SpaceFilter, spacesQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import type { Overview } from '../../api/types.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { NotFound } from '../../parts/page-error.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { useTitle } from '../../parts/title.ts'
import { intlLanguage } from '../../words/language.ts'
import { words } from '../../words/people.ts'
import { Cards } from '../gallery/cards.tsx'
import { useGalleryKeys } from '../gallery/keys.ts'
import { rememberedLength } from '../gallery/place.ts'

const Peek = lazy(async () => ({ default: (await import('../gallery/peek.tsx')).Peek }))

type Section = 'spaces' | 'likes'

const noFilter: SpaceFilter = {
  search: '',
  sdk: '',
  status: '',
  hardware: '',
  tag: '',
  model: '',
  author: '',
  liked: '',
  sort: '',
}

function filterOf(section: Section, name: string): SpaceFilter {
  return section === 'likes' ? { ...noFilter, likedBy: name } : { ...noFilter, author: name, sort: 'changed' }
}

function Since({ at }: { at: string }) {
  const format = new Intl.DateTimeFormat(intlLanguage(), { year: 'numeric', month: 'long' })
  return <time dateTime={at}>{format.format(new Date(at))}</time>
}

function Head({ person, isMe }: { person: Overview; isMe: boolean }) {
  const { profile } = words()
  return (
    <header className="person">
      <Avatar name={person.user} large />
      <div className="who">
        <h1>{person.fullname}</h1>
        <p className="known">
          <span className="mono">{person.user}</span>
          <span>{profile.since(<Since at={person.createdAt} />)}</span>
        </p>
        {person.details && <p className="bio">{person.details}</p>}
      </div>
      {isMe && (
        <Link className="button" to="/settings/profile">
          {profile.edit}
        </Link>
      )}
    </header>
  )
}

function Sections({ person, shown }: { person: Overview; shown: Section }) {
  const { profile } = words()
  const link = (section: Section, search: string, title: string, count: number) => (
    <Link to={{ search }} aria-current={shown === section ? 'page' : undefined} preventScrollReset>
      {title} <b>{count}</b>
    </Link>
  )
  return (
    <nav className="tabs" aria-label={profile.sections}>
      {link('spaces', '', profile.spaces, person.numSpaces)}
      {link('likes', '?show=likes', profile.likes, person.numLikes)}
    </nav>
  )
}

function Nothing({ section, person, isMe }: { section: Section; person: Overview; isMe: boolean }) {
  const { profile } = words()
  if (section === 'likes') {
    return (
      <div className="empty">
        <p>{isMe ? profile.noOwnLikes : profile.noLikes(person.user)}</p>
        <Link className="button" to="/">
          {profile.seeAll}
        </Link>
      </div>
    )
  }
  return (
    <div className="empty">
      <p>{isMe ? profile.noOwnSpaces : profile.noSpaces(person.user)}</p>
      <Link className={isMe ? 'button go' : 'button'} to={isMe ? '/new' : '/'}>
        {isMe ? profile.newSpace : profile.seeAll}
      </Link>
    </div>
  )
}

const nobody: ReadonlySet<string> = new Set()

function Spaces({ section, person, isMe }: { section: Section; person: Overview; isMe: boolean }) {
  const name = `/${person.user} ${section}`
  const [first] = useState(() => rememberedLength(name))
  const { data, error, refetch, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = useInfiniteQuery(
    spacesQuery(filterOf(section, person.user), first),
  )
  const [peeked, setPeeked] = useState('')
  const spaces = data?.pages.flatMap((page) => page.spaces) ?? []
  const counts = data?.pages[0]?.counts
  const close = useCallback(() => setPeeked(''), [])
  useGalleryKeys(spaces, { peek: setPeeked, off: peeked !== '' })
  const { profile } = words()
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (data && !isPlaceholderData && spaces.length === 0)
    return <Nothing section={section} person={person} isMe={isMe} />
  return (
    <>
      <Cards
        name={name}
        wide={undefined}
        spaces={spaces}
        total={counts && !counts.isMore ? counts.total : undefined}
        arrived={nobody}
        state={isPlaceholderData ? 'stale' : data ? 'here' : 'loading'}
        peeked={peeked}
        onPeek={setPeeked}
        onPoint={() => {}}
      />
      {hasNextPage && (
        <div className="more">
          <Button busy={isFetchingNextPage && profile.loading} onClick={() => void fetchNextPage()}>
            {profile.more}
          </Button>
        </div>
      )}
      {peeked && (
        <Suspense fallback={<div className="floor" />}>
          <Peek id={peeked} all={spaces} onMove={setPeeked} onClose={close} />
        </Suspense>
      )}
    </>
  )
}

/** Somebody: who they are, what they have made, and what they like. */
export function ProfilePage() {
  const { name = '' } = useParams()
  const [query] = useSearchParams()
  const { me } = useSession()
  const { data: person, error, refetch } = useQuery(profileQuery(name))
  const { profile } = words()
  useTitle(person ? profile.title(person.fullname, person.user) : name)
  if (error instanceof ApiError && error.status === 404) return <NotFound what={profile.nobody} />
  if (error && !person) {
    return (
      <main className="page wide docked">
        <Failure error={error} retry={() => void refetch()} />
      </main>
    )
  }
  if (!person) {
    return (
      <main className="page wide docked">
        <LineSkeletons count={3} />
      </main>
    )
  }
  // One address a person, however their name was written.
  if (person.user !== name) return <Navigate to={`/${person.user}${location.search}`} replace />
  const section: Section = query.get('show') === 'likes' ? 'likes' : 'spaces'
  const isMe = me?.name === person.user
  return (
    <main className="page wide docked">
      <Head person={person} isMe={isMe} />
      <Sections person={person} shown={section} />
      <h2 className="sr">{profile[section]}</h2>
      <Spaces key={section} section={section} person={person} isMe={isMe} />
    </main>
  )
}
