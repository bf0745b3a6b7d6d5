/** Go's zero time: what Alertmanager sends as the end of an alert that still fires. */
const GO_ZERO = '0001-01-01T00:00:00Z'
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/
/** Years that an alert can have happened in; anything else is a fault of the sender. */
const FIRST_YEAR = 2000
const LAST_YEAR = 2199

export function isGoZero(text: string): boolean {
  return text === GO_ZERO
}

/**
 * Milliseconds since the epoch of a time as Go prints it (RFC 3339, up to nanoseconds, any offset; what is below a
 * millisecond is dropped), or null if the text is none, names a day that does not exist, or a year out of reason.
 */
export function parseGoTime(text: string): number | null {
  const match = RFC3339.exec(text)
  if (!match) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  if (year < FIRST_YEAR || year > LAST_YEAR || hour > 23 || minute > 59 || second > 59) return null
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
  const local = new Date(localMs)
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return null
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)]
  if (offsetHours > 23 || offsetMinutes > 59) return null
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000
  return match[8] === '-' ? localMs + offsetMs : localMs - offsetMs
}
