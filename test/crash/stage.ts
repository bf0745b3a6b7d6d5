import { type FiringAlert, toDetails, toWebhook } from '../../demo/alertmanager.ts'
import type { LedgerEntry } from '../../sandbox/ledger.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { freePort } from '../support/free-port.ts'
import { casePageSchema, type ShownCase } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { furnish, type Ground, type GroundKind, groundOf } from './ground.ts'
import { letLapse } from './lapse.ts'
import { launchMortal, type Mortal } from './mortal.ts'
import { openWorld, type StoreKind, TOKENS, type World } from './world.ts'

/** Slack's retry takes 15 s, and PagerDuty's 5 s; the rest is for a machine that is busy. */
export const SETTLING = { timeoutMs: 100_000, everyMs: 40 }

/**
 * A lost answer is looked for soon: no call of these tests is under way that long. One world sees many runs: nothing stops
 * what comes from many clusters, and nothing looks at what an earlier run left.
 */
const POLICY = {
  windows: { probe: '250ms', sweep: '1h' },
  budgets: { snoozesPerHour: 1_000_000, issuesPerHour: 1_000_000 },
  storm: { clusters: 1_000_000, perRegion: 1_000_000 },
}

const OPERATOR = { authorization: `Bearer ${TOKENS.operator}` }

export interface StageOptions {
  store: StoreKind
  /** How many runs it is for, by what Slack says of their clusters. */
  grounds: Readonly<Partial<Record<GroundKind, number>>>
  /** Folder with the src to run. Default: this repository. */
  root?: string
  policy?: Readonly<Record<string, unknown>>
}

/** A responder that says which points it passes, in a world of its own, for one run after the other. */
export interface Stage {
  readonly world: World
  readonly responder: Mortal
  /** What the present run is about. @throws Error before the first. */
  readonly ground: Ground
  /** True while there is ground for another run of the kind. */
  hasRoom: (kind: GroundKind) => boolean
  /** Begins another run, on ground of its own. @throws Error when there is none left. */
  moveOn: (kind: GroundKind) => void
  /** Starts the dead process again, what it held lapsed, and waits until it is ready. */
  restart: () => Promise<void>
  /** Points passed since the last `arm`, oldest first. */
  readonly passed: readonly string[]
  /** From now on the points are counted anew, and the process dies at the one named. */
  arm: (dieAt: string | null) => Promise<void>
  /** The process, alive or started again, dies at no point any more. */
  disarm: () => Promise<void>
  /** Ledger entries of the responder since the last `arm`. */
  effects: () => LedgerEntry[]
  /** Tells of a group as Alertmanager does: again while nobody answers or the answer is a 5xx. */
  tell: (group: string, clusterId: string, status: 'firing' | 'resolved') => Promise<void>
  /** What PagerDuty makes of the same message. */
  openIncident: (group: string, clusterId: string) => void
  /** Asks as an operator, again while nobody answers. */
  act: (caseId: string, what: 'wake' | 'recheck') => Promise<void>
  caseOf: (group: string) => Promise<ShownCase | undefined>
  incidentOf: (group: string) => NonNullable<ReturnType<World['sandbox']['pagerduty']['byKey']>>
  /** Text of the responder's messages about the present run in the notify channel, oldest first. */
  slackTexts: () => string[]
  /** The ledger, the cases and the last of the output, for a failure. */
  describe: () => Promise<string>
  stop: () => Promise<void>
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const world = await openWorld({ store: options.store, policy: { ...POLICY, ...options.policy } })
  const { sandbox } = world
  furnish(world, options.grounds)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const passed: string[] = []
  let isArmed = false
  let ledgerFrom = 0
  let ground: Ground | null = null
  const used: Record<GroundKind, number> = { orphan: 0, busy: 0, silent: 0 }
  const startsAt = new Date()
  const responder = launchMortal({
    env: world.environment(port),
    url,
    main: 'test/crash/recorded-main.ts',
    ...(options.root === undefined ? {} : { root: options.root }),
    onLine(line) {
      if (line === 'armed') isArmed = true
      else if (line.startsWith('passed ')) passed.push(line.slice('passed '.length))
    },
  })

