import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { SlackClient } from '../clients/slack.ts'
import type { Case } from '../model/case.ts'
import type { Receipt, SlackAction } from '../model/plan.ts'
import type { Store } from '../store/store.ts'
import { type ChannelMessage, ensureChannelMessage } from './channel-message.ts'
import { type EffectOutcome, receiptOf } from './effect.ts'

export interface SlackOutboxDeps {
  store: Store
  client: SlackClient | null
  /** The notify channel of the policy: an id, or a name where no id is known. */
  channel: { id: string; name: string }
  now: () => number
  /** True when the mode allows telling Slack; read before every post. */
  isAllowed: () => Promise<boolean>
  /** Stores where the case's message is and what it did, under the case's lock. */
  record: (subject: Case, done: { receipt: Receipt | null; slack: Case['slack'] }) => Promise<void>
  probeAfterMs: number
  logger: Logger
}

const RETRY_MS = 15_000
const BUSY_RETRY_MS = 250
/** How long a stop waits for posts under way, in ms. */
const STOP_LIMIT_MS = 2_000

/**
 * Keeps one message a case in the notify channel up to date, apart from everything that PagerDuty waits for. A case that
 * changes again while it is queued is told once, in its last state.
 */
export class SlackOutbox {
  readonly #deps: SlackOutboxDeps
  readonly #queue = new PQueue({ concurrency: 4 })
  readonly #waiting = new Set<string>()
  readonly #running = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(deps: SlackOutboxDeps) {
    this.#deps = deps
  }

  /** Makes the case's message say what its plan says, soon. */
  tell(caseId: string): void {
    if (this.#waiting.has(caseId)) return
    this.#waiting.add(caseId)
    void this.#queue.add(async () => {
      this.#waiting.delete(caseId)
      // One at a time for a case: what changed while it is being told is told right after.
      if (this.#running.has(caseId)) return this.#later(BUSY_RETRY_MS, () => this.tell(caseId))
      this.#running.add(caseId)
      try {
        const retryInMs = await this.#ensure(caseId)
        if (retryInMs !== null) this.#later(retryInMs, () => this.tell(caseId))
      } catch (error) {
        this.#deps.logger.error({ caseId, err: error }, 'slack message failed')
        this.#later(RETRY_MS, () => this.tell(caseId))
      } finally {
        this.#running.delete(caseId)
      }
    })
  }

  /** Posts a text of its own, with a mention of everybody in the channel. Best effort: it is the last rung of the ladder. */
  async cryOut(text: string): Promise<void> {
    const { client, channel, logger } = this.#deps
    try {
      await client?.postMessage({ channel: channel.id || channel.name, text: `<!channel> ${text}` })
    } catch (error) {
      logger.error({ err: error }, 'slack could not be told')
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#queue.clear()
    // Posts wait for Slack's pace; what is not out by now is owed durably and told after the next start.
    await Promise.race([this.#queue.onIdle(), sleep(STOP_LIMIT_MS, undefined, { ref: false })])
  }

  #later(inMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, inMs)
    timer.unref()
    this.#timers.add(timer)
  }

  /** Milliseconds after which to try again, null when the message says what it should. */
  async #ensure(caseId: string): Promise<number | null> {
    const { store, client, record, now } = this.#deps
    const subject = await store.caseById(caseId)
    const action = subject?.plan?.actions.find((candidate): candidate is SlackAction => candidate.action === 'slack')
    if (!subject || !action || subject.slack?.contentKey === action.contentKey) return null
    if (!client || !(await this.#deps.isAllowed())) {
      await record(subject, {
        receipt: receiptOf('slack', 'would', { nowMs: now(), why: client ? 'shadow' : 'Slack is not configured' }),
        slack: subject.slack,
      })
      return null
    }
    const ensured = await ensureChannelMessage({ ...action, caseId }, subject.slack, { ...this.#deps, client })
    if (ensured.kind === 'not-yet') return this.#retryIn(ensured.outcome)
    await record(subject, { receipt: ensured.receipt, slack: { ...ensured.ref, contentKey: action.contentKey } })
    return null
  }

  /** Keeps one message of its own (a storm's) as it should look; tried again by itself. */
  notice(message: ChannelMessage): void {
    void this.#queue.add(async () => {
      const { client, logger } = this.#deps
      try {
        if (!client || !(await this.#deps.isAllowed())) return
        const ensured = await ensureChannelMessage(message, null, { ...this.#deps, client })
        if (ensured.kind === 'not-yet') this.#later(this.#retryIn(ensured.outcome), () => this.notice(message))
      } catch (error) {
        logger.error({ err: error }, 'slack notice failed')
        this.#later(RETRY_MS, () => this.notice(message))
      }
    })
  }

  #retryIn(outcome: EffectOutcome): number {
    if (outcome.kind === 'refused') this.#deps.logger.warn({ why: outcome.receipt.why }, 'slack refused a message')
    return outcome.kind === 'later' ? Math.max(1_000, outcome.atMs - this.#deps.now()) : RETRY_MS * 4
  }
}
