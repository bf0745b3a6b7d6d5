import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { fingerprintOf } from '../../../src/evidence/alert-fingerprint.ts'
import { dedupKeyOf } from '../../../src/model/identity.ts'
import { CLUSTER_ID, labelsOf } from '../../support/builders.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { type IngressScene, setIngressScene } from './scene.ts'

jest.setTimeout(90_000)

const GROUP_KEY = '{}:{alertname="ArmadaKPEventsProcessingErrors"}'
const KEY = dedupKeyOf(GROUP_KEY)

let scene: IngressScene
beforeEach(async () => {
  scene = await setIngressScene()
})
afterEach(() => scene.stop())

function alertObject(status = 'firing') {
  const labels = labelsOf(CLUSTER_ID)
  const startsAt = new Date(Date.now() - 60_000).toISOString()
  const endsAt = status === 'firing' ? '0001-01-01T00:00:00Z' : new Date().toISOString()
  return { status, labels, annotations: {}, startsAt, endsAt, generatorURL: '', fingerprint: fingerprintOf(labels) }
}

function webhookBody(status = 'firing') {
  return {
    version: '4',
    groupKey: GROUP_KEY,
    truncatedAlerts: 0,
    status,
    receiver: 'kp-events',
    groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    commonLabels: {},
    externalURL: '',
    alerts: [alertObject(status)],
  }
}

async function snoozed() {
  scene.sayBusy(CLUSTER_ID)
  scene.sandbox.pagerduty.trigger({ dedupKey: KEY, details: { firing: [alertObject()], num_firing: 1 } })
  await scene.postAlertmanager(webhookBody())
  return scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
}

describe('an incident of a known case', () => {
  test('that a person acknowledges hands the snoozed case over, and Slack says it once', async () => {
    const { incident } = await snoozed()
    scene.sandbox.pagerduty.humanAcknowledges(incident?.id ?? '')
    const shown = await scene.awaitCase('the take-over', ({ state }) => state === 'handed-over')
    expect(shown.plan.headline).toBe('Handed over: Ada Example has it')
    await waitUntil('Slack to say it', () => scene.slackText().includes('Handed over: Ada Example has it'))
    scene.sandbox.pagerduty.humanNotes(incident?.id ?? '', 'looking')
    await scene.webhooks?.settled()
    expect((await scene.cases())[0]?.timeline.filter(({ what }) => what.startsWith('Handed over'))).toHaveLength(1)
  })

  test('that is resolved in PagerDuty while the group still fires is said in Slack', async () => {
    const { incident } = await snoozed()
    scene.sandbox.pagerduty.humanResolves(incident?.id ?? '')
    await scene.awaitCase('the word', ({ plan }) => plan.headline?.startsWith('Resolved in PagerDuty') === true)
    await waitUntil('Slack to say it', () => scene.slackText().includes('Resolved in PagerDuty, but the alerts still'))
  })

  test('that only we acted on leads to no further look', async () => {
    await snoozed()
    await scene.webhooks?.settled()
    expect(scene.webhooks?.sent.map(({ event }) => event.event_type)).toEqual(
      expect.arrayContaining(['incident.acknowledged', 'incident.annotated']),
    )
    await waitUntil(
      'every event to be counted',
      async () => (await scene.metric('incident_events_total{type="incident.annotated",outcome="own"}')) === 1,
    )
    expect(scene.sandbox.ledger.of('note')).toHaveLength(1)
  })
})

