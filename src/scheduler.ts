import type { LookEngine, OpenLookEngine } from './looks/look-engine.ts'
import { LookRunner, type LookRunnerDeps } from './looks/look-runner.ts'
import { openProcessEngine } from './looks/process-engine.ts'
import { Rush } from './looks/rush.ts'
import type { DueStore } from './store/store.ts'

export interface SchedulerDeps extends LookRunnerDeps {
  store: DueStore
  /** What runs the looks; in this process alone where none is given. */
  openEngine?: OpenLookEngine
}

/** Groups offered to the engine at once. */
const OFFERED = 200
/** What is due and taken up already is asked for again after this, in ms. */
const BUSY_SLEEP_MS = 250

/**
 * Has each group looked at when it is due, from the durable due times: a restart continues where it stood, and nothing
 * but the due times needs to outlive it.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps
  readonly #runner: LookRunner
  readonly #rush = new Rush()
  #engine: LookEngine | null = null
  #timer: NodeJS.Timeout | undefined
  #tick: Promise<void> = Promise.resolve()
  #isTicking = false
  #isStopped = false
  #hasNudge = false

  constructor(deps: SchedulerDeps) {
    this.#deps = deps
    this.#runner = new LookRunner(deps, () => this.nudge())
  }

  /** Looks at what is due now, and from then on whenever something falls due. */
  nudge(): void {
    // Groups that wait for room go first: the end of a look, or the timer, comes back to this.
    if (!this.#engine?.isFull()) this.#offer()
  }

  /** A webhook was accepted: looks at what is due, and makes way where webhooks pour in. */
  accepted(): void {
    this.#rush.came(performance.now())
    this.nudge()
  }

  /** Makes a group due now. */
  async wake(groupKey: string): Promise<void> {
    await this.#deps.store.makeDue(groupKey, this.#deps.now())
    this.nudge()
  }

  /** Takes nothing new up from now on; what is not begun stays due. */
  drain(): void {
    this.#isStopped = true
    this.#runner.stop()
    clearTimeout(this.#timer)
  }

  /** Takes nothing new up and resolves when the looks under way have ended. */
  async stop(): Promise<void> {
    this.drain()
    await this.#tick
    await this.#engine?.stop()
  }

  #offer(): void {
    if (this.#isStopped) return
    this.#hasNudge = true
    if (!this.#isTicking) this.#tick = this.#offerDue()
  }

  async #offerDue(): Promise<void> {
    this.#isTicking = true
    clearTimeout(this.#timer)
    const { store, now, logger } = this.#deps
    const engine = this.#openedEngine()
    let sleepMs = engine.longestSleepMs
    try {
      while (this.#hasNudge && !this.#isStopped) {
        this.#hasNudge = false
        await engine.offer(await store.quietDue(now(), OFFERED), 'urgent')
        await engine.offer(await store.due(now(), OFFERED), 'usual')
        const nextMs = await store.nextDueMs()
        // What is due and already running makes itself due again when it ends.
        if (nextMs !== null) sleepMs = Math.min(sleepMs, Math.max(nextMs > now() ? nextMs - now() : BUSY_SLEEP_MS, 5))
      }
    } catch (error) {
      logger.error({ err: error }, 'due cases could not be read')
    } finally {
      this.#isTicking = false
      if (!this.#isStopped) this.#timer = setTimeout(() => this.#offer(), sleepMs).unref()
    }
  }

  #openedEngine(): LookEngine {
    const { openEngine = openProcessEngine } = this.#deps
    this.#engine ??= openEngine({
      run: (groupKey) => this.#runner.run(groupKey),
      ended: () => this.nudge(),
      isRush: () => this.#rush.isOn(performance.now()),
    })
    return this.#engine
  }
}
