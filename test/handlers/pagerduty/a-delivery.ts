import { signatureOf } from '../../../sandbox/pagerduty/webhooks.ts'
import { NOW_MS } from '../test-server.ts'

export const SECRET = 'pagerduty-webhook-secret'
export const SECOND_SECRET = 'pagerduty-webhook-secret-rotated-in'

/** A v3 event about the incident Q1INCIDENT, three seconds old; any field may be another. */
export function event(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '01EVENT',
    event_type: 'incident.triggered',
    resource_type: 'incident',
    occurred_at: new Date(NOW_MS - 3_000).toISOString(),
    agent: { id: 'PADA001', type: 'user_reference', summary: 'Ada Example' },
    client: null,
    data: { id: 'Q1INCIDENT', type: 'incident', number: 12, status: 'triggered' },
    ...change,
  }
}

/** The body of an event, signed as PagerDuty does. */
export function delivery(payload: unknown, secrets: readonly string[] = [SECRET]) {
  const body = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload))
  const signature = secrets.map((secret) => signatureOf(body, secret)).join(', ')
  return { body, headers: { 'content-type': 'application/json', 'x-pagerduty-signature': signature } }
}
