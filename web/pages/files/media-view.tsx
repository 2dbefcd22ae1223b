import { useState } from 'react'
import { words } from '../../words/files.ts'

/** A sound or a film, fetched piece by piece as it is played: however long, it is never loaded as a whole. */
export function MediaView({ kind, address, name }: { kind: 'audio' | 'video'; address: string; name: string }) {
  const [broken, setBroken] = useState(false)
  const player = { controls: true, preload: 'metadata', src: address, onError: () => setBroken(true) } as const
  if (broken) return <p className="help">{words().media.unplayable(name)}</p>
  return (
    <figure className="media">
      {/* What people upload has no captions beside it. */}
      {/* oxlint-disable jsx-a11y/media-has-caption */}
      {kind === 'audio' ? <audio {...player} aria-label={name} /> : <video {...player} aria-label={name} playsInline />}
      {/* oxlint-enable jsx-a11y/media-has-caption */}
    </figure>
  )
}
