import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { LedgerEntry } from '../../sandbox/ledger.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import {
  type Alertmanager,
  alertmanagerConfig,
  startAlertmanager,
  startAlertmanagerPair,
} from '../real/alertmanager.ts'
import { type Exporter, startExporter } from '../real/exporter.ts'
import {
  CARRIER_LABELS,
  CARRIER_PROMETHEUS_URL,
  kpEventsAlertLabels,
  kpEventsRules,
  syntheticClusterId,
  syntheticCrn,
} from '../real/kp-events-alert.ts'
import { type Prometheus, startPrometheus } from '../real/prometheus.ts'
import {
  KP_EVENTS_BOT,
  type ResponderProcess,
  type ShownCase,
  startResponder,
  WEBHOOK_TOKEN,
} from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(120_000)
/** Longer than a rule window and two flushes of a group. */
const DELIVERY = { timeoutMs: 90_000 }

let sandbox: Sandbox
let responder: ResponderProcess
let config: string

beforeAll(async () => {
  sandbox = await startSandbox()
  for (const number of [1, 2, 3]) {
    sandbox.slack.post({
      channel: SLACK_CHANNELS.kpEventsAlerts.id,
      author: { botId: KP_EVENTS_BOT, username: 'kp-events' },
      shape: 'alertmanager',
      text: `cluster ${syntheticClusterId(number)}: error completing request, the cluster is busy with another KMS action`,
    })
  }
  responder = await startResponder({
    sandboxUrl: sandbox.url,
    environment: { HEARTBEAT_URL: `${sandbox.url}/heartbeat/responder` },
  })
  config = alertmanagerConfig({
    webhook: { url: `${responder.url}/webhooks/alertmanager`, token: WEBHOOK_TOKEN },
    pagerduty: {
      url: `${sandbox.url}/pagerduty-events/v2/enqueue`,
      routingKey: sandbox.pagerduty.settings.routingKey,
    },
    groupInterval: '3s',
    repeatInterval: '6s',
    watchdogEvery: '1s',
  })
})

afterAll(async () => {
  await responder?.stop()
  await sandbox?.close()
})

/** The responder's writes to an incident, in order. */
function writesTo(incidentId: string): Pick<LedgerEntry, 'effect' | 'detail'>[] {
  return sandbox.ledger.entries().filter(({ actor, target }) => actor === 'responder' && target === incidentId)
}

function expectSnoozedOnce(incidentId: string): void {
  expect(writesTo(incidentId).map(({ effect }) => effect)).toEqual(['acknowledge', 'snooze', 'note'])
  expect(writesTo(incidentId)[1]?.detail.seconds).toBe(7_200)
}

/** The case of the cluster, once `isThere` accepts it. */
async function awaitCase(number: number, what: string, isThere: (shown: ShownCase) => boolean): Promise<ShownCase> {
  let last: ShownCase | undefined
  const look = async (): Promise<ShownCase | null> => {
    last = (await responder.cases()).find(({ alerts }) => alerts.some(({ crn }) => crn === syntheticCrn(number)))
    return last && isThere(last) ? last : null
  }
  try {
    return await waitUntil(what, look, DELIVERY)
  } catch (error) {
    throw new Error(`waited in vain for ${what}; the case is ${JSON.stringify(last)}\n${responder.output()}`, {
      cause: error,
    })
  }
}

function awaitSnoozed(number: number, incidents = 1): Promise<ShownCase> {
  return awaitCase(number, 'the snooze', (shown) => shown.state === 'snoozed' && shown.incidents.length === incidents)
}

/** Resolves when so many more alerts were accepted than now. */
async function moreAccepted(count: number): Promise<void> {
  const { accepted } = await responder.books()
  await waitUntil('more webhooks', async () => (await responder.books()).accepted >= accepted + count, DELIVERY)
}

/** What the messages about the cluster in the notify channel say now. */
function slackTexts(number: number): string[] {
  const posted = sandbox.ledger.of('message').filter((entry) => isAbout(entry, syntheticClusterId(number)))
  const own = sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)
  return own.filter(({ ts }) => posted.some(({ detail }) => detail.ts === ts)).map(({ text }) => text)
}

function isAbout({ detail }: LedgerEntry, clusterId: string): boolean {
  return JSON.stringify(detail).includes(clusterId)
}

