import { setTimeout as delay } from 'node:timers/promises'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { recordKeyOf } from '../etcds.ts'
import { MERGE_WINDOW_SECONDS, WAIT_FOR_ERROR_TEXT_SECONDS } from '../policy.ts'
import { pollUntil } from '../poll.ts'
import type { Scene } from '../scene.ts'
import type { Act } from './scenario.ts'

const GATHERING_TIMEOUT_MS = 20_000
const RESTART_TIMEOUT_MS = 30_000
const CHANNEL_TIMEOUT_MS = 20_000
/** How /readyz tells that the channel is read. */
const DELETIONS_READ = '#armada-deploy-alerts ok'

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

/** Slack goes away, and the responder is started anew so that nothing it read before vouches for the channels. */
export const slackStops: Act = async ({ sandbox, responder }) => {
  sandbox.faults.down('slack')
  const before = responder.pid()
  responder.kill()
  await pollUntil(() => (responder.pid() !== before && responder.pid() !== null ? true : null), {
    timeoutMs: RESTART_TIMEOUT_MS,
  })
  await responder.ready()
}

export const slackReturns: Act = ({ sandbox }) => sandbox.faults.up('slack')

/** The bot is thrown out of #armada-deploy-alerts, or invited again; waits until the responder knows. */
export function readsDeletions(isMember: boolean): Act {
  return async ({ sandbox, ask, signal }) => {
    sandbox.slack.setMember(SLACK_CHANNELS.deployAlerts.id, isMember)
    await sandbox.slack.flush()
    const isKnown = await pollUntil(
      async () =>
        JSON.stringify((await ask('GET', '/readyz')).body).includes(DELETIONS_READ) === isMember ? true : null,
      { timeoutMs: CHANNEL_TIMEOUT_MS, signal },
    )
    if (!isKnown) throw new Error('the responder did not notice its membership')
  }
}

/** Long enough for the next firing to open a case of its own. */
export const mergeWindowPasses: Act = async ({ signal }) => {
  await delay(MERGE_WINDOW_SECONDS * 1_000 + 100, undefined, { signal })
}

/** Longer than an error text is waited for. */
export const errorTextWaitPasses: Act = async ({ signal }) => {
  await delay(WAIT_FOR_ERROR_TEXT_SECONDS * 1_000 + 100, undefined, { signal })
}

/** Etcd holds a record of the group's cluster. */
export function hasRecord(region: string): Act {
  return ({ etcd, clusterId }) => etcd(region).put(recordKeyOf(clusterId()))
}

/** Somebody closes the issues about the scenario's clusters. */
export const issuesAreClosed: Act = ({ sandbox, clusterIds }) => {
  for (const { number, title, state } of sandbox.github.issues()) {
    if (state === 'open' && clusterIds().some((id) => title.includes(id)))
      sandbox.github.changeIssue(DEFAULT_REPOSITORY, number, { state: 'closed' })
  }
}

/** An operator sets the mode, or pauses. */
export function setsMode(patch: { mode?: 'shadow' | 'approve' | 'live'; paused?: boolean }): Act {
  return async ({ ask }) => {
    const { status } = await ask('PUT', '/api/mode', patch)
    if (status !== 200) throw new Error(`PUT /api/mode was answered ${status}`)
  }
}

/** An operator acts on the case by hand, and is answered like this. */
export function operatorAsks(
  what: 'wake' | 'hand-over' | 'snooze' | 'recheck',
  { status = 200, error, duration }: { status?: number; error?: string; duration?: string } = {},
): Act {
  return async ({ ask, findCase }) => {
    const subject = await findCase()
    if (!subject) throw new Error('there is no case to act on')
    const answer = await ask('POST', `/api/cases/${subject.id}/${what}`, {
      reason: 'the demo asks',
      ...(duration === undefined ? {} : { duration }),
    })
    const expected = JSON.stringify(error === undefined ? { status: 'done' } : { error })
    if (answer.status !== status || JSON.stringify(answer.body) !== expected)
      throw new Error(`${what} was answered ${answer.status} ${JSON.stringify(answer.body)}, not ${status} ${expected}`)
  }
}

/** Somebody acts on the newest incident in PagerDuty. */
export function onIncident(act: (pagerduty: Scene['sandbox']['pagerduty'], incidentId: string) => void): Act {
  return ({ sandbox, incident }) => act(sandbox.pagerduty, incident().id)
}

export const humanAcknowledges = onIncident((pagerduty, id) => pagerduty.humanAcknowledges(id))

export const priorityOne = onIncident((pagerduty, id) => pagerduty.setPriority(id, 'P1'))
