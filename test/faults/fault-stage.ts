import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { clusterIdOf, groupKeyOf, type Labels, toDetails, toWebhook } from '../../demo/alertmanager.ts'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import type { LedgerEntry } from '../../sandbox/ledger.ts'
import type { IncidentRecord } from '../../sandbox/pagerduty/incident.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import type { Store } from '../../src/store/store.ts'
import type { ShownCase } from '../support/responder-process.ts'
import { type WaitOptions, waitUntil } from '../support/wait-until.ts'
import { AUTHORS, POLICY, SECRETS, say } from './channel-words.ts'
import { launchReplica, type Replica } from './replica.ts'

/** Slack takes one post a second, and a busy machine its time. */
const SETTLING = { timeoutMs: 90_000, everyMs: 100 }

export interface FaultStageOptions {
  /** What a responder is told of the place where it keeps its state; the folder is the stage's own. */
  place: (folder: string) => Promise<Record<string, string>>
  /** Processes that share the place. Default 1. */
  replicas?: number
  /** What Slack, etcd and PagerDuty have before the responder starts. */
  furnish?: (sandbox: Sandbox) => void
  /** Keys of the policy in place of the stage's. */
  policy?: Readonly<Record<string, unknown>>
  environment?: Readonly<Record<string, string>>
  /** What each replica has in place of its store. */
  wrapStore?: (store: Store, replica: number) => Store
}

/** How a group fires. */
export interface Firing {
  /** Names of clusters. Default: one, of the group's own name. */
  clusters?: readonly string[]
  status?: 'firing' | 'resolved'
  startsAt?: Date
  truncatedAlerts?: number
  labels?: Labels
  /** The replica that is told, counted round. Default 0. */
  at?: number
}

/** Responders in this process on one place, and all that they talk to. Nothing has happened yet. */
export interface FaultStage {
  readonly sandbox: Sandbox
  readonly replicas: Replica[]
  /** PagerDuty opens, or adds to, the incident of the group. */
  page: (group: string, firing?: Firing) => void
  /** PagerDuty hears that the group is over. */
  resolve: (group: string) => void
  /** Alertmanager tells of the group once. Returns the status. */
  tell: (group: string, firing?: Firing) => Promise<number>
  /** Both: first the incident is there, then the webhook is accepted. */
  fire: (group: string, firing?: Firing) => Promise<void>
  incident: (group: string) => Readonly<IncidentRecord>
  /** The newest case of the group, as any replica shows it. */
  caseOf: (group: string) => Promise<ShownCase | undefined>
  /** The case, once `isThere` accepts it; the error says how it is instead. */
  awaitCase: (group: string, what: string, isThere: (shown: ShownCase) => boolean) => Promise<ShownCase>
  /** The same for a case that is snoozed with its note written. */
  awaitSnoozed: (group: string) => Promise<ShownCase>
  /** The same for a case that is with people, with its note written. */
  awaitHandedOver: (group: string) => Promise<ShownCase>
  /** How often we did each effect: to the group's incident and about the cluster of its name, or of all where none is named. */
  effects: (group?: string) => Record<string, number>
  /** Those of them that PagerDuty has. */
  pagerdutyEffects: (group: string) => Record<string, number>
  /** Text of the notes on the group's incident, oldest first. */
  notes: (group: string) => string[]
  /** Our messages in the notify channel as they are now, oldest first. */
  slackTexts: () => string[]
  /** Looks at the case once more, by an operator's wish, and waits until that has ended. */
  lookAgain: (group: string) => Promise<void>
  /** The responder's clock goes on by so much; the upstreams' stay. */
  pass: (ms: number) => void
  /** Every accepted alert is done. */
  awaitBooks: () => Promise<void>
  /** One more process on the same place. */
  launch: (options?: { wrapStore?: (store: Store) => Store }) => Promise<Replica>
  stop: () => Promise<void>
}

