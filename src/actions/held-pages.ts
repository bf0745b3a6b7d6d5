import type { Logger } from 'pino'
import { HOLD_LIMIT_MS } from '../plan/plan-snooze.ts'

export interface HeldPagesDeps {
  /** Rejects while the store is away. */
  checkStore: () => Promise<void>
  /** Tells everybody in the notify channel. */
  cryOut: (text: string) => Promise<void>
  logger: Logger
  /** How long the store is waited for, in ms. */
  waitMs?: number
}

/** The ladder is climbed again after this, in ms. */
const RETRY_MS = 10_000
/** Climbs between two cries: at once, then some five minutes apart. */
const CRY_EVERY = 30

/**
 * Pages that we acknowledged and could not snooze because the store went away: with it gone no look will give them back.
 * Where it is not back in time they are rung without the journal. Source: PRODUCT.md section 4, Wake.
 */
export class HeldPages {
  readonly #deps: HeldPagesDeps
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(deps: HeldPagesDeps) {
    this.#deps = deps
  }

  /** Rings the incident by `ring`, which says whether it rings, unless the store is back in time: then the case's own look does. */
  storeWentAway(incidentId: string, ring: () => Promise<boolean>): void {
    if (this.#timers.has(incidentId)) return
    this.#after(incidentId, this.#deps.waitMs ?? HOLD_LIMIT_MS, ring, 0)
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #after(incidentId: string, inMs: number, ring: () => Promise<boolean>, climbs: number): void {
    const timer = setTimeout(() => void this.#giveBack(incidentId, ring, climbs), inMs)
    this.#timers.set(incidentId, timer)
  }

  async #giveBack(incidentId: string, ring: () => Promise<boolean>, climbs: number): Promise<void> {
    const { checkStore, cryOut, logger } = this.#deps
    const isBack = await checkStore().then(
      () => true,
      () => false,
    )
    if (isBack) return void this.#timers.delete(incidentId)
    logger.error({ incidentId }, 'the store is away: a page that is held quiet is rung without it')
    const isAwake = await ring().catch(() => false)
    if (isAwake) return void this.#timers.delete(incidentId)
    if (climbs % CRY_EVERY === 0)
      await cryOut(`An incident could not be woken and rings nobody: ${incidentId}. Somebody has to look at it now.`)
    if (this.#timers.has(incidentId)) this.#after(incidentId, RETRY_MS, ring, climbs + 1)
  }
}
