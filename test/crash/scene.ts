import { createHash } from 'node:crypto'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { kpEventsAlertLabels, syntheticClusterId, syntheticCrn } from '../real/kp-events-alert.ts'
import { KP_EVENTS_BOT, type ResponderProcess, type ShownCase, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Longer than the slowest retry, Slack's of 15 s. */
export const SETTLING = { timeoutMs: 100_000 }

/** One cluster that is busy, the upstreams, and a live responder that learns of it when the test says so. */
export interface Scene {
  sandbox: Sandbox
  responder: ResponderProcess
  /** The responder's writes that an upstream committed, by kind. */
  effects: () => Record<string, number>
  /** Posts the alert of the cluster as Alertmanager's webhook, and returns the status. */
  postAlert: (status?: 'firing' | 'resolved') => Promise<number>
  /** Opens the PagerDuty incident of the alert's group. */
  openIncident: () => void
  /** The bot says in Slack that the cluster is busy. */
  sayBusy: () => void
  incident: () => NonNullable<ReturnType<Sandbox['pagerduty']['byKey']>>
  /** The one case, once `isThere` accepts it. */
  awaitCase: (what: string, isThere: (shown: ShownCase) => boolean) => Promise<ShownCase>
  /** What the case's one message in the notify channel says. */
  slackText: () => string
  stop: () => Promise<void>
}

/** A scene in which nothing has happened yet but, unless `isSaid` is false, the message of the busy cluster. */
export async function setScene({ isSaid = true }: { isSaid?: boolean } = {}): Promise<Scene> {
  const sandbox = await startSandbox()
  const sayBusy = (): void =>
    void sandbox.slack.post({
      channel: SLACK_CHANNELS.kpEventsAlerts.id,
      author: { botId: KP_EVENTS_BOT, username: 'kp-events' },
      shape: 'alertmanager',
      text: `cluster ${syntheticClusterId(1)}: error completing request, the cluster is busy with another KMS action`,
    })
  if (isSaid) sayBusy()
  // What was sent is looked for soon, so that the tests need not wait for the usual half minute.
  const responder = await startResponder({ sandboxUrl: sandbox.url, policy: { windows: { probe: '1s' } } }).catch(
    async (error: unknown) => {
      await sandbox.close()
      throw error
    },
  )
  const startsAt = new Date().toISOString()
  const groupKey = `{}:{CRN="${syntheticCrn(1)}", alertname="ArmadaKPEventsProcessingErrors"}`
  const dedupKey = createHash('sha256').update(groupKey).digest('hex')

  return {
    sandbox,
    responder,
    effects() {
      const counts: Record<string, number> = {}
      for (const { actor, effect } of sandbox.ledger.entries()) {
        if (actor === 'responder') counts[effect] = (counts[effect] ?? 0) + 1
      }
      return counts
    },
    postAlert: (status = 'firing') => responder.postWebhook(toWebhook({ groupKey, startsAt, status })),
    openIncident: () => void sandbox.pagerduty.trigger({ dedupKey }),
    sayBusy,
    incident() {
      const incident = sandbox.pagerduty.byKey(dedupKey)
      if (!incident) throw new Error('no incident was opened')
      return incident
    },
    async awaitCase(what, isThere) {
      let last: ShownCase | undefined
      try {
        return await waitUntil(
          what,
          async () => {
            ;[last] = await responder.cases()
            return last && isThere(last) ? last : null
          },
          SETTLING,
        )
      } catch (error) {
        throw new Error(`waited in vain for ${what}; the case is ${JSON.stringify(last)}`, { cause: error })
      }
    },
    slackText() {
      const posted = sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)
      return posted.map(({ text }) => text).join('\n')
    },
    async stop() {
      await responder.stop()
      await sandbox.close()
    },
  }
}

function toWebhook({ groupKey, startsAt, status }: { groupKey: string; startsAt: string; status: string }) {
  const labels = kpEventsAlertLabels(syntheticCrn(1))
  return {
    version: '4',
    groupKey,
    truncatedAlerts: 0,
    status,
    receiver: 'kp-events',
    groupLabels: { alertname: labels.alertname, CRN: labels.CRN },
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.com',
    alerts: [
      {
        status,
        labels,
        annotations: {},
        startsAt,
        endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date().toISOString(),
        generatorURL: 'http://prometheus.example.com/graph',
        fingerprint: '0123456789abcdef',
      },
    ],
  }
}
