import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { SlackClient, WriteUrgency } from '../clients/slack.ts'
import { WRITE_RANK } from '../clients/slack-pace.ts'
import type { Case } from '../model/case.ts'
import type { Receipt, SlackAction } from '../model/plan.ts'
import type { Store } from '../store/store.ts'
import { NO_TRACING, type Tracing } from '../telemetry/tracing.ts'
import { type ChannelMessage, type ChannelMessageDeps, ensureChannelMessage } from './channel-message.ts'
import { type EffectOutcome, receiptOf } from './effect.ts'
import { beginOf } from './look-first.ts'

export interface SlackOutboxDeps {
  store: Store
  client: SlackClient | null
  /** The notify channel of the policy now: an id, or a name where no id is known. */
  channel: () => { id: string; name: string }
  now: () => number
  /** True when the mode allows telling Slack; read before every post. */
  isAllowed: () => Promise<boolean>
  /** Stores where the case's message is and what it did, under the case's lock. */
  record: (subject: Case, done: { receipt: Receipt | null; slack: Case['slack'] }) => Promise<void>
  probeAfterMs: () => number
  /** Left out where nothing is traced. */
  tracing?: Tracing
  logger: Logger
}

/** A message of its own (a storm's), as it should look when its turn comes. */
export interface Notice {
  key: string
  /** Null where nothing is owed. */
  load: () => Promise<ChannelMessage | null>
  /** The message stands like this now, or the mode does not allow it. */
  told: (message: ChannelMessage) => Promise<void>
}

/** Messages under way at once: while some wait for Slack's one post a second, the next ones are looked for together. */
const CONCURRENCY = 16
const RETRY_MS = 15_000
const BUSY_RETRY_MS = 250
/** How long a stop waits for posts under way, in ms. */
const STOP_LIMIT_MS = 2_000

/**
 * Keeps one message a case in the notify channel up to date, apart from everything that PagerDuty waits for. A case that
 * changes again while it is queued is told once, in its last state. What asks people something goes first, then what tells
 * of a page that stays with them.
 */
