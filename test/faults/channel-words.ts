import { clusterIdOf } from '../../demo/alertmanager.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'

export const SECRETS = {
  webhook: 'webhook-token-0123456789',
  operator: 'operator-token-0123456789',
  slack: 'sandbox-signing-secret',
  pagerduty: 'pagerduty-webhook-secret-0123456789',
} as const

/** Who posts the error texts, the master operations and the deletions. */
export const AUTHORS = { kpEvents: 'B0KPEVENTS', deploy: 'B0DEPLOYER' } as const

export const BUSY = 'error completing request, the cluster is busy with another KMS action'
export const NO_RECORD = 'Error finding ETCD info'

/** So many clusters are no storm, no hour's budget ends, and what may have been sent is looked for soon. */
export const POLICY = {
  channels: {
    kpEventsAlerts: { authors: [AUTHORS.kpEvents] },
    deployFailure: { authors: [AUTHORS.deploy], maxSilence: 0 },
    deployAlerts: { authors: [AUTHORS.deploy] },
  },
  windows: { probe: '250ms', sweep: '1h' },
  budgets: { snoozesPerHour: 100_000, issuesPerHour: 100_000 },
  storm: { clusters: 100_000, perRegion: 100_000 },
}

interface Words {
  text?: string
  channel?: keyof typeof SLACK_CHANNELS
}

/** A bot says a text of the cluster: that it is busy, in #armada-kp-events-alerts, where nothing else is named. Returns its ts. */
export function say(sandbox: Sandbox, cluster: string, botId: string, words: Words = {}): string {
  const { text = BUSY, channel = 'kpEventsAlerts' } = words
  return sandbox.slack.post({
    channel: SLACK_CHANNELS[channel].id,
    author: { botId, username: 'bot' },
    shape: 'text',
    text: `cluster ${clusterIdOf(cluster)}: ${text}`,
  })
}

export function sayBusy(sandbox: Sandbox, ...clusters: readonly string[]): void {
  for (const cluster of clusters) say(sandbox, cluster, AUTHORS.kpEvents)
}

/** The cluster has no etcd record, and its deletion completed. */
export function sayOrphaned(sandbox: Sandbox, ...clusters: readonly string[]): void {
  for (const cluster of clusters) {
    say(sandbox, cluster, AUTHORS.deploy, { channel: 'deployAlerts', text: 'deletion completed' })
    say(sandbox, cluster, AUTHORS.kpEvents, { text: NO_RECORD })
  }
}
