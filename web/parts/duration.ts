/** Times in words: short, with a space before the unit. */
import { words } from '../words/shared.ts'

/** A running clock: `0:42`, `12:05`, `1:02:10`. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** How long something took: `0.4 s`, `6 s`, `1:06`. */
export function took(seconds: number): string {
  const { time } = words()
  if (seconds < 1) return time.seconds(Math.max(0.1, Math.round(seconds * 10) / 10))
  if (seconds < 60) return time.seconds(Math.round(seconds))
  return clock(seconds * 1000)
}

/** A length that somebody set or that goes on: `30 s`, `15 min`, `3 h 12 min`, `48 h`, `6 d`. */
export function span(seconds: number): string {
  const { time } = words()
  if (seconds < 60) return time.seconds(Math.max(0, Math.floor(seconds)))
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return time.minutes(minutes)
  const hours = Math.floor(minutes / 60)
  if (hours > 72) return time.days(Math.floor(hours / 24))
  return minutes % 60 === 0 || hours >= 24 ? time.hours(hours) : time.hoursMinutes(hours, minutes % 60)
}

/** How long ago: `just now`, `20 min ago`, `yesterday`, `3 w ago`. */
export function ago(milliseconds: number): string {
  const { time } = words()
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return time.now
  if (minutes < 60) return time.minutesAgo(minutes)
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return time.hoursAgo(hours)
  const days = Math.floor(hours / 24)
  if (days === 1) return time.yesterday
  if (days < 14) return time.daysAgo(days)
  return days < 365 ? time.weeksAgo(Math.floor(days / 7)) : time.yearsAgo(Math.floor(days / 365))
}

/** `first`, `second`, then `12th`: for the English catalogue. */
export function ordinal(position: number): string {
  const words = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']
  const word = words[position - 1]
  if (word) return word
  const tens = position % 100
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th')
  return `${position}${suffix}`
}
