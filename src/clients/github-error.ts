import { TerminalError, TransientError } from '../errors.ts'
import { Refusal } from './github-schema.ts'
import { toStatusError, toWaitMs } from './http-outcome.ts'

/** Wait when GitHub limits without saying for how long: "at least one minute". Source: GitHub REST, rate limits. */
const UNSAID_WAIT_MS = 60_000
/** Longest wait that is believed. */
const LONGEST_WAIT_MS = 15 * 60_000

const WORDS: Readonly<Record<number, string>> = {
  401: 'the credentials are refused',
  403: 'the credentials may not do this',
  404: 'the repository or issue is not there, or the credentials may not see it',
  410: 'the issue was deleted, or the repository has issues switched off',
  422: 'the content is refused',
}

/**
 * The error that an answer of GitHub means, or null for a success. Nothing of what GitHub wrote is in it.
 * Source: GitHub REST, "Rate limits for the REST API" and the status tables of the issue endpoints.
 */
export function toGithubError(
  what: string,
  answer: { status: number; headers: Headers; body: string },
  nowMs: number,
): Error | null {
  const { status, headers } = answer
  if (status >= 200 && status < 300) return null
  const waitMs = limitedForMs(answer, nowMs)
  if (waitMs !== null) return new TransientError('rate-limited', `${what}: rate limited`, waitMs)
  if (status >= 300 && status < 400)
    return new TerminalError('rejected', `${what}: answered ${status} (it was moved elsewhere)`, String(status))
  const failure = toStatusError(what, status, toWaitMs(headers.get('retry-after') ?? undefined, nowMs), String(status))
  const words = WORDS[status]
  return words && failure instanceof TerminalError
    ? new TerminalError(failure.code, `${failure.message} (${words})`, failure.upstreamCode)
    : failure
}

/** How long a limit asks us to wait, or null where the answer is no limit. A 403 is one only by header or by its words. */
function limitedForMs(
  { status, headers, body }: { status: number; headers: Headers; body: string },
  nowMs: number,
): number | null {
  if (status !== 403 && status !== 429) return null
  const retryAfter = headers.get('retry-after')
  if (retryAfter !== null) return Math.max(1_000, toWaitMs(retryAfter, nowMs))
  if (headers.get('x-ratelimit-remaining') === '0') {
    const resetMs = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1_000 - nowMs
    return Number.isFinite(resetMs) ? Math.min(LONGEST_WAIT_MS, Math.max(1_000, resetMs)) : UNSAID_WAIT_MS
  }
  // Enterprise Server sends no limit headers: nothing but the words tells a limit from a missing permission.
  return status === 429 || isLimitInWords(body) ? UNSAID_WAIT_MS : null
}

function isLimitInWords(body: string): boolean {
  try {
    const { message = '', documentation_url: page = '' } = Refusal.parse(JSON.parse(body))
    return /rate limit/i.test(message) || /rate-limit/i.test(page)
  } catch {
    return false
  }
}
