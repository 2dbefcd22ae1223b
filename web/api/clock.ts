/** Running clocks count from the server's times, so they use the server's clock: a laptop's may be minutes off. */

let ahead = 0

/** Takes an answer's `Date` header, which has whole seconds; smaller differences are left alone. */
export function setServerTime(date: string | null): void {
  if (!date) return
  const difference = Date.parse(date) + 500 - Date.now()
  if (Number.isFinite(difference)) ahead = Math.abs(difference) < 2000 ? 0 : difference
}

/** Milliseconds since the epoch, as the server counts. */
export function serverNow(): number {
  return Date.now() + ahead
}
