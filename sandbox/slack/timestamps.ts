const MICROS_PER_SECOND = 1_000_000

/** The ts for a count of microseconds since 1970. */
export function toTs(micros: number): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND)
  return `${String(seconds).padStart(10, '0')}.${String(micros % MICROS_PER_SECOND).padStart(6, '0')}`
}

/**
 * Microseconds since 1970 of a ts or a plain Unix time, undefined if it is neither. Whole and fraction are read apart:
 * as one float they would lose the last digits, and with them a message.
 */
export function toMicros(value: string): number | undefined {
  const match = /^(\d{1,10})(?:\.(\d{0,6}))?$/.exec(value)
  if (!match) return undefined
  return Number(match[1]) * MICROS_PER_SECOND + Number((match[2] ?? '').padEnd(6, '0'))
}

/** True for the exact shape of a message id. */
export function isTs(value: unknown): value is string {
  return typeof value === 'string' && /^\d{10}\.\d{6}$/.test(value)
}