describe('an incident that no case knows', () => {
  test('opens a case from its details when Alertmanager says nothing, and is snoozed by its key', async () => {
    scene.sayBusy(CLUSTER_ID)
    scene.sandbox.pagerduty.trigger({ dedupKey: KEY, details: { firing: [alertObject()], num_firing: 1 } })
    const shown = await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
    expect(shown).toMatchObject({ dedupKey: KEY, alerts: [{ fingerprint: alertObject().fingerprint }] })
  })

  test('and Alertmanager’s later word about its group join one case, which ends with it', async () => {
    scene.sayBusy(CLUSTER_ID)
    scene.sandbox.pagerduty.trigger({ dedupKey: KEY, details: { firing: [alertObject()], num_firing: 1 } })
    const before = await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
    await scene.postAlertmanager(webhookBody())
    await scene.awaitCase('the join', ({ updatedAt }) => updatedAt > before.updatedAt)
    expect(await scene.cases()).toHaveLength(1)
    await scene.postAlertmanager(webhookBody('resolved'))
    await scene.awaitCase('the end', ({ state }) => state === 'resolved')
    await scene.postAlertmanager(webhookBody())
    const shown = await scene.awaitCase('the case to be open again', ({ state }) => state !== 'resolved')
    expect(shown.id).toBe(before.id)
  })

  test('with fewer alerts in its details than fire is never snoozed', async () => {
    scene.sayBusy(CLUSTER_ID)
    scene.sandbox.pagerduty.trigger({ dedupKey: KEY, details: { firing: [alertObject()], num_firing: '2' } })
    const shown = await scene.awaitCase('the hand-over', ({ state }) => state === 'handed-over')
    expect(shown.plan.refusals.map(({ rail }) => rail)).toContain('truncated-group')
    expect(scene.sandbox.ledger.of('snooze')).toEqual([])
  })

  test('and ends with it where Alertmanager never said a word', async () => {
    scene.sandbox.pagerduty.trigger({ dedupKey: KEY, details: { firing: [alertObject()], num_firing: 1 } })
    await scene.awaitCase('the hand-over', ({ state }) => state === 'handed-over')
    scene.sandbox.pagerduty.humanResolves(scene.sandbox.pagerduty.byKey(KEY)?.id ?? '')
    await scene.awaitCase('the end', ({ state }) => state === 'resolved')
  })

  test('of another key is matched by its text to the case that lacks one, noted and not snoozed', async () => {
    scene.sayBusy(CLUSTER_ID)
    await scene.postAlertmanager(webhookBody())
    scene.sandbox.pagerduty.trigger({ dedupKey: 'rewritten-key', details: { firing: [alertObject()], num_firing: 1 } })
    const shown = await scene.awaitCase('the match', ({ incident }) => incident !== null)
    const decided = await scene.awaitCase('the hand-over', ({ state }) => state === 'handed-over')
    expect(await scene.cases()).toHaveLength(1)
    expect(shown.timeline.map(({ what }) => what)).toContain('incident 1 found by its text')
    expect(decided.plan.refusals.map(({ rail }) => rail)).toContain('incident-weakly-matched')
    expect(scene.sandbox.ledger.of('note')).toHaveLength(1)
    expect(scene.sandbox.ledger.of('snooze')).toEqual([])
  })

  test('is matched by its key to the case that comes about while its text is read', async () => {
    const { id } = scene.sandbox.pagerduty.trigger({
      dedupKey: KEY,
      details: { firing: [alertObject()], num_firing: 1 },
    })
    scene.sandbox.faults.before(
      { upstream: 'pagerduty', method: 'GET', path: new RegExp(`^/incidents/${id}$`) },
      async () => {
        await scene.postAlertmanager(webhookBody())
        await scene.awaitCase('a case that gathers', ({ state }) => state === 'gathering')
      },
    )
    const shown = await scene.awaitCase('the match', ({ incident }) => incident !== null)
    expect(shown.timeline.map(({ what }) => what)).toContain('incident 1 found by its key')
  })

  test('that names no alert of ours opens no case', async () => {
    scene.sandbox.pagerduty.trigger({ dedupKey: 'a'.repeat(64), summary: 'disk full', details: { firing: 'x' } })
    scene.sandbox.pagerduty.trigger({ dedupKey: KEY, details: { firing: [alertObject()], num_firing: 1 } })
    await scene.awaitCase('the other case', ({ dedupKey }) => dedupKey === KEY)
    expect(await scene.cases()).toHaveLength(1)
  })
})
