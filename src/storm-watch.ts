import type { Notice } from './actions/slack-outbox.ts'
import { StormLedger } from './actions/storm-ledger.ts'
import type { PolicySource } from './config/policy-source.ts'
import type { Arrival } from './model/arrival.ts'
import type { CaseAlert } from './model/case.ts'
import { identifyCluster } from './model/identity.ts'
import { type Storm, stormAt } from './plan/storm.ts'
import { stormNotice } from './plan/storm-notice.ts'
import type { Store } from './store/store.ts'

/** Arrivals older than this can't be part of a storm that is on, unless new ones came all along, in ms. */
const LOOK_BACK_MS = 6 * 3_600_000
/** An answer is used again for so long: in a storm thousands of cases ask, in ms. */
const FRESH_MS = 1_000
/** A storm whose end could not be written down is looked at again after this, in ms. */
const RETRY_MS = 15_000

/** The part of a storm that one replica knows at least of which nothing is stored yet: many share the webhooks. */
const OWN_PART = 0.1

export interface StormWatchDeps {
  store: Pick<Store, 'arrivals' | 'setting' | 'putSetting' | 'exclusive'>
  policy: PolicySource
  now: () => number
  /** Called at the replica that noticed it, with the key of a storm whose notice is to say something else. */
  onChange: (key: string) => void
}

/**
 * Says whether a storm is on, from the clusters in the store, and tells when it begins, grows or ends: once over all
 * replicas, whatever part of it each has seen, and after a restart too.
 */
export class StormWatch {
  readonly #deps: StormWatchDeps
  readonly #ledger: StormLedger
  #known: { atMs: number; storm: Storm | null } | null = null
  #asking: Promise<Storm | null> | null = null
  #askingNext: Promise<Storm | null> | null = null
  /** Clusters of the last answer that the store told of. */
  #stored: ReadonlySet<string> = new Set()
  /** By cluster id: of groups whose first look is under way. */
  readonly #unstored = new Map<string, Arrival>()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(deps: StormWatchDeps) {
    this.#deps = deps
    this.#ledger = new StormLedger(deps.store)
  }

  /** Takes up the storm that was on when the last process ended. */
  async start(): Promise<void> {
    await this.read()
  }

  /** Tells of the storms whose notice does not say what it should: the replica that noticed may have died. */
  async tellOwed(): Promise<void> {
    await this.read()
    for (const key of await this.#ledger.owed()) this.#deps.onChange(key)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** The storm that is on, the clusters of the group that is being looked at counted in before it is stored. */
  async read(alerts: readonly CaseAlert[] = []): Promise<Storm | null> {
    const nowMs = this.#deps.now()
    const hasNews = this.#remember(alerts, nowMs - LOOK_BACK_MS)
    const isOfNoMatter = !hasNews || !this.#mayBeStorm()
    if (this.#isFresh(nowMs) && (this.#known?.storm || isOfNoMatter)) return this.#known?.storm ?? null
    // Looks come in hundreds: those that come while one asks share its answer, or the next one, which counts them in.
    if (this.#asking && isOfNoMatter) return this.#asking
    if (!this.#asking) return this.#askOnce()
    this.#askingNext ??= this.#asking.then(
      () => this.#askNext(),
      () => this.#askNext(),
    )
    return this.#askingNext
  }

  /** What the notices of storms say, and should say. */
  get ledger(): StormLedger {
    return this.#ledger
  }

  #askNext(): Promise<Storm | null> {
    this.#askingNext = null
    return this.#asking ?? this.#askOnce()
  }

  async #askOnce(): Promise<Storm | null> {
    this.#asking = this.#ask()
    try {
      return await this.#asking
    } finally {
      this.#asking = null
    }
  }

  async #ask(): Promise<Storm | null> {
    const { store, policy, now } = this.#deps
    const nowMs = now()
    const stored = await store.arrivals(nowMs - LOOK_BACK_MS)
    this.#stored = new Set(stored.map(({ clusterId }) => clusterId))
    for (const clusterId of this.#stored) this.#unstored.delete(clusterId)
    const seen = stormAt([...stored, ...this.#unstored.values()], nowMs, policy.current())
    const { changed, standing } = await this.#ledger.note(seen, nowMs)
    // Another replica may have counted clusters that are not stored yet: what it calls a storm is one here too.
    const storm = seen ?? standing
    this.#known = { atMs: nowMs, storm }
    if (standing) this.#lookAgainAt(standing.endsAtMs)
    for (const key of changed) this.#deps.onChange(key)
    return storm
  }

  /** A storm ends by its time, whether or not anybody asks then. */
  #lookAgainAt(atMs: number): void {
    clearTimeout(this.#timer)
    if (this.#isStopped) return
    this.#timer = setTimeout(
      () => {
        this.read().catch(() => this.#lookAgainAt(this.#deps.now() + RETRY_MS))
      },
      Math.max(0, atMs - this.#deps.now()) + 1,
    ).unref()
  }

  /** An answer that says when the storm ends is none after that. */
  #isFresh(nowMs: number): boolean {
    if (!this.#known || nowMs - this.#known.atMs >= FRESH_MS) return false
    return this.#known.storm === null || this.#known.storm.endsAtMs > nowMs
  }

  /** So few clusters are no storm, whatever their times, and however many more the other replicas were told of just now. */
  #mayBeStorm(): boolean {
    const { clusters, perRegion } = this.#deps.policy.current().storm
    return this.#stored.size + this.#unstored.size >= Math.min(clusters, perRegion) * OWN_PART
  }

  /** True when one of the alerts is of a cluster that was not counted yet. Cases are stored after their first look only. */
  #remember(alerts: readonly CaseAlert[], sinceMs: number): boolean {
    const sizeBefore = this.#unstored.size
    for (const { startsAtMs, ...alert } of alerts) {
      const identity = identifyCluster(alert)
      if (identity.kind !== 'identified' || startsAtMs < sinceMs || this.#stored.has(identity.clusterId)) continue
      const { clusterId, region, accountId } = identity
      this.#unstored.set(clusterId, { clusterId, region, accountId, atMs: startsAtMs })
    }
    return this.#unstored.size > sizeBefore
  }
}

/** The one notice of a storm, as the ledger says that it should look. */
export function noticeOf({ ledger }: Pick<StormWatch, 'ledger'>, key: string): Notice {
  return {
    key,
    async load() {
      const storm = await ledger.owedNotice(key)
      return storm && stormNotice(storm, storm.isOver)
    },
    told: ({ contentKey }) => ledger.noticed(key, contentKey),
  }
}