/** A stage whose responder has read the channels, so that a verdict waits for nothing. */
export async function setFaultStage(options: FaultStageOptions): Promise<FaultStage> {
  const sandbox = await startSandbox()
  const folder = await mkdtemp(join(tmpdir(), 'kp-faults-'))
  const etcd = await sandbox.etcd.start()
  sandbox.etcd.put('/clusters/.sentinel')
  options.furnish?.(sandbox)
  const policyFile = join(folder, 'policy.yaml')
  await writeFile(policyFile, stringify({ ...POLICY, ...options.policy }))
  const environment = {
    ...(await options.place(folder)),
    POLICY_FILE: policyFile,
    RESPONDER_MODE: 'live',
    ALERTMANAGER_WEBHOOK_TOKENS: SECRETS.webhook,
    OPERATOR_TOKENS: `ann:${SECRETS.operator}`,
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
    PAGERDUTY_FROM: sandbox.pagerduty.users.responder.email,
    PAGERDUTY_WEBHOOK_SECRETS: SECRETS.pagerduty,
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
    SLACK_SIGNING_SECRET: SECRETS.slack,
    GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
    GITHUB_REPOSITORY: DEFAULT_REPOSITORY,
    GITHUB_TOKEN: 'sandbox-github-token',
    ETCD_ENDPOINTS: etcd,
    ...options.environment,
  }
  const replicas: Replica[] = []
  let offsetMs = 0
  const beganAt = new Date()

  async function launch({ wrapStore = (store) => store }: { wrapStore?: (store: Store) => Store } = {}) {
    const replica = await launchReplica({ environment, now: () => Date.now() + offsetMs, wrapStore })
    replicas.push(replica)
    // Of several the last one gets Slack's events; the index is common to all.
    sandbox.slack.connect({ url: `${replica.url}/slack/events`, signingSecret: SECRETS.slack })
    return replica
  }

  const stage: FaultStage = {
    sandbox,
    replicas,
    launch,
    page(group, { clusters = [group], labels, startsAt = beganAt } = {}) {
      const details = toDetails(clusters.map((name) => ({ clusterId: clusterIdOf(name), labels, startsAt })))
      sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(groupKeyOf(group)), details })
    },
    resolve: (group) => void sandbox.pagerduty.resolve(dedupKeyOf(groupKeyOf(group))),
    tell(group, firing = {}) {
      const { clusters = [group], labels, startsAt = beganAt, status = 'firing', truncatedAlerts, at = 0 } = firing
      const alerts = clusters.map((name) => ({ clusterId: clusterIdOf(name), labels, startsAt }))
      return replicaAt(at % replicas.length).post('/webhooks/alertmanager', SECRETS.webhook, {
        ...Object(toWebhook({ groupKey: groupKeyOf(group), alerts, status, truncatedAlerts })),
      })
    },
    async fire(group, firing) {
      stage.page(group, firing)
      await waitUntil('the webhook to be accepted', async () => (await stage.tell(group, firing)) === 202, SETTLING)
    },
    incident(group) {
      const incident = sandbox.pagerduty.byKey(dedupKeyOf(groupKeyOf(group)))
      if (!incident) throw new Error(`${group} has no incident`)
      return incident
    },
    async caseOf(group) {
      const cases = await replicaAt(-1).cases()
      return cases.find(({ dedupKey }) => dedupKey === dedupKeyOf(groupKeyOf(group)))
    },
    async awaitCase(group, what, isThere) {
      let last: ShownCase | undefined
      const look = async () => {
        last = await stage.caseOf(group)
        return last && isThere(last) ? last : null
      }
      return waitUntil(what, look, SETTLING).catch((cause: unknown) => {
        throw new Error(`waited in vain for ${what}: ${JSON.stringify({ last, effects: stage.effects() })}`, { cause })
      })
    },
    awaitSnoozed: (group) => stage.awaitCase(group, 'the snooze', (shown) => isTold(shown, 'snoozed')),
    awaitHandedOver: (group) => stage.awaitCase(group, 'the handover', (shown) => isTold(shown, 'handed-over')),
    effects(group) {
      const dedupKey = dedupKeyOf(groupKeyOf(group ?? ''))
      const ids = sandbox.pagerduty.incidents().filter(({ alerts }) => alerts.some(({ key }) => key === dedupKey))
      const cluster = clusterIdOf(group ?? '')
      // A note tells of other clusters too; an issue and a message of one alone.
      const isWanted = ({ upstream, target, detail }: LedgerEntry): boolean =>
        upstream === 'pagerduty' ? ids.some(({ id }) => id === target) : JSON.stringify(detail).includes(cluster)
      const counts: Record<string, number> = {}
      for (const entry of sandbox.ledger.entries()) {
        if (entry.actor !== 'responder' || !(group === undefined || isWanted(entry))) continue
        counts[entry.effect] = (counts[entry.effect] ?? 0) + 1
      }
      return counts
    },
    pagerdutyEffects(group) {
      const { acknowledge = 0, snooze = 0, note = 0, ...others } = stage.effects(group)
      const isElsewhere = (effect: string) => ['message', 'message-edit', 'issue', 'issue-comment'].includes(effect)
      const more = Object.fromEntries(Object.entries(others).filter(([effect]) => !isElsewhere(effect)))
      return { acknowledge, snooze, note, ...more }
    },
    notes: (group) => stage.incident(group).notes.map(({ content }) => content),
    slackTexts: () => sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id).map(({ text }) => text),
    async lookAgain(group) {
      const before = await stage.awaitCase(group, 'a case', () => true)
      await replicaAt(-1).post(`/api/cases/${before.id}/recheck`, SECRETS.operator, { reason: 'asked by a test' })
      await stage.awaitCase(group, 'another look', ({ updatedAt }) => updatedAt > before.updatedAt)
    },
    pass(ms) {
      offsetMs += ms
    },
    async awaitBooks() {
      await waitUntil('the books to balance', async () => (await replicaAt(-1).books()).pending === 0, SETTLING)
    },
    stop() {
      stopping ??= close()
      return stopping
    },
  }
  let stopping: Promise<void> | undefined
  async function close(): Promise<void> {
    await Promise.all(replicas.map((replica) => replica.stop()))
    await sandbox.close()
    await rm(folder, { recursive: true, force: true })
  }
  function replicaAt(at: number): Replica {
    const replica = replicas.at(at)
    if (!replica) throw new Error(`there is no replica ${at}`)
    return replica
  }
  try {
    say(sandbox, 'probe', AUTHORS.kpEvents)
    for (let number = 0; number < (options.replicas ?? 1); number += 1) {
      const { wrapStore } = options
      await launch(wrapStore ? { wrapStore: (store) => wrapStore(store, number) } : {})
    }
    await awaitChannels(replicaAt(0))
  } catch (error) {
    await stage.stop()
    throw error
  }
  // What the start asked is nobody's case.
  sandbox.requests.reset()
  return stage
}

/** Resolves when the channels have been read, so that what they don't say is absent. */
async function awaitChannels(replica: Replica, options: WaitOptions = SETTLING): Promise<void> {
  const alerts = [{ clusterId: clusterIdOf('probe'), startsAt: new Date() }]
  const body = toWebhook({ groupKey: groupKeyOf('probe'), alerts, status: 'firing' })
  await waitUntil('the channels to be read', () => replica.explains(body, '"reason":"busy"'), options)
}

function isTold({ state, receipts }: ShownCase, wanted: ShownCase['state']): boolean {
  return state === wanted && receipts.some(({ action, result }) => action === 'note' && result !== 'refused')
}
