import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AlertmanagerSandbox, startAlertmanagerSandbox } from '../sandbox/alertmanager/alertmanager.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { createAlertmanagerClient } from '../src/clients/alertmanager.ts'
import { DEFAULT_POLICY } from '../src/config/policy.ts'
import { fixedPolicy } from '../src/config/policy-source.ts'
import { fingerprintOf } from '../src/evidence/alert-fingerprint.ts'
import { dedupKeyOf } from '../src/model/identity.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { Sweep } from '../src/sweep.ts'
import { createLogger } from '../src/telemetry/log.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { type IngressScene, setIngressScene } from './handlers/pagerduty/scene.ts'
import { aCase, anAlert, CLUSTER_ID, crnOf, labelsOf, MINUTE_MS, NOW_MS, OTHER_CLUSTER_ID } from './support/builders.ts'
import { waitUntil } from './support/wait-until.ts'

const GROUP_KEY = '{}:{alertname="ArmadaKPEventsProcessingErrors"}'
const KEY = dedupKeyOf(GROUP_KEY)

function alertObject(clusterId = CLUSTER_ID) {
  const labels = labelsOf(clusterId)
  const startsAt = new Date(Date.now() - MINUTE_MS).toISOString()
  const endsAt = '0001-01-01T00:00:00Z'
  return { status: 'firing', labels, annotations: {}, startsAt, endsAt, fingerprint: fingerprintOf(labels) }
}

function webhookBody(truncatedAlerts = 0) {
  return {
    version: '4',
    groupKey: GROUP_KEY,
    truncatedAlerts,
    status: 'firing',
    receiver: 'kp\\.events',
    groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    alerts: [alertObject()],
  }
}

describe('a sweep of PagerDuty, without webhooks', () => {
  let sandbox: Sandbox
  let scene: IngressScene
  beforeEach(async () => {
    sandbox = await startSandbox()
  })
  afterEach(async () => {
    await scene.stop()
    await sandbox.close()
  })

  async function snoozed() {
    scene = await setIngressScene({ sandbox, hasWebhooks: false })
    scene.sayBusy(CLUSTER_ID)
    sandbox.pagerduty.trigger({ dedupKey: KEY })
    await scene.postAlertmanager(webhookBody())
    return scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
  }

  test('finds an incident that was open before the start, and makes a case of it', async () => {
    sandbox.pagerduty.trigger({ dedupKey: KEY, details: { firing: [alertObject()], num_firing: 1 } })
    sandbox.pagerduty.trigger({ dedupKey: 'b'.repeat(64), summary: 'disk full' })
    scene = await setIngressScene({ sandbox, hasWebhooks: false })
    scene.sayBusy(CLUSTER_ID)
    await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
    expect(await scene.cases()).toHaveLength(1)
  })

  test('sees that a person took a snoozed incident', async () => {
    const { incident } = await snoozed()
    sandbox.pagerduty.humanAcknowledges(incident?.id ?? '')
    const shown = await scene.awaitCase('the take-over', ({ state }) => state === 'handed-over')
    expect(shown.plan.headline).toBe('Handed over: Ada Example has it')
  })

  test('sees that a person reassigned a snoozed incident', async () => {
    const { incident } = await snoozed()
    sandbox.pagerduty.humanReassigns(incident?.id ?? '')
    await scene.awaitCase('the take-over', ({ state }) => state === 'handed-over')
  })

  test('sees that an incident is over while its group still fires, and then a new incident of the group', async () => {
    const { incident } = await snoozed()
    sandbox.pagerduty.humanResolves(incident?.id ?? '')
    await scene.awaitCase('the word', ({ plan }) => plan.headline?.startsWith('Resolved in PagerDuty') === true)
    sandbox.pagerduty.trigger({ dedupKey: KEY })
    const shown = await scene.awaitCase('the second snooze', ({ state }) => state === 'snoozed')
    expect(shown.incidents).toHaveLength(2)
  })

  test('leaves a snoozed case alone while nobody acts', async () => {
    await snoozed()
    const before = await scene.metric('sweeps_total{outcome="done"}')
    const count = () => sandbox.requests.of('pagerduty').filter(({ path }) => path.includes('log_entries')).length
    const reads = count()
    await waitUntil('two sweeps', async () => (await scene.metric('sweeps_total{outcome="done"}')) >= before + 2)
    expect(count()).toBe(reads)
  })
})

