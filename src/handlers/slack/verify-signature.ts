import { createHmac } from 'node:crypto'
import { safeEqual } from '../../model/safe-equal.ts'
import { headerValues } from '../bearer.ts'

/** Farthest that a signed timestamp may be from our clock, either way. Source: Slack, "Verifying requests". */
const MAX_SKEW_SECONDS = 300
const WHOLE_SECONDS = /^\d{1,12}$/

export interface SignedRequest {
  /** The bytes as they came. */
  rawBody: Buffer
  /** Node's `rawHeaders`: names and values in turn, where a repeated header can still be seen. */
  rawHeaders: readonly string[]
}

/**
 * True when Slack signed these bytes with any of our secrets within the last (or, by a wrong clock, the next) five minutes.
 * A repeated signature or timestamp header is refused, since two readers could each believe another one.
 * Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function verifySlackSignature(
  request: SignedRequest,
  signingSecrets: readonly string[],
  nowMs: number,
): boolean {
  const timestamp = onlyHeader(request.rawHeaders, 'x-slack-request-timestamp')
  const signature = onlyHeader(request.rawHeaders, 'x-slack-signature')
  if (timestamp === null || signature === null) return false
  if (!WHOLE_SECONDS.test(timestamp)) return false
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > MAX_SKEW_SECONDS) return false
  // Each is compared, so that the time says nothing about which one matched.
  const matches = signingSecrets.map((secret) => {
    const digest = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(request.rawBody).digest('hex')
    return safeEqual(`v0=${digest}`, signature)
  })
  return matches.includes(true)
}

function onlyHeader(rawHeaders: readonly string[], name: string): string | null {
  const values = headerValues(rawHeaders, name)
  return values.length === 1 ? (values[0] ?? null) : null
}
