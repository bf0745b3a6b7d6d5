import type { Logger } from 'pino'
import { isTransient, LeaseLostError, StoppingError, StoreUnavailableError, VersionConflictError } from '../errors.ts'
import { type Exclusive, ProcessExclusive } from '../store/exclusive.ts'
import type { DueStore } from '../store/store.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface LookRunnerDeps {
  store: Pick<DueStore, 'triesIfDue' | 'beginLook' | 'endLook' | 'makeDue'>
  lock: Exclusive
  /** One look at a group; returns when to look again (ms), or null. */
  look: (groupKey: string) => Promise<number | null>
  /** Gives up on a group that fails every look: its page stays with people. */
  giveUp: (groupKey: string, error: unknown) => Promise<void>
  metrics: Pick<Metrics, 'countLook'>
  now: () => number
  logger: Logger
  /** A store that went away is tried again after this, in ms. */
  storeRetryMs?: number
}

/** Looks that may fail, or kill the process, before a group is set aside. */
const MAX_ATTEMPTS = 5
/**
 * Looks in vain after which a group is suspected of killing the process: it is looked at while no other suspect is, so that
 * what is under way beside the culprit, or when a process dies of something else, is not taken for it time after time.
 */
const SUSPECT_TRIES = 2
const FAILED_LOOK_RETRY_MS = 5_000
/** However long an upstream asks to wait: a page that is held quiet has to be looked at, in ms. */
const LONGEST_UPSTREAM_WAIT_MS = 30_000

/** One look at a group that is due, alone over all replicas; what is to follow is in the due table when it ends. */
export class LookRunner {
  readonly #deps: LookRunnerDeps
  readonly #nudge: () => void
  readonly #suspects = new ProcessExclusive()
  #isStopped = false

  /** `nudge` has what is due looked at. */
  constructor(deps: LookRunnerDeps, nudge: () => void) {
    this.#deps = deps
    this.#nudge = nudge
  }

  /** From now on a look that has not begun does nothing: its group stays due. */
  stop(): void {
    this.#isStopped = true
  }

  /** Looks at the group if it still is due. Never rejects. */
  async run(groupKey: string): Promise<void> {
    const { store, lock, now, logger } = this.#deps
    try {
      await lock.run(groupKey, async () => {
        // Somebody else may have looked while this one waited for its turn.
        const tries = await store.triesIfDue(groupKey, now())
        if (tries === null) return
        if (tries < SUSPECT_TRIES) await this.#lookInTurn(groupKey)
        else await this.#suspects.run('suspects', () => this.#lookInTurn(groupKey))
      })
    } catch (error) {
      logger.warn({ groupKey, err: error }, 'no turn for the case; looking again')
      this.#retryWhenStoreIsBack(() => store.makeDue(groupKey, now()))
    }
  }

  async #lookInTurn(groupKey: string): Promise<void> {
    if (this.#isStopped) return
    try {
      this.#deps.metrics.countLook(await this.#lookAt(groupKey))
    } catch (error) {
      await this.#lookAgain(groupKey, error)
    }
  }

  async #lookAt(groupKey: string): Promise<'quarantined' | 'settled' | 'later'> {
    const { store, now, look, giveUp } = this.#deps
    const attempts = await store.beginLook(groupKey, now())
    if (attempts > MAX_ATTEMPTS) {
      await giveUp(groupKey, new Error('every look at the case failed'))
      await store.endLook(groupKey, null)
      return 'quarantined'
    }
    const nextMs = await look(groupKey)
    await store.endLook(groupKey, nextMs)
    return nextMs === null ? 'settled' : 'later'
  }

  /** Makes the group due again. Where its turn was lost this leaves alone whoever looks at it by now. */
  async #lookAgain(groupKey: string, error: unknown): Promise<void> {
    const { store, metrics, logger, now } = this.#deps
    try {
      // No fault of the case: its tries are forgotten.
      if (error instanceof StoppingError) return await store.endLook(groupKey, now())
      if (error instanceof VersionConflictError || error instanceof LeaseLostError) {
        metrics.countLook('conflict')
        logger.warn({ groupKey, err: error }, 'another writer was quicker; looking again')
        return await store.endLook(groupKey, now())
      }
      metrics.countLook('failed')
      logger.error({ groupKey, err: error }, 'look at case failed')
      if (error instanceof StoreUnavailableError) return this.#forgetWhenStoreIsBack(groupKey)
      // Nor is an upstream that is away, or has no call left for now: its tries are forgotten too.
      if (isTransient(error) && (error.code === 'not-sent' || error.code === 'rate-limited')) {
        const waitMs = Math.min(LONGEST_UPSTREAM_WAIT_MS, Math.max(FAILED_LOOK_RETRY_MS, error.retryAfterMs ?? 0))
        return await store.endLook(groupKey, now() + waitMs)
      }
      // The tries stay counted: only a look that ends forgets them.
      await store.makeDue(groupKey, now() + FAILED_LOOK_RETRY_MS)
    } catch (again) {
      logger.warn({ groupKey, err: again }, 'case could not be made due yet')
      this.#retryWhenStoreIsBack(() => store.makeDue(groupKey, now()))
    }
  }

  /** A store that went away during a look is no fault of the case: its tries are forgotten, once it is this one's turn again. */
  #forgetWhenStoreIsBack(groupKey: string): void {
    const { store, lock, now } = this.#deps
    this.#retryWhenStoreIsBack(() => lock.run(groupKey, () => store.endLook(groupKey, now())))
  }

  #retryWhenStoreIsBack(makeDue: () => Promise<void>): void {
    if (this.#isStopped) return
    setTimeout(() => {
      makeDue().then(this.#nudge, () => this.#retryWhenStoreIsBack(makeDue))
    }, this.#deps.storeRetryMs ?? FAILED_LOOK_RETRY_MS).unref()
  }
}
