/** What an app may print, and what becomes of one that prints more: others than itself have to write it down. */
import type { PaceLimits } from './pace.ts'

export const printing: PaceLimits = { rate: 4 * 1024 ** 2, burst: 16 * 1024 ** 2 }

/** Cores that are left to it, and for how many milliseconds. */
export const slow = { cpu: 0.01, time: 60_000 }

/** What its log says then. */
export const slowedDown = `===== More than ${printing.rate / 1024 ** 2} MB a second are printed: the app is slowed down for ${slow.time / 1000} s =====`
