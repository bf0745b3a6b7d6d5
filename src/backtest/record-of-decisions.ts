import type { Policy } from '../config/policy.ts'
import type { Arrival } from '../model/arrival.ts'
import type { Usage } from '../model/usage.ts'
import type { SnoozeBudget } from '../model/verdict.ts'
import { type Storm, stormAt } from '../plan/storm.ts'

const HOUR_MS = 3_600_000

interface Opened {
  clusterId: string
  atMs: number
}
interface Snoozed {
  clusterIds: readonly string[]
  budget: SnoozeBudget
  fromMs: number
  untilMs: number
}

/** What the responder would have decided so far, by which budgets and storms are judged as they would have stood. */
export class RecordOfDecisions {
  readonly #policy: Policy
  readonly #arrivals: readonly Arrival[]
  readonly #opened: Opened[] = []
  readonly #snoozed: Snoozed[] = []

  /** `arrivals`: of all clusters that began to fail in the span. */
  constructor(policy: Policy, arrivals: readonly Arrival[]) {
    this.#policy = policy
    this.#arrivals = arrivals
  }

  open(clusterIds: readonly string[], atMs: number): void {
    for (const clusterId of clusterIds) this.#opened.push({ clusterId, atMs })
  }

  snooze(snooze: Snoozed): void {
    this.#snoozed.push(snooze)
  }

  usageOf(clusterIds: readonly string[], atMs: number): Usage {
    const sinceMs = atMs - this.#policy.budgets.cases.spanMs
    return {
      clusters: clusterIds.map((clusterId) => ({
        clusterId,
        snoozes: this.#snoozed.filter((one) => one.clusterIds.includes(clusterId) && one.fromMs <= atMs),
        cases: this.#opened.filter((one) => one.clusterId === clusterId && one.atMs > sinceMs && one.atMs <= atMs)
          .length,
      })),
      snoozesLastHour: this.#snoozed.filter(({ fromMs }) => fromMs > atMs - HOUR_MS && fromMs <= atMs).length,
    }
  }

  stormAt(atMs: number): Storm | null {
    // A storm that is on began no earlier than this, unless clusters came all along.
    const lately = this.#arrivals.filter((one) => one.atMs <= atMs && one.atMs > atMs - 6 * HOUR_MS)
    return stormAt(lately, atMs, this.#policy)
  }
}
