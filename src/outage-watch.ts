import type { Logger } from 'pino'
import type { SlackEvidence } from './evidence/slack/slack-evidence.ts'
import type { Store } from './store/store.ts'

/** A channel that forbids snoozes may be unreadable this long before snoozes are woken, in ms. Source: PRODUCT.md section 4, Re-judging. */
const OUTAGE_LIMIT_MS = 30 * 60_000
const LOOK_EVERY_MS = 60_000
/** When a snooze was last ended for an outage (ms), so that a replica which takes over does not end the next at once. */
const WOKEN_SETTING = 'outage.wokenAtMs'

export interface OutageWatchDeps {
  store: Pick<Store, 'openCaseIds' | 'caseById' | 'setting' | 'putSetting' | 'exclusive' | 'leadership'>
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
 * oldest busy snooze is woken, and one more for each 30 min that it lasts. Every replica watches, so that the one which
 * takes the role over knows since when; only the holder of the role wakes.
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
    this.#deps.store.leadership.seek('outage-watch', { gained: () => undefined, lost: () => undefined })
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One look: forgets an outage that is over, wakes where it has lasted too long. */
  async look(): Promise<void> {
    const { store, slackEvidence, channel, logger } = this.#deps
    try {
      const watermarkMs = slackEvidence.status().find((status) => status.channel === channel)?.watermarkMs ?? null
      if (watermarkMs !== null && watermarkMs > this.#sinceMs) this.#sinceMs = watermarkMs
      if (!store.leadership.holds('outage-watch') || !this.#hasLasted()) return
      await store.exclusive.run('outage-watch', () => this.#wakeOne())
    } catch (error) {
      logger.error({ err: error }, 'outage watch failed')
    }
  }

  async #wakeOne(): Promise<void> {
    const { store, now, wake } = this.#deps
    this.#sinceMs = Math.max(this.#sinceMs, Number((await store.setting(WOKEN_SETTING)) ?? 0))
    if (!this.#hasLasted()) return
    const oldest = await this.#oldestBusySnooze()
    this.#sinceMs = now() - 1
    if (oldest === null) return
    await wake(oldest, '#armada-deploy-failure could not be read for 30 min: a failed kms_update would not be seen')
    await store.putSetting(WOKEN_SETTING, String(this.#sinceMs))
  }

  #hasLasted(): boolean {
    return this.#deps.now() - this.#sinceMs >= OUTAGE_LIMIT_MS
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
