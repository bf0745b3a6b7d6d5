import { createHmac } from 'node:crypto'
import { safeEqual } from '../../model/safe-equal.ts'
import { headerValues } from '../bearer.ts'

/** Longest signature header that is looked at, and most signatures in it. While a secret is rotated PagerDuty sends two. */
const LONGEST = 2_048
const MAX_PARTS = 8

export interface SignedBody {
  /** The bytes as they came. */
  rawBody: Buffer
  /** Node's `rawHeaders`: names and values in turn, where a repeated header can still be seen. */
  rawHeaders: readonly string[]
}

/**
 * True when any of the signatures is the v1 HMAC of these bytes by any of the secrets. Every pair is compared, so that the
 * time says nothing about which one matched. The time of sending is not signed: copies are told by the event's id.
 * Source: https://developer.pagerduty.com/docs/webhooks-signatures
 */
export function verifyPagerdutySignature({ rawBody, rawHeaders }: SignedBody, secrets: readonly string[]): boolean {
  const headers = headerValues(rawHeaders, 'x-pagerduty-signature')
  const [header] = headers
  if (headers.length !== 1 || header === undefined || header.length > LONGEST) return false
  const parts = header.split(',')
  if (parts.length > MAX_PARTS) return false
  const digests = secrets.map((secret) => `v1=${createHmac('sha256', secret).update(rawBody).digest('hex')}`)
  const matches = parts.flatMap((part) => digests.map((digest) => safeEqual(digest, part.trim())))
  return matches.includes(true)
}