describe('a rule of a real Prometheus, a real Alertmanager, PagerDuty and the responder', () => {
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

  test('the incident of Alertmanager’s own dedup key is snoozed once, over repeats and a killed Alertmanager', async () => {
    exporter.startFailing(syntheticCrn(1))
    const shown = await awaitSnoozed(1)
    const incident = sandbox.pagerduty.byKey(shown.dedupKey)
    expect(incident?.id).toBe(shown.incident?.id)
    expectSnoozedOnce(incident?.id ?? '')

    const repeats = (): number => sandbox.ledger.of('alert-merged', incident?.id).length
    await moreAccepted(2)
    await waitUntil('the event to repeat', () => repeats() >= 1, DELIVERY)
    expectSnoozedOnce(incident?.id ?? '')

    await alertmanager.kill()
    const repeated = repeats()
    await alertmanager.restart()
    await moreAccepted(1)
    await waitUntil('the event after the restart', () => repeats() > repeated, DELIVERY)
    const after = await awaitSnoozed(1)
    exporter.stopFailing(syntheticCrn(1))

    expect(after.id).toBe(shown.id)
    expectSnoozedOnce(incident?.id ?? '')
    expect(slackTexts(1)).toEqual([expect.stringMatching(/^Snoozed 2 h: /)])
  })

  test('a resolve ends the case and a firing soon after re-opens it with the second incident snoozed too', async () => {
    exporter.startFailing(syntheticCrn(2))
    const first = await awaitSnoozed(2)
    const firstId = first.incident?.id ?? ''
    expectSnoozedOnce(firstId)

    exporter.stopFailing(syntheticCrn(2))
    await awaitCase(2, 'the end of the case', ({ state }) => state === 'resolved')
    await waitUntil('the incident to be resolved', () => sandbox.pagerduty.incident(firstId).status === 'resolved')
    expect(sandbox.ledger.of('resolve', firstId).map(({ actor }) => actor)).toEqual(['system'])
    await waitUntil('Slack to say so', () => slackTexts(2).every((text) => text.startsWith('Resolved')), DELIVERY)
    expect(slackTexts(2)).toHaveLength(1)
    expectSnoozedOnce(firstId)

    exporter.startFailing(syntheticCrn(2))
    const second = await awaitSnoozed(2, 2)
    exporter.stopFailing(syntheticCrn(2))
    expect(second.id).toBe(first.id)
    const secondId = second.incident?.id ?? ''
    expect(secondId).not.toBe(firstId)
    expectSnoozedOnce(firstId)
    expectSnoozedOnce(secondId)
    expect(sandbox.pagerduty.incident(secondId).notes[0]?.content).toMatch(/snooze 2 of 2/)
    expect(slackTexts(2)).toHaveLength(1)
  })
})

test('a Watchdog that Alertmanager repeats is answered by pings, and is no case', async () => {
  const alertmanager = await startAlertmanager({ config })
  try {
    const cases = (await responder.cases()).length
    await alertmanager.postAlerts([{ labels: { alertname: 'Watchdog', severity: 'none' } }])
    await waitUntil('two pings', () => sandbox.heartbeat.pings.length >= 2, DELIVERY)
    expect(await responder.cases()).toHaveLength(cases)
    expect(sandbox.ledger.entries().filter((entry) => JSON.stringify(entry).includes('Watchdog'))).toEqual([])
  } finally {
    await alertmanager.stop()
  }
})

test('two Alertmanagers that do not see each other cause one set of effects', async () => {
  const pair = await startAlertmanagerPair({ config, gossip: false })
  try {
    const labels = kpEventsAlertLabels(syntheticCrn(3))
    await Promise.all(pair.map((alertmanager) => alertmanager.postAlerts([{ labels }])))
    const shown = await awaitSnoozed(3)
    const incidentId = shown.incident?.id ?? ''
    await waitUntil('the event of the other', () => sandbox.ledger.of('alert-merged', incidentId).length >= 1, DELIVERY)
    await moreAccepted(2)
    expectSnoozedOnce(incidentId)
    expect(slackTexts(3)).toHaveLength(1)
  } finally {
    await Promise.all(pair.map((alertmanager) => alertmanager.stop()))
  }
})
