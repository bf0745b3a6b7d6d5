import { createHash } from 'node:crypto'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { kpEventsAlertLabels, syntheticClusterId, syntheticCrn } from '../real/kp-events-alert.ts'
import { KP_EVENTS_BOT } from '../support/responder-process.ts'

/** Policy under which many clusters at once are no storm, and what may have been sent is looked for soon. */
export const NO_STORM = {
  storm: { clusters: 10_000, perRegion: 10_000 },
  budgets: { snoozesPerHour: 10_000, issuesPerHour: 10_000 },
  windows: { probe: '1s' },
}

/** What each busy cluster comes to, once: each effect by its name in the sandbox's ledger. */
export const SNOOZED_ONCE = { acknowledge: 1, snooze: 1, note: 1, message: 1 }

/** One busy cluster: the group of its alert, its webhook, and the key of its incident. */
export interface BusyCluster {
  groupKey: string
  webhook: unknown
  dedupKey: string
}

/** The bot says of each cluster that it is busy, and PagerDuty has its incident: all that is missing is the webhook. */
export function setBusyClusters(sandbox: Sandbox, count: number, first = 1): BusyCluster[] {
  return Array.from({ length: count }, (_, at) => {
    const number = first + at
    sandbox.slack.post({
      channel: SLACK_CHANNELS.kpEventsAlerts.id,
      author: { botId: KP_EVENTS_BOT, username: 'kp-events' },
      shape: 'alertmanager',
      text: `cluster ${syntheticClusterId(number)}: error completing request, the cluster is busy with another KMS action`,
    })
    const groupKey = `{}:{CRN="${syntheticCrn(number)}", alertname="ArmadaKPEventsProcessingErrors"}`
    const dedupKey = createHash('sha256').update(groupKey).digest('hex')
    sandbox.pagerduty.trigger({ dedupKey })
    return { groupKey, dedupKey, webhook: toWebhook(groupKey, number) }
  })
}

/** How often the responder did each effect to each incident, by the sandbox's ledger; messages to Slack are counted apart. */
export function effectsOf(sandbox: Sandbox, clusters: readonly BusyCluster[]) {
  const ours = sandbox.ledger.entries().filter(({ actor }) => actor === 'responder')
  return clusters.map(({ dedupKey }) => {
    const incidentId = sandbox.pagerduty.byKey(dedupKey)?.id
    const count = (effect: string) => ours.filter((one) => one.effect === effect && one.target === incidentId).length
    return { acknowledge: count('acknowledge'), snooze: count('snooze'), note: count('note') }
  })
}

/** Messages that the responder posted into the notify channel. */
export function messagesOf(sandbox: Sandbox): number {
  return sandbox.ledger.of('message').filter(({ actor }) => actor === 'responder').length
}

function toWebhook(groupKey: string, number: number) {
  const labels = kpEventsAlertLabels(syntheticCrn(number))
  return {
    version: '4',
    groupKey,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'kp-events',
    groupLabels: { alertname: labels.alertname, CRN: labels.CRN },
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.com',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: {},
        startsAt: new Date().toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus.example.com/graph',
        fingerprint: number.toString(16).padStart(16, '0'),
      },
    ],
  }
}
