/** Runs looks at groups, each group at most once at a time. The due table says what is due: an engine may forget all it was offered. */
export interface LookEngine {
  /** What is due is asked for again after this at the latest, in ms. */
  readonly longestSleepMs: number
  /** True while groups that were offered wait for room: more need not be offered. */
  isFull(): boolean
  /**
   * Takes groups up that are due, urgent ones before all others; what it has taken up already is left out. Rejects when it
   * can't: they are offered again.
   */
  offer(groupKeys: readonly string[], urgency?: 'urgent' | 'usual'): Promise<void>
  /** Takes nothing new up, and resolves when the looks under way here have ended. */
  stop(): Promise<void>
}

export interface LookEngineDeps {
  /** One look; never rejects. */
  run: (groupKey: string) => Promise<void>
  /** Called after each look of this process: the group may be due again, and there is room for another. */
  ended: () => void
  /** True while looks should make way for webhooks that pour in: few are begun then, never none. */
  isRush: () => boolean
}

export type OpenLookEngine = (deps: LookEngineDeps) => LookEngine

/** Looks under way at once in one process: they wait for upstreams most of the time. */
export const CONCURRENCY = 50
