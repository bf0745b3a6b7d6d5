import { setTimeout as delay } from 'node:timers/promises'
import { type MessageShape, SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { AUTHORS, MERGE_WINDOW_SECONDS } from '../policy.ts'
import { pollUntil } from '../poll.ts'
import type { Act } from './scenario.ts'

/** The runbook's error text for a cluster that needs time. */
export const BUSY = 'error completing request, the cluster is busy with another KMS action'

const GATHERING_TIMEOUT_MS = 10_000

interface ErrorPost {
  shape?: MessageShape
  /** Which of the group's clusters, counted from 0. Default 0. */
  cluster?: number
}

/** armada-kp-events posts an error text about a cluster of the group. */
export function errorText(text: string, { shape = 'text', cluster = 0 }: ErrorPost = {}): Act {
  return ({ sandbox, clusterId }) => {
    sandbox.slack.post({
      channel: SLACK_CHANNELS.kpEventsAlerts.id,
      author: { botId: AUTHORS.kpEvents, username: 'armada-kp-events' },
      shape,
      text: `Failed to process key event for cluster ${clusterId(cluster)}: ${text}, CorrID=4b7c${cluster}`,
    })
  }
}

/** The deploy bot posts about a master operation of the group's cluster, so many seconds ago. */
export function masterOperation(text: string, { secondsAgo }: { secondsAgo: number }): Act {
  return ({ sandbox, clusterId }) => {
    sandbox.slack.post({
      channel: SLACK_CHANNELS.deployFailure.id,
      author: { botId: AUTHORS.deploy, username: 'armada-deploy' },
      shape: 'text',
      text: `${text} (cluster ${clusterId()})`,
      at: new Date(sandbox.clock.now().getTime() - secondsAgo * 1_000),
    })
  }
}

/** Waits until the responder has the alert and lacks its error text. */
export const untilGathering: Act = async ({ findCase, signal }) => {
  const subject = await pollUntil(
    async () => {
      const found = await findCase()
      return found?.state === 'gathering' && found.waiting?.awaited === 'error-text' ? found : null
    },
    { timeoutMs: GATHERING_TIMEOUT_MS, signal },
  )
  if (!subject) throw new Error('the responder did not wait for the error text')
}

/**
 * The responder is killed when its snooze is on the way. `lost`: PagerDuty never did it; `done`: PagerDuty did it, and
 * only the answer is lost.
 */
export function killOnSnooze(snooze: 'lost' | 'done'): Act {
  return ({ sandbox, responder }) => {
    const match = { upstream: 'pagerduty', method: 'POST', path: /\/snooze$/ } as const
    sandbox.faults.before(match, () => responder.kill())
    if (snooze === 'lost') sandbox.faults.add({ ...match, fault: { kind: 'reset', when: 'before-commit' } })
  }
}

export const humanAcknowledges: Act = ({ sandbox, incident }) => sandbox.pagerduty.humanAcknowledges(incident().id)

export const priorityOne: Act = ({ sandbox, incident }) => sandbox.pagerduty.setPriority(incident().id, 'P1')

/** Slack goes away, and the responder is started anew so that nothing it read before vouches for the channels. */
export const slackStops: Act = async ({ sandbox, responder }) => {
  sandbox.faults.down('slack')
  const before = responder.pid()
  responder.kill()
  await pollUntil(() => (responder.pid() !== before && responder.pid() !== null ? true : null), { timeoutMs: 10_000 })
  await responder.ready()
}

export const slackReturns: Act = ({ sandbox }) => sandbox.faults.up('slack')

/** Long enough for the next firing to open a case of its own. */
export const mergeWindowPasses: Act = async ({ signal }) => {
  await delay(MERGE_WINDOW_SECONDS * 1_000 + 100, undefined, { signal })
}