export class SlackOutbox {
  readonly #deps: SlackOutboxDeps
  /** Finds out what is owed, which waits for nobody. */
  readonly #looks = new PQueue({ concurrency: CONCURRENCY })
  readonly #queue = new PQueue({ concurrency: CONCURRENCY })
  readonly #looking = new Set<string>()
  /** Cases that wait to be told, by the highest rank that they wait with. */
  readonly #waiting = new Map<string, number>()
  readonly #running = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(deps: SlackOutboxDeps) {
    this.#deps = deps
  }

  /** Makes the case's message say what its plan says, soon. */
  tell(caseId: string): void {
    if (this.#looking.has(caseId)) return
    this.#looking.add(caseId)
    void this.#looks.add(async () => {
      this.#looking.delete(caseId)
      try {
        // Most of those that are told again owe nothing: no turn is taken for them.
        const owed = owedBy(await this.#deps.store.caseById(caseId))
        if (owed) this.#enqueue(caseId, owed.action.urgency ?? 'news')
      } catch (error) {
        this.#failed(caseId, error)
      }
    })
  }

  #enqueue(caseId: string, urgency: WriteUrgency): void {
    const rank = WRITE_RANK[urgency]
    if ((this.#waiting.get(caseId) ?? 0) >= rank) return
    this.#waiting.set(caseId, rank)
    void this.#queue.add(() => this.#tellNow(caseId), { priority: rank })
  }

  async #tellNow(caseId: string): Promise<void> {
    // It has been told already, by an entry of a higher rank.
    if (!this.#waiting.delete(caseId)) return
    // One at a time for a case: what changed while it is being told is told right after.
    if (this.#running.has(caseId)) return this.#later(BUSY_RETRY_MS, () => this.tell(caseId))
    this.#running.add(caseId)
    try {
      const retryInMs = await this.#ensure(caseId)
      if (retryInMs !== null) this.#later(retryInMs, () => this.tell(caseId))
    } catch (error) {
      this.#failed(caseId, error)
    } finally {
      this.#running.delete(caseId)
    }
  }

  #failed(caseId: string, error: unknown): void {
    this.#deps.logger.error({ caseId, err: error }, 'slack message failed')
    this.#later(RETRY_MS, () => this.tell(caseId))
  }

  /** Posts a text of its own, with a mention of everybody in the channel. Best effort: it is the last rung of the ladder. */
  async cryOut(text: string): Promise<void> {
    const { client, logger } = this.#deps
    const { id, name } = this.#deps.channel()
    try {
      await client?.postMessage({ channel: id || name, text: `<!channel> ${text}`, urgency: 'cry' })
    } catch (error) {
      logger.error({ err: error }, 'slack could not be told')
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#looks.clear()
    this.#queue.clear()
    // Posts wait for Slack's pace; what is not out by now is owed durably and told after the next start.
    await Promise.race([
      this.#looks.onIdle().then(() => this.#queue.onIdle()),
      sleep(STOP_LIMIT_MS, undefined, { ref: false }),
    ])
  }

  #later(inMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, inMs)
    timer.unref()
    this.#timers.add(timer)
  }

  /** Milliseconds after which to try again, null when the message says what it should. One replica at a time tells a case. */
  async #ensure(caseId: string): Promise<number | null> {
    const { store } = this.#deps
    return store.exclusive.run(`slack/${caseId}`, async () => this.#ensureOwed(owedBy(await store.caseById(caseId))))
  }

  async #ensureOwed(owed: { subject: Case; action: SlackAction } | null): Promise<number | null> {
    if (owed === null) return null
    const { client, record, now } = this.#deps
    const { subject, action } = owed
    const { id: caseId } = subject
    if (!client || !(await this.#deps.isAllowed())) {
      await record(subject, {
        receipt: receiptOf('slack', 'would', { nowMs: now(), why: client ? 'shadow' : 'Slack is not configured' }),
        slack: subject.slack,
      })
      return null
    }
    const message = { ...action, caseId, beganAtMs: beginOf(subject) }
    const { tracing = NO_TRACING } = this.#deps
    const ensured = await tracing.span('effect', { 'effect.action': 'slack', 'case.id': caseId }, () =>
      ensureChannelMessage(message, subject.slack, this.#posting(client)),
    )
    if (ensured.kind === 'not-yet') return this.#retryIn(ensured.outcome)
    await record(subject, { receipt: ensured.receipt, slack: { ...ensured.ref, contentKey: action.contentKey } })
    return null
  }

  /** Keeps one message of its own as it should look, one replica at a time; tried again by itself. It speaks for many pages. */
  notice(notice: Notice): void {
    const ensure = async () => {
      try {
        const retryInMs = await this.#deps.store.exclusive.run(`slack/${notice.key}`, () => this.#ensureNotice(notice))
        if (retryInMs !== null) this.#later(retryInMs, () => this.notice(notice))
      } catch (error) {
        this.#deps.logger.error({ err: error }, 'slack notice failed')
        this.#later(RETRY_MS, () => this.notice(notice))
      }
    }
    void this.#queue.add(ensure, { priority: WRITE_RANK.page })
  }

  async #ensureNotice({ load, told }: Notice): Promise<number | null> {
    const { client, isAllowed } = this.#deps
    const message = await load()
    if (!message) return null
    if (client && (await isAllowed())) {
      const ensured = await ensureChannelMessage({ ...message, urgency: 'page' }, null, this.#posting(client))
      if (ensured.kind === 'not-yet') return this.#retryIn(ensured.outcome)
    }
    await told(message)
    return null
  }

  #posting(client: SlackClient): ChannelMessageDeps {
    const { store, channel, now, probeAfterMs } = this.#deps
    return { store, client, channel: channel(), now, probeAfterMs: probeAfterMs() }
  }

  #retryIn(outcome: EffectOutcome): number {
    if (outcome.kind === 'refused') this.#deps.logger.warn({ why: outcome.receipt.why }, 'slack refused a message')
    return outcome.kind === 'later' ? Math.max(1_000, outcome.atMs - this.#deps.now()) : RETRY_MS * 4
  }
}

/** The case and what its message should look like, or null where it does. */
function owedBy(subject: Case | null): { subject: Case; action: SlackAction } | null {
  const action = subject?.plan?.actions.find((candidate): candidate is SlackAction => candidate.action === 'slack')
  return subject && action && subject.slack?.contentKey !== action.contentKey ? { subject, action } : null
}
