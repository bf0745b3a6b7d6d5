import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRequestError } from '@slack/web-api'
import { type CallErrorCode, TerminalError, TransientError } from '../errors.ts'
import { toStatusError, toTransportError } from './http-outcome.ts'

/** Wait when Slack says `ratelimited` in a 200 without saying for how long: one window of its limits is a minute. */
const UNSAID_WAIT_MS = 30_000
/** Slack's error words. An answer whose `error` is no such word (a page of HTML, say) was not written by the API. */
const ERROR_WORD = /^[a-z][a-z0-9_]{1,63}$/

/**
 * What Slack's error words mean for us; a word that is not listed is `rejected`.
 * Source: the error tables of the methods used, https://docs.slack.dev/reference/methods
 */
const MEANING: Readonly<Record<string, CallErrorCode>> = {
  ratelimited: 'rate-limited',
  rate_limited: 'rate-limited',
  message_limit_exceeded: 'rate-limited',
  // Slack's own trouble. fatal_error says that part of the work may have been done.
  fatal_error: 'unknown',
  internal_error: 'unknown',
  request_timeout: 'unknown',
  service_unavailable: 'unknown',
  team_added_to_org: 'unknown',
  external_channel_migrating: 'unknown',
  access_denied: 'unauthorized',
  account_inactive: 'unauthorized',
  ekm_access_denied: 'unauthorized',
  enterprise_is_restricted: 'unauthorized',
  invalid_auth: 'unauthorized',
  missing_scope: 'unauthorized',
  no_permission: 'unauthorized',
  not_allowed_token_type: 'unauthorized',
  not_authed: 'unauthorized',
  not_in_channel: 'unauthorized',
  org_login_required: 'unauthorized',
  team_access_not_granted: 'unauthorized',
  token_expired: 'unauthorized',
  token_revoked: 'unauthorized',
  two_factor_setup_required: 'unauthorized',
  channel_not_found: 'not-found',
  message_not_found: 'not-found',
  team_not_found: 'not-found',
  thread_not_found: 'not-found',
  user_not_found: 'not-found',
}

/** The error of this project that a failure of the Slack library means. Nothing of the request is in it. */
export function toSlackError(method: string, error: unknown): Error {
  const what = `Slack ${method}`
  if (error instanceof TransientError || error instanceof TerminalError) return error
  if (error instanceof WebAPIPlatformError) return toWordError(what, error)
  if (error instanceof WebAPIHTTPError) {
    return (
      toStatusError(what, error.statusCode, UNSAID_WAIT_MS, null) ??
      new TransientError('unknown', `${what}: answer is not readable`)
    )
  }
  if (error instanceof WebAPIRequestError) return toSlackError(method, error.original)
  return toTransportError(what, error)
}

function toWordError(what: string, { data }: WebAPIPlatformError): Error {
  const word: unknown = data.error
  if (typeof word !== 'string' || !ERROR_WORD.test(word))
    return new TransientError('unknown', `${what}: answer is not readable`)
  const code = Object.hasOwn(MEANING, word) ? (MEANING[word] ?? 'rejected') : 'rejected'
  const message = `${what}: ${word}${neededScope(data)}`
  switch (code) {
    case 'rate-limited':
      return new TransientError(code, message, UNSAID_WAIT_MS)
    case 'unknown':
    case 'not-sent':
      return new TransientError(code, message)
    case 'unauthorized':
    case 'not-found':
    case 'rejected':
      return new TerminalError(code, message, word)
    default:
      return code satisfies never
  }
}

function neededScope(data: object): string {
  const isScope = 'needed' in data && typeof data.needed === 'string' && /^[a-z.:,_]{1,100}$/.test(data.needed)
  return isScope ? ` (needs ${data.needed})` : ''
}