  async function post(path: string, token: string, body: unknown): Promise<number> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    await response.arrayBuffer()
    return response.status
  }

  async function order(dieAt: string | null): Promise<void> {
    isArmed = false
    responder.send(dieAt ?? '')
    await waitUntil('the responder to take its order', () => isArmed || !responder.isAlive(), { everyMs: 5 })
  }

  /** The responder's messages about the present run, oldest first. */
  function ownMessages() {
    const marks = [stage.ground.first, stage.ground.second].map((group) => `slack/c-${dedupKeyOf(group).slice(0, 12)}`)
    return sandbox.slack
      .ownMessages(SLACK_CHANNELS.notify.id)
      .filter(({ metadata }) => marks.some((mark) => JSON.stringify(metadata ?? null).includes(mark)))
  }

  const stage: Stage = {
    world,
    responder,
    passed,
    get ground() {
      if (!ground) throw new Error('no run has begun')
      return ground
    },
    hasRoom: (kind) => used[kind] < (options.grounds[kind] ?? 0),
    moveOn(kind) {
      if (!stage.hasRoom(kind)) throw new Error(`no ground is left that is ${kind}`)
      ground = groundOf(kind, used[kind])
      used[kind] += 1
    },
    async restart() {
      if (world.redis) await letLapse(world.redis.url)
      responder.launch()
      await responder.ready()
    },
    async arm(dieAt) {
      await order(dieAt)
      passed.length = 0
      ledgerFrom = sandbox.ledger.entries().length
    },
    async disarm() {
      // It may die of its last order before it has the new one.
      await order(null)
      if (!responder.isAlive()) await stage.restart()
    },
    effects() {
      // What an earlier run left may be edited still: a message says what became of it.
      const own = new Set(ownMessages().map(({ ts }) => ts))
      return sandbox.ledger
        .entries()
        .slice(ledgerFrom)
        .filter(({ actor }) => actor === 'responder')
        .filter(({ effect, detail }) => effect !== 'message-edit' || own.has(String(detail.ts)))
    },
    async tell(group, clusterId, status) {
      const body = toWebhook({ groupKey: group, alerts: [alertOf(clusterId, startsAt)], status })
      const isTaken = async () => (await post('/webhooks/alertmanager', TOKENS.webhook, body)) === 202
      await waitUntil('the webhook to be taken', isTaken, SETTLING)
    },
    openIncident(group, clusterId) {
      const details = toDetails([alertOf(clusterId, startsAt)])
      sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(group), details })
    },
    async act(caseId, what) {
      const body = { reason: 'asked by a test' }
      const path = `/api/cases/${caseId}/${what}`
      await waitUntil(`the ${what} to be taken`, async () => (await post(path, TOKENS.operator, body)) < 300, SETTLING)
    },
    async caseOf(group) {
      const response = await fetch(`${url}/api/cases?cluster=${stage.ground.clusterId}`, { headers: OPERATOR })
      const { cases } = casePageSchema.parse(await response.json())
      return cases.find(({ dedupKey }) => dedupKey === dedupKeyOf(group))
    },
    incidentOf(group) {
      const incident = sandbox.pagerduty.byKey(dedupKeyOf(group))
      if (!incident) throw new Error('no incident was opened')
      return incident
    },
    slackTexts: () => ownMessages().map(({ text }) => text),
    async describe() {
      const query = `cluster=${stage.ground.clusterId}`
      const response = await fetch(`${url}/api/cases?${query}`, { headers: OPERATOR }).catch(() => null)
      const cases = response ? await response.text() : 'nobody answers'
      const effects = stage.effects().map(({ at, effect, detail }) => `${at} ${effect} ${JSON.stringify(detail)}`)
      return [...effects.map((line) => line.slice(0, 300)), cases.slice(0, 4_000), responder.output()].join('\n')
    },
    async stop() {
      await responder.stop()
      await world.close()
    },
  }
  try {
    await responder.ready()
  } catch (error) {
    await stage.stop()
    throw error
  }
  return stage
}

function alertOf(clusterId: string, startsAt: Date): FiringAlert {
  return { clusterId, startsAt }
}
