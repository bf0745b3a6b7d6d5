import type { Logger } from 'pino'
import type { SlackEvidence } from './evidence/slack/slack-evidence.ts'
import type { Store } from './store/store.ts'

/** A channel that forbids snoozes may be unreadable this long before snoozes are woken, in ms. Source: PRODUCT.md section 4, Re-judging. */
const OUTAGE_LIMIT_MS = 30 * 60_000
const LOOK_EVERY_MS = 60_000

export interface OutageWatchDeps {
  store: Pick<Store, 'openCaseIds' | 'caseById'>
  slackEvidence: Pick<SlackEvidence, 'status'>
  /** The channel whose silence could hide a failed master operation. */
  channel: string
  /** Ends the case's snooze with this reason. */
  wake: (caseId: string, why: string) => Promise<void>
  now: () => number
  logger: Logger
}

/**
 * While #armada-deploy-failure can't be read, a failed kms_update could stay unseen under a snooze: after 30 min the
 * oldest busy snooze is woken, and one more for each 30 min that it lasts.
 */
export class OutageWatch {
  readonly #deps: OutageWatchDeps
  #sinceMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(deps: OutageWatchDeps) {
    this.#deps = deps
    this.#sinceMs = deps.now()
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One look: forgets an outage that is over, wakes where it has lasted too long. */
  async look(): Promise<void> {
    const { now, slackEvidence, channel, logger } = this.#deps
    try {
      const watermarkMs = slackEvidence.status().find((status) => status.channel === channel)?.watermarkMs ?? null
      if (watermarkMs !== null && watermarkMs > this.#sinceMs) this.#sinceMs = watermarkMs
      if (now() - this.#sinceMs < OUTAGE_LIMIT_MS) return
      const oldest = await this.#oldestBusySnooze()
      this.#sinceMs = now() - 1
      if (oldest)
        await this.#deps.wake(
          oldest,
          '#armada-deploy-failure could not be read for 30 min: a failed kms_update would not be seen',
        )
    } catch (error) {
      logger.error({ err: error }, 'outage watch failed')
    }
  }

  async #oldestBusySnooze(): Promise<string | null> {
    const { store, now } = this.#deps
    let oldest: { id: string; fromMs: number } | null = null
    for (const { id } of await store.openCaseIds()) {
      const snooze = (await store.caseById(id))?.snooze
      if (snooze?.budget !== 'busySnoozes' || snooze.untilMs <= now()) continue
      if (oldest === null || snooze.fromMs < oldest.fromMs) oldest = { id, fromMs: snooze.fromMs }
    }
    return oldest?.id ?? null
  }
}
