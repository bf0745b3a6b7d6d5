import { TerminalError, TransientError } from '../errors.ts'

/** Longest wait that an upstream can ask for and get. */
const LONGEST_WAIT_MS = 15 * 60_000
/** Wait when an upstream limits without saying for how long. */
const DEFAULT_WAIT_MS = 5_000
const NOT_SENT_CODES = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Milliseconds to wait by a `Retry-After` style header: seconds or an HTTP date; a garbled one gives the default. */
export function toWaitMs(header: string | undefined, nowMs: number): number {
  return saidWaitMs(header, nowMs) ?? DEFAULT_WAIT_MS
}

/** The same, or null where the header says nothing that can be read. */
export function saidWaitMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  const text = header.trim()
  // `Date.parse` takes "-1" and "1.5" for dates too; an HTTP date begins with the day of the week.
  const date = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) - nowMs : Number.NaN
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : date
  if (!Number.isFinite(waitMs)) return null
  return Math.min(LONGEST_WAIT_MS, Math.max(0, waitMs))
}

/**
 * The error that an HTTP status means, or null for a success. `what` names the call, never its content.
 * A 5xx, 408 or unreadable answer may have been committed: its code is `unknown`.
 */
export function toStatusError(what: string, status: number, waitMs: number, upstreamCode: string | null): Error | null {
  if (status >= 200 && status < 300) return null
  if (status === 429) return new TransientError('rate-limited', `${what}: rate limited`, waitMs)
  if (status === 408 || status >= 500) return new TransientError('unknown', `${what}: answered ${status}`)
  if (status === 401 || status === 403)
    return new TerminalError('unauthorized', `${what}: answered ${status}`, upstreamCode)
  if (status === 404) return new TerminalError('not-found', `${what}: answered 404`, upstreamCode)
  return new TerminalError('rejected', `${what}: answered ${status}`, upstreamCode)
}

/** The error that a failed connection means: refused and unresolved ones were certainly not sent. */
export function toTransportError(what: string, cause: unknown): TransientError {
  const code = codeOf(cause)
  if (code !== null && NOT_SENT_CODES.has(code))
    return new TransientError('not-sent', `${what}: no connection (${code})`)
  return new TransientError('unknown', `${what}: no readable answer${code === null ? '' : ` (${code})`}`)
}

function codeOf(cause: unknown): string | null {
  if (typeof cause !== 'object' || cause === null) return null
  if ('code' in cause && typeof cause.code === 'string') return cause.code
  return 'cause' in cause ? codeOf(cause.cause) : null
}
