import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { StoreUnavailableError, VersionConflictError } from './errors.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store } from './store/store.ts'
import type { Metrics } from './telemetry/metrics.ts'

export interface SchedulerDeps {
  store: Store
  lock: Exclusive
  /** One look at a group; returns when to look again (ms), or null. */
  look: (groupKey: string) => Promise<number | null>
  /** Gives up on a group that fails every look: its page stays with people. */
  giveUp: (groupKey: string, error: unknown) => Promise<void>
  metrics: Metrics
  now: () => number
  logger: Logger
}

/** Looks under way at once: they wait for upstreams most of the time. */
const CONCURRENCY = 50
/** Looks that may fail, or kill the process, before a group is set aside. Source: RELIABILITY.md, poison messages. */
const MAX_ATTEMPTS = 5
const LONGEST_SLEEP_MS = 30_000
const FAILED_LOOK_RETRY_MS = 5_000

/** Runs a look at each group when it is due, from the durable due times: a restart continues where it stood. */
export class Scheduler {
  readonly #deps: SchedulerDeps
  readonly #queue = new PQueue({ concurrency: CONCURRENCY })
  readonly #running = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  #isTicking = false
  #hasNudge = false

  constructor(deps: SchedulerDeps) {
    this.#deps = deps
  }

  /** Looks at what is due now, and from then on whenever something falls due. */
  nudge(): void {
    if (this.#isStopped) return
    this.#hasNudge = true
    if (!this.#isTicking) void this.#tick()
  }

  /** Makes a group due now. */
  async wake(groupKey: string): Promise<void> {
    await this.#deps.store.makeDue(groupKey, this.#deps.now())
    this.nudge()
  }

  /** Takes nothing new up and resolves when the looks under way have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#queue.clear()
    await this.#queue.onIdle()
  }

  async #tick(): Promise<void> {
    this.#isTicking = true
    clearTimeout(this.#timer)
    let sleepMs = LONGEST_SLEEP_MS
    try {
      while (this.#hasNudge && !this.#isStopped) {
        this.#hasNudge = false
        const { store, now } = this.#deps
        for (const groupKey of await store.due(now(), CONCURRENCY * 4)) this.#enqueue(groupKey)
        const nextMs = await store.nextDueMs()
        // What is due and already running makes itself due again when it ends.
        if (nextMs !== null) sleepMs = Math.min(LONGEST_SLEEP_MS, Math.max(nextMs > now() ? nextMs - now() : 250, 5))
      }
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'due cases could not be read')
    } finally {
      this.#isTicking = false
      if (!this.#isStopped) this.#timer = setTimeout(() => this.nudge(), sleepMs).unref()
    }
  }

  #enqueue(groupKey: string): void {
    if (this.#running.has(groupKey)) return
    this.#running.add(groupKey)
    void this.#queue.add(async () => {
      try {
        await this.#deps.lock.run(groupKey, () => this.#lookAt(groupKey))
      } finally {
        this.#running.delete(groupKey)
        this.nudge()
      }
    })
  }

  async #lookAt(groupKey: string): Promise<void> {
    const { store, metrics, now, logger, look, giveUp } = this.#deps
    try {
      const attempts = await store.beginLook(groupKey, now())
      if (attempts > MAX_ATTEMPTS) {
        await giveUp(groupKey, new Error('every look at the case failed'))
        metrics.countLook('quarantined')
        await store.endLook(groupKey, null)
        return
      }
      const nextMs = await look(groupKey)
      metrics.countLook(nextMs === null ? 'settled' : 'later')
      await store.endLook(groupKey, nextMs)
    } catch (error) {
      const isConflict = error instanceof VersionConflictError
      metrics.countLook(isConflict ? 'conflict' : 'failed')
      logger.error({ groupKey, err: error }, 'look at case failed')
      // The tries stay counted: only a look that ends forgets them. A store that is away is no fault of the case.
      const retryMs = now() + (isConflict ? 0 : FAILED_LOOK_RETRY_MS)
      if (error instanceof StoreUnavailableError) this.#retryWhenStoreIsBack(groupKey)
      else await store.makeDue(groupKey, retryMs).catch(() => this.#retryWhenStoreIsBack(groupKey))
    }
  }

  #retryWhenStoreIsBack(groupKey: string): void {
    if (this.#isStopped) return
    setTimeout(() => {
      this.wake(groupKey).catch(() => this.#retryWhenStoreIsBack(groupKey))
    }, FAILED_LOOK_RETRY_MS).unref()
  }
}
