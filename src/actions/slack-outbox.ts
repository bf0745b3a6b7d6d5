import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { SlackClient } from '../clients/slack.ts'
import type { Case } from '../model/case.ts'
import type { Receipt, SlackAction } from '../model/plan.ts'
import type { Store } from '../store/store.ts'
import { type EffectOutcome, receiptOf, sendOnce } from './effect.ts'

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

/**
 * Keeps one message a case in the notify channel up to date, apart from everything that PagerDuty waits for. A case that
 * changes again while it is queued is told once, in its last state.
 */
export class SlackOutbox {
  readonly #deps: SlackOutboxDeps
  readonly #queue = new PQueue({ concurrency: 4 })
  readonly #waiting = new Set<string>()
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
      try {
        const retryInMs = await this.#ensure(caseId)
        if (retryInMs !== null) this.#tellLater(caseId, retryInMs)
      } catch (error) {
        this.#deps.logger.error({ caseId, err: error }, 'slack message failed')
        this.#tellLater(caseId, RETRY_MS)
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
    await this.#queue.onIdle()
  }

  #tellLater(caseId: string, inMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.tell(caseId)
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
    const posted = await this.#ensurePosted(subject, action, client)
    if (posted.outcome.kind !== 'done') return this.#retryIn(posted.outcome)
    const { message } = posted
    if (posted.isCurrent) {
      await record(subject, { receipt: posted.outcome.receipt, slack: { ...message, contentKey: action.contentKey } })
      return null
    }
    const edited = await sendOnce(
      { store, now },
      {
        key: `slack-edit/${caseId}/${action.contentKey}`,
        caseId,
        action: 'slack',
        target: message.channel,
        parameters: { ts: message.ts },
      },
      async () => {
        await client.updateMessage({ ...message, text: action.text, blocks: action.blocks, metadataKey: action.key })
        return { result: 'updated', link: client.permalink(message.channel, message.ts) }
      },
    )
    if (edited.kind !== 'done') return this.#retryIn(edited)
    await record(subject, { receipt: edited.receipt, slack: { ...message, contentKey: action.contentKey } })
    return null
  }

  /** The case's message: known, found again by its metadata, or posted now. */
  async #ensurePosted(subject: Case, action: SlackAction, client: SlackClient) {
    const { store, now, channel } = this.#deps
    if (subject.slack) return { outcome: done(now()), message: toRef(subject.slack), isCurrent: false }
    const record = await store.effect(action.key)
    const known = record ? toRefOrNull(record.parameters) : null
    if (record?.state === 'done' && known) return { outcome: done(now()), message: known, isCurrent: false }
    const target = channel.id || (await client.findChannelByName(channel.name))?.id || channel.name
    if (record?.state === 'intent') {
      const probeAtMs = record.intendedAtMs + this.#deps.probeAfterMs
      const later = { kind: 'later' as const, atMs: probeAtMs, receipt: null }
      if (now() < probeAtMs) return { outcome: later, message: { channel: target, ts: '' }, isCurrent: false }
      const found = await client.findOwnMessage(target, {
        sinceMs: record.intendedAtMs - 60_000,
        metadataKey: action.key,
      })
      if (found) {
        await store.conclude(
          action.key,
          'done',
          receiptOf('slack', 'adopted', { nowMs: now(), link: client.permalink(found.channel, found.ts) }),
          now(),
          { ...found },
        )
        return { outcome: done(now()), message: found, isCurrent: false }
      }
    }
    let message = { channel: target, ts: '' }
    const outcome = await sendOnce(
      { store, now },
      { key: action.key, caseId: subject.id, action: 'slack', target, parameters: {} },
      async () => {
        message = await client.postMessage({
          channel: target,
          text: action.text,
          blocks: action.blocks,
          metadataKey: action.key,
        })
        return { result: 'created', link: client.permalink(message.channel, message.ts), found: { ...message } }
      },
    )
    return { outcome, message, isCurrent: true }
  }

  #retryIn(outcome: EffectOutcome): number {
    if (outcome.kind === 'refused') this.#deps.logger.warn({ why: outcome.receipt.why }, 'slack refused a message')
    return outcome.kind === 'later' ? Math.max(1_000, outcome.atMs - this.#deps.now()) : RETRY_MS * 4
  }
}

function done(nowMs: number): EffectOutcome {
  return { kind: 'done', receipt: receiptOf('slack', 'unchanged', { nowMs }) }
}

function toRef({ channel, ts }: { channel: string; ts: string }): { channel: string; ts: string } {
  return { channel, ts }
}

function toRefOrNull(parameters: Record<string, unknown>): { channel: string; ts: string } | null {
  const { channel, ts } = parameters
  return typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : null
}
