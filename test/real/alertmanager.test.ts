import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { type Alertmanager, alertmanagerConfig, startAlertmanager, startAlertmanagerPair } from './alertmanager.ts'
import { type Exporter, startExporter } from './exporter.ts'
import {
  CARRIER_LABELS,
  CARRIER_PROMETHEUS_URL,
  kpEventsAlertLabels,
  kpEventsRules,
  syntheticClusterId,
  syntheticCrn,
} from './kp-events-alert.ts'
import { type NotificationRecorder, startNotificationRecorder, type WebhookMessage } from './notification-recorder.ts'
import { type Prometheus, startPrometheus } from './prometheus.ts'

jest.setTimeout(120_000)
/** Longer than a rule window and two flushes of a group. */
const DELIVERY = { timeoutMs: 60_000 }

let recorder: NotificationRecorder
let config: string

beforeAll(async () => {
  recorder = await startNotificationRecorder()
  config = alertmanagerConfig({
    webhook: { url: recorder.webhookUrl, token: 'webhook-token' },
    pagerduty: { url: recorder.pagerdutyUrl, routingKey: 'routing-key' },
    // So that nothing in here is sent twice for the time that has passed.
    repeatInterval: '1h',
  })
})

afterAll(async () => {
  await recorder?.stop()
})

function dedupKey({ groupKey }: WebhookMessage): string {
  return createHash('sha256').update(groupKey).digest('hex')
}

