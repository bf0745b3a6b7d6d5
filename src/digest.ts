import type { Logger } from 'pino'
import { type ChannelMessage, ensureChannelMessage } from './actions/channel-message.ts'
import type { SlackClient } from './clients/slack.ts'
import type { Config } from './config/config.ts'
import { FiguresReader } from './figures/figures-reader.ts'
import { type DigestDue, latestDigestDue } from './plan/digest-due.ts'
import { digestMessage } from './plan/digest-message.ts'
import type { Store } from './store/store.ts'

/** Whether a digest is owed is asked so often, in ms: it comes at most so late, and a failed post is tried again. */
const LOOK_EVERY_MS = 5 * 60_000
/** A digest that could not be posted for so long is left out, in ms: one that was just switched on tells of no old week. */
const LATE_LIMIT_MS = 24 * 3_600_000
/** How far back a rule counts as one that matches cases, in ms. */
const RULES_SPAN_MS = 90 * 86_400_000

export interface WeeklyDigestDeps {
  config: Pick<Config, 'policy' | 'publicUrl'>
  store: Pick<
    Store,
    'effect' | 'intend' | 'conclude' | 'withdraw' | 'history' | 'listCases' | 'exclusive' | 'leadership'
  >
  client: SlackClient | null
  /** True when the mode allows telling Slack; read before every post. */
  isAllowed: () => Promise<boolean>
  now: () => number
  logger: Logger
}

/**
 * Posts the digest of each week once, over all replicas and restarts: the journal knows each ISO week, and a post whose
 * answer was lost is looked for in Slack before it is sent again. The holder of the role looks every few minutes whether the
 * newest is owed, so that nothing has to be remembered between.
 */
export class WeeklyDigest {
  readonly #deps: WeeklyDigestDeps
  readonly #figures: FiguresReader
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> = Promise.resolve()

  constructor(deps: WeeklyDigestDeps) {
    this.#deps = deps
    this.#figures = new FiguresReader(deps.store, deps.now)
  }

  start(): void {
    const { client, store } = this.#deps
    if (!client) return
    store.leadership.seek('digest', {
      gained: () => {
        clearInterval(this.#timer)
        this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref()
        void this.look()
      },
      lost: () => clearInterval(this.#timer),
    })
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#underWay
  }

  /** Posts the newest digest where it is owed and may be. */
  look(): Promise<void> {
    this.#underWay = this.#underWay.then(() => this.#look())
    return this.#underWay
  }

  async #look(): Promise<void> {
    const { config, client, store, isAllowed, now, logger } = this.#deps
    const { digest: schedule, channels, windows } = config.policy.current()
    if (!schedule || !client) return
    try {
      const due = latestDigestDue(schedule, now())
      const key = `digest/${due.week}`
      if (now() - due.dueMs > LATE_LIMIT_MS || (await this.#isPosted(key)) || !(await isAllowed())) return
      await store.exclusive.run(`slack/${key}`, async () => {
        if (await this.#isPosted(key)) return
        const message = await this.#message(key, due)
        const posting = { store, client, channel: channels.notify, now, probeAfterMs: windows.probe }
        const ensured = await ensureChannelMessage(message, null, posting)
        if (ensured.kind === 'done') logger.info({ week: due.week, result: ensured.receipt.result }, 'digest posted')
        else logger.warn({ week: due.week, outcome: ensured.outcome.kind }, 'digest not posted yet')
      })
    } catch (error) {
      logger.error({ err: error }, 'digest failed')
    }
  }

  async #isPosted(key: string): Promise<boolean> {
    return (await this.#deps.store.effect(key))?.state === 'done'
  }

  async #message(key: string, due: DigestDue): Promise<ChannelMessage> {
    const week = await this.#figures.ofSpan({ fromMs: due.fromMs, untilMs: due.dueMs })
    const rules = await this.#figures.ofSpan({ fromMs: due.dueMs - RULES_SPAN_MS, untilMs: due.dueMs })
    // Of the time before the oldest case nothing is said: the store may be younger, or holds more than is counted.
    const oldest = rules.cases.at(-1)
    const { publicUrl } = this.#deps.config
    const unmatched = oldest
      ? { reasons: rules.figures.unusedReasons, from: new Date(oldest.openedAtMs).toISOString() }
      : null
    const message = digestMessage({ ...week, due, unmatched, publicUrl })
    // It tells of a week that is over: it never changes.
    return { ...message, key, caseId: 'digest', beganAtMs: due.dueMs, contentKey: due.week }
  }
}
