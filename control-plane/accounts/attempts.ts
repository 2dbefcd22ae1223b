/**
 * Counts of tries per key in this process, to slow down whoever guesses. A restart forgets them, which costs an
 * attacker more than it gives.
 */
export type Limit = { tries: number; seconds: number }

export type Attempts = {
  /** Counts one try. Returns 0 where it may go on, else the seconds until the next one may. */
  take(key: string): number
  /** Takes one try back, for one that succeeded. */
  giveBack(key: string): void
  /** After a success: what was mistyped before does not count. */
  forget(key: string): void
}

/** Far above what honest people cause at once; above it, the oldest counts go first. */
const mostKeys = 50_000

export function countAttempts(limit: Limit, now: () => number = Date.now): Attempts {
  const windows = new Map<string, { tries: number; endsAt: number }>()

  function makeRoom(): void {
    if (windows.size < mostKeys) return
    for (const [key, window] of windows) {
      if (window.endsAt <= now()) windows.delete(key)
    }
    for (const key of windows.keys()) {
      if (windows.size < mostKeys) return
      windows.delete(key)
    }
  }

  return {
    take(key) {
      const window = windows.get(key)
      if (!window || window.endsAt <= now()) {
        makeRoom()
        windows.delete(key)
        windows.set(key, { tries: 1, endsAt: now() + limit.seconds * 1000 })
        return limit.tries > 0 ? 0 : limit.seconds
      }
      window.tries += 1
      return window.tries <= limit.tries ? 0 : Math.ceil((window.endsAt - now()) / 1000)
    },
    giveBack(key) {
      const window = windows.get(key)
      if (window) window.tries -= 1
    },
    forget(key) {
      windows.delete(key)
    },
  }
}

/** Whom an address stands for: an IPv6 customer has a whole /64 to choose from. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':')
    while (groups.length + last.length < 8) groups.push('0')
    groups.push(...last)
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}