describe('a truncated group', () => {
  let alertmanager: AlertmanagerSandbox
  let scene: IngressScene
  beforeEach(async () => {
    alertmanager = await startAlertmanagerSandbox()
    scene = await setIngressScene({ alertmanager, hasWebhooks: false })
    for (const clusterId of [CLUSTER_ID, OTHER_CLUSTER_ID]) {
      scene.sayBusy(clusterId)
      alertmanager.alerts.push({ ...alertObject(clusterId), receivers: ['kp.events'] })
    }
    alertmanager.alerts.push({ ...alertObject('d'.repeat(20)), receivers: ['another'] })
    alertmanager.alerts.push({ ...alertObject('e'.repeat(20)), receivers: ['kp.events'], state: 'suppressed' })
    scene.sandbox.pagerduty.trigger({ dedupKey: KEY })
  })
  afterEach(async () => {
    await scene.stop()
    await alertmanager.close()
  })

  test('is completed from Alertmanager and judged whole', async () => {
    await scene.postAlertmanager(webhookBody(1))
    const shown = await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
    expect(shown.alerts.map(({ crn }) => crn).sort()).toEqual(
      [CLUSTER_ID, OTHER_CLUSTER_ID].map((id) => crnOf(id)).sort(),
    )
  })

  test('that Alertmanager does not tell is not snoozed, and is once it does', async () => {
    alertmanager.failsWith = 503
    await scene.postAlertmanager(webhookBody(1))
    const shown = await scene.awaitCase('the hand-over', ({ state }) => state === 'handed-over')
    expect(shown.plan.refusals.map(({ rail }) => rail)).toContain('truncated-group')
    alertmanager.failsWith = null
    await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
  })

  test('of which Alertmanager lacks an alert that we hold stays for a person', async () => {
    alertmanager.alerts.shift()
    await scene.postAlertmanager(webhookBody(1))
    const shown = await scene.awaitCase('the hand-over', ({ state }) => state === 'handed-over')
    expect(shown.plan.refusals.map(({ rail }) => rail)).toContain('truncated-group')
    expect(alertmanager.calls).toBeGreaterThan(0)
  })
})

describe('a sweep of Alertmanager', () => {
  let directory: string
  let store: Store
  let alertmanager: AlertmanagerSandbox
  let nowMs: number
  let said: string[]
  let woken: string[]
  let sweep: Sweep
  const metrics = createMetrics()

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kp-sweep-'))
    nowMs = NOW_MS
    store = await openSqliteStore(directory, nowMs)
    alertmanager = await startAlertmanagerSandbox()
    said = []
    woken = []
    const now = () => nowMs
    sweep = new Sweep({
      store,
      policy: fixedPolicy(DEFAULT_POLICY),
      pagerduty: null,
      alertmanager: createAlertmanagerClient({ url: alertmanager.url, now }),
      nudge: () => {},
      wake: async (groupKey) => void woken.push(groupKey),
      say: async (text) => void said.push(text),
      tellOwed: async () => {},
      metrics,
      now,
      logger: createLogger('silent'),
    })
  })
  afterEach(async () => {
    await alertmanager.close()
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function afterMinutes(minutes: number) {
    nowMs = NOW_MS + minutes * MINUTE_MS
    await sweep.once()
  }

  test('says once, after five minutes, that an alert fires which no case holds', async () => {
    alertmanager.alerts.push({ ...alertObject(), receivers: ['kp-events'] })
    await afterMinutes(0)
    await afterMinutes(4)
    expect(said).toEqual([])
    await afterMinutes(6)
    await afterMinutes(8)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(CLUSTER_ID)
    expect(await metrics.text()).toContain('kp_responder_alerts_without_case 1')
  })

  test('says nothing of alerts that are silenced, of another name, or held by a case', async () => {
    await store.saveCase(aCase({ alerts: [anAlert({ fingerprint: alertObject().fingerprint })] }), {
      mergedUpTo: null,
      isSettled: true,
    })
    const other = alertObject(OTHER_CLUSTER_ID)
    alertmanager.alerts.push(
      { ...alertObject(), receivers: ['kp-events'] },
      { ...other, receivers: ['kp-events'], state: 'suppressed' },
      { ...other, labels: { ...other.labels, alertname: 'Other' }, fingerprint: 'f'.repeat(16), receivers: [] },
    )
    for (const minutes of [0, 10, 20]) await afterMinutes(minutes)
    expect(said).toEqual([])
    expect(woken).toEqual([])
  })

  test('has an open case looked at whose alerts Alertmanager has not known for five minutes', async () => {
    await store.saveCase(aCase(), { mergedUpTo: null, isSettled: true })
    await afterMinutes(0)
    await afterMinutes(4)
    expect(woken).toEqual([])
    await afterMinutes(5)
    expect(woken).toEqual([GROUP_KEY])
  })

  test('takes an Alertmanager that does not answer for unavailable, not for one without alerts', async () => {
    await store.saveCase(aCase(), { mergedUpTo: null, isSettled: true })
    await afterMinutes(0)
    alertmanager.failsWith = 500
    await afterMinutes(6)
    expect(woken).toEqual([])
    expect(await metrics.text()).toContain('kp_responder_sweeps_total{outcome="failed"} 1')
  })
})
