import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { webhook, webhookAlert } from './a-webhook.ts'
import { asAlertmanager, startTestServer, type TestServer } from './test-server.ts'

let running: TestServer

beforeAll(async () => {
  running = await startTestServer()
})
afterAll(() => running.close())

const ALERT_FIELDS = ['status', 'labels', 'annotations', 'startsAt', 'endsAt', 'generatorURL', 'fingerprint']
const FIELDS = [
  'version',
  'groupKey',
  'truncatedAlerts',
  'receiver',
  'groupLabels',
  'commonLabels',
  'externalURL',
  'alerts',
]
const anything = fc.jsonValue({ maxDepth: 3 })

/** A good body with one field of it, or of its alert, turned into something else. */
const nearlyGood = fc.oneof(
  fc.tuple(fc.constantFrom(...FIELDS), anything).map(([field, value]) => webhook({ [field]: value })),
  fc
    .tuple(fc.constantFrom(...ALERT_FIELDS), anything)
    .map(([field, value]) => webhook({ alerts: [webhookAlert({ [field]: value })] })),
  anything,
)

async function statusOf(payload: string | Buffer): Promise<number> {
  const answer = await running.server.inject({
    method: 'POST',
    url: '/webhooks/alertmanager',
    headers: asAlertmanager,
    payload,
  })
  return answer.statusCode
}

describe('any body', () => {
  test('is accepted or refused, and the books balance after each', async () => {
    await fc.assert(
      fc.asyncProperty(nearlyGood, async (body) => {
        expect([202, 400]).toContain(await statusOf(JSON.stringify(body)))
        const { accepted, done, pending, quarantined } = await running.store.books()
        expect(done + pending + quarantined).toBe(accepted)
      }),
      { numRuns: 300 },
    )
  })

  test('that is no JSON is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await statusOf(Buffer.from(bytes))).toBe(400)
      }),
      { numRuns: 300 },
    )
  })

  test('breaks nothing inside', () => {
    expect(running.logged()).not.toContain('request failed')
  })
})
