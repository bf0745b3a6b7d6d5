import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { CRN } from './a-case.ts'
import { GROUP_KEY, webhook, webhookAlert } from './a-webhook.ts'
import { asAlertmanager, SECOND_WEBHOOK_TOKEN, startTestServer, type TestServer } from './test-server.ts'

const URL = '/webhooks/alertmanager'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer()
})
afterEach(() => running.close())

async function send(
  payload: string | Buffer | Record<string, unknown>,
  headers: Record<string, string> = asAlertmanager,
) {
  const { statusCode, body } = await running.server.inject({ method: 'POST', url: URL, headers, payload })
  return { statusCode, body }
}

describe('a webhook of Alertmanager', () => {
  test('is answered 202 once its group is durable and due, and the service is nudged', async () => {
    expect(await send(webhook())).toEqual({ statusCode: 202, body: '{"status":"accepted"}' })
    const [delivery] = await running.store.pending(GROUP_KEY)
    expect(delivery?.update).toEqual({
      groupKey: GROUP_KEY,
      receiver: 'kp\\.events',
      groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
      commonLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
      externalUrl: 'http://alertmanager:9093',
      truncatedAlerts: 0,
      alerts: [
        {
          fingerprint: '0123456789abcdef',
          status: 'firing',
          labels: { alertname: 'ArmadaKPEventsProcessingErrors', CRN },
          annotations: { summary: 'KP events fail' },
          startsAtMs: Date.parse('2026-11-22T11:50:00.123Z'),
          endsAtMs: null,
          generatorUrl: 'http://prometheus:9090/graph',
        },
      ],
    })
    expect(await running.store.due(running.clock.nowMs, 10)).toEqual([GROUP_KEY])
    expect(running.operations.nudges).toBe(1)
  })

  test('is stored once however often it is sent, while it waits', async () => {
    for (let copy = 0; copy < 3; copy += 1) await send(webhook())
    expect(await running.store.pending(GROUP_KEY)).toHaveLength(1)
    expect(await running.store.books()).toMatchObject({ accepted: 3, done: 2, pending: 1 })
  })

  test('keeps the alerts of policy and counts the others as done', async () => {
    const other = webhookAlert({ labels: { alertname: 'Other' }, fingerprint: 'ffffffffffffffff' })
    await send(webhook({ alerts: [other, webhookAlert(), webhookAlert({ labels: {}, fingerprint: 'e' })] }))
    expect((await running.store.pending(GROUP_KEY))[0]?.update.alerts).toHaveLength(1)
    expect(await running.store.books()).toMatchObject({ accepted: 3, done: 2, pending: 1 })
  })

  test('with no alert of policy needs no case', async () => {
    expect(await send(webhook({ alerts: [webhookAlert({ labels: { alertname: 'Watchdog' } })] }))).toMatchObject({
      statusCode: 202,
    })
    expect(await running.store.books()).toMatchObject({ accepted: 1, done: 1, pending: 0 })
    expect(running.operations.nudges).toBe(0)
  })

  test.each([
    ['firing first', ['firing', 'resolved']],
    ['resolved first', ['resolved', 'firing']],
  ])('that tells one alert both firing and resolved, %s, ends with the firing one', async (_name, statuses) => {
    await send(webhook({ alerts: statuses.map((status) => webhookAlert({ status, endsAt: '2026-11-22T11:55:00Z' })) }))
    const [delivery] = await running.store.pending(GROUP_KEY)
    expect(delivery?.update.alerts.map(({ status }) => status)).toEqual(['resolved', 'firing'])
  })

  test('of another version is kept for people', async () => {
    expect(await send(webhook({ version: '5', alerts: [{}, {}] }))).toMatchObject({ statusCode: 202 })
    expect(await running.store.books()).toMatchObject({ accepted: 2, quarantined: 2, pending: 0 })
  })

  test('of more than 2,000 alerts is cut and marked as truncated', async () => {
    const alerts = Array.from({ length: 2_003 }, (_unused, index) =>
      webhookAlert({ fingerprint: index.toString(16).padStart(16, '0') }),
    )
    expect(await send(webhook({ alerts, truncatedAlerts: 4 }))).toMatchObject({ statusCode: 202 })
    const [delivery] = await running.store.pending(GROUP_KEY)
    expect(delivery?.update.alerts).toHaveLength(2_000)
    expect(delivery?.update.truncatedAlerts).toBe(7)
    expect(await running.store.books()).toMatchObject({ accepted: 2_003, done: 3, pending: 2_000 })
  })

  test('has long values cut and marked, with a contradicting CRN behind the cut kept', async () => {
    const other = CRN.replace('us-south', 'eu-de')
    await send(webhook({ alerts: [webhookAlert({ annotations: { description: `${'x '.repeat(600_000)}${other}` } })] }))
    const description = (await running.store.pending(GROUP_KEY))[0]?.update.alerts[0]?.annotations.description ?? ''
    expect(description.length).toBeLessThan(8_200)
    expect(description).toContain('[cut]')
    expect(description).toContain(other)
  })

  test('with more labels than are kept is for a person', async () => {
    const labels = Object.fromEntries(Array.from({ length: 5_000 }, (_unused, index) => [`l${index}`, 'v']))
    await send(
      webhook({ alerts: [webhookAlert({ labels: { alertname: 'ArmadaKPEventsProcessingErrors', CRN, ...labels } })] }),
    )
    expect((await running.store.pending(GROUP_KEY))[0]?.update.truncatedAlerts).toBe(1)
  })

  test('with one fingerprint for two clusters is for a person: one of the two would be lost', async () => {
    const other = { alertname: 'ArmadaKPEventsProcessingErrors', CRN: CRN.replace('us-south', 'eu-de') }
    await send(webhook({ alerts: [webhookAlert(), webhookAlert({ labels: other })] }))
    expect((await running.store.pending(GROUP_KEY))[0]?.update.truncatedAlerts).toBe(1)
  })

  test('takes labels named like parts of an object as data', async () => {
    const labels = {
      alertname: 'ArmadaKPEventsProcessingErrors',
      toString: 'a',
      hasOwnProperty: 'b',
      constructor: 'c',
      valueOf: 'd',
    }
    expect(await send(webhook({ alerts: [webhookAlert({ labels })] }))).toMatchObject({ statusCode: 202 })
    expect((await running.store.pending(GROUP_KEY))[0]?.update.alerts[0]?.labels).toEqual(labels)
  })

  test('has the secrets in its texts masked before it is stored', async () => {
    await send(webhook({ alerts: [webhookAlert({ annotations: { d: 'token xoxb-1234567890-abcdefgh' } })] }))
    expect(JSON.stringify(await running.store.pending(GROUP_KEY))).not.toContain('xoxb-1234567890')
  })

  test('with either of two tokens is accepted while they are rotated', async () => {
    const headers = { ...asAlertmanager, authorization: `bearer ${SECOND_WEBHOOK_TOKEN}` }
    expect(await send(webhook(), headers)).toMatchObject({ statusCode: 202 })
  })
})
