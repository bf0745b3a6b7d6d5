const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DAYS_FROM_MINUTES = 72 * 60
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/

/** Milliseconds of a duration such as `500ms`, `5s`, `5m`, `2h`, `7d`, or null if the text is no duration. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text)
  if (!match) return null
  const unit = match[2] as keyof typeof UNIT_MS
  return Number(match[1]) * UNIT_MS[unit]
}

/** The duration in words for people, to the minute: `2 h`, `1 h 20 min`, `26 h`, `7 d`, `45 s` below a minute. */
export function formatDuration(ms: number): string {
  if (ms < UNIT_MS.m) return `${Math.max(0, Math.round(ms / UNIT_MS.s))} s`
  const minutes = Math.round(ms / UNIT_MS.m)
  // Hours as far as the runbook counts in hours, days beyond.
  const days = minutes > DAYS_FROM_MINUTES ? Math.floor(minutes / 1440) : 0
  const hours = Math.floor((minutes - days * 1440) / 60)
  const rest = minutes % 60
  const parts: string[] = []
  if (days > 0) parts.push(`${days} d`)
  if (hours > 0) parts.push(`${hours} h`)
  if (rest > 0 && days === 0) parts.push(`${rest} min`)
  return parts.join(' ')
}