describe('a rule of a real Prometheus behind a real Alertmanager', () => {
  let exporter: Exporter
  let alertmanager: Alertmanager
  let prometheus: Prometheus

  beforeAll(async () => {
    exporter = await startExporter()
    alertmanager = await startAlertmanager({ config })
    prometheus = await startPrometheus({
      alertmanagerUrls: [alertmanager.url],
      scrapeTargets: [exporter.target],
      rulesYaml: kpEventsRules(),
      externalLabels: CARRIER_LABELS,
      externalUrl: CARRIER_PROMETHEUS_URL,
    })
  })

  afterAll(async () => {
    await prometheus?.stop()
    await alertmanager?.stop()
    await exporter?.stop()
  })

  test('posts webhook version 4 with the labels and annotations of the runbook, and the bearer token', async () => {
    const crn = syntheticCrn(1)
    exporter.startFailing(crn)
    const { headers, body } = await waitUntil('the webhook', () => recorder.webhooks(crn)[0], DELIVERY)
    exporter.stopFailing(crn)

    expect(headers).toMatchObject({
      authorization: 'Bearer webhook-token',
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Alertmanager\//),
    })
    expect(body).toMatchObject({ receiver: 'kp-events', status: 'firing', truncatedAlerts: 0 })
    expect(body.groupKey).toBe(`{}:{CRN="${crn}", alertname="ArmadaKPEventsProcessingErrors"}`)
    expect(body.alerts).toHaveLength(1)
    const [alert] = body.alerts
    expect(alert?.labels).toEqual(kpEventsAlertLabels(crn))
    expect(alert?.annotations).toEqual({
      description: expect.stringMatching(
        `^armada-kp-events service has experienced [0-9.]+ event processing failures for resource ${crn} in the last 5 mins$`,
      ),
      runbook: expect.stringMatching(/\/armada-deploy-kp-events-failures\.html$/),
      summary:
        'armada-kp-events is experiencing consistent event processing failures for a particular cluster resource',
    })
    expect(alert).toMatchObject({ status: 'firing', endsAt: '0001-01-01T00:00:00Z' })
    expect(alert?.generatorURL.startsWith(`${CARRIER_PROMETHEUS_URL}/graph?g0.expr=`)).toBe(true)
  })

  test('sends PagerDuty an event whose dedup_key is the sha256 of the group key of the webhook', async () => {
    const crn = syntheticCrn(2)
    exporter.startFailing(crn)
    const { body } = await waitUntil('the webhook', () => recorder.webhooks(crn)[0], DELIVERY)
    const event = await waitUntil('the event', () => recorder.pagerDutyEvents(dedupKey(body))[0], DELIVERY)
    exporter.stopFailing(crn)

    expect(event.body).toMatchObject({ routing_key: 'routing-key', event_action: 'trigger' })
    expect(JSON.stringify(event.body.payload.custom_details)).toContain(syntheticClusterId(2))
  })

  test('tells both receivers when the alert resolves', async () => {
    const crn = syntheticCrn(3)
    exporter.startFailing(crn)
    await waitUntil('the firing webhook', () => recorder.webhooks(crn)[0], DELIVERY)
    exporter.stopFailing(crn)
    const resolved = await waitUntil(
      'the resolved webhook',
      () => recorder.webhooks(crn).find(({ body }) => body.status === 'resolved'),
      DELIVERY,
    )

    expect(resolved.body.alerts.map(({ status }) => status)).toEqual(['resolved'])
    const actions = (): string[] =>
      recorder.pagerDutyEvents(dedupKey(resolved.body)).map(({ body }) => body.event_action)
    await waitUntil('the resolving event', () => actions().includes('resolve'), DELIVERY)
    expect(actions()[0]).toBe('trigger')
  })

  test('sends the same group again until a 503 gives way to a 202', async () => {
    const crn = syntheticCrn(4)
    recorder.answerWebhooks(crn, [503, 503])
    exporter.startFailing(crn)
    await waitUntil('the third attempt', () => recorder.webhooks(crn).length >= 3, DELIVERY)
    exporter.stopFailing(crn)

    const attempts = recorder.webhooks(crn).slice(0, 3)
    expect(attempts.map(({ status }) => status)).toEqual([503, 503, 202])
    // Retries within one flush carry the very same body: a failure is not a new group nor a new alert.
    expect(attempts[1]?.body).toEqual(attempts[0]?.body)
    expect(attempts[2]?.body.groupKey).toBe(attempts[0]?.body.groupKey)
  })

  test('sends a delivered group again after kill -9 and a restart, with the same group key and start', async () => {
    const crn = syntheticCrn(5)
    exporter.startFailing(crn)
    const before = await waitUntil('the first webhook', () => recorder.webhooks(crn)[0], DELIVERY)
    await alertmanager.kill()
    const delivered = recorder.webhooks(crn).length
    await alertmanager.restart()
    const after = await waitUntil('the webhook after the restart', () => recorder.webhooks(crn)[delivered], DELIVERY)
    exporter.stopFailing(crn)

    expect(after.body.groupKey).toBe(before.body.groupKey)
    const identity = ({ alerts }: WebhookMessage): string[] =>
      alerts.map(({ fingerprint, status, startsAt }) => `${fingerprint} ${status} ${startsAt}`)
    expect(identity(after.body)).toEqual(identity(before.body))
  })

  test('sends nothing of another shape than the tests expect', () => {
    expect(recorder.faults).toEqual([])
  })
})

describe('two real Alertmanagers', () => {
  test('both send the same group when their gossip is cut', async () => {
    const pair = await startAlertmanagerPair({ config, gossip: false })
    try {
      const labels = kpEventsAlertLabels(syntheticCrn(6))
      for (const alertmanager of pair) await alertmanager.postAlerts([{ labels }])
      const delivered = (): WebhookMessage[] => recorder.webhooks(syntheticCrn(6)).map(({ body }) => body)
      await waitUntil('both webhooks', () => delivered().length >= 2)
      expect(new Set(delivered().map(({ groupKey }) => groupKey)).size).toBe(1)
    } finally {
      await Promise.all(pair.map((alertmanager) => alertmanager.stop()))
    }
  })

  test('see each other when they may gossip', async () => {
    const pair = await startAlertmanagerPair({ config, gossip: true })
    try {
      await waitUntil('both to list two peers', async () => {
        const statuses = await Promise.all(pair.map(async ({ url }) => await (await fetch(`${url}/metrics`)).text()))
        return statuses.every((metrics) => metrics.includes('alertmanager_cluster_members 2\n'))
      })
    } finally {
      await Promise.all(pair.map((alertmanager) => alertmanager.stop()))
    }
  })
})
