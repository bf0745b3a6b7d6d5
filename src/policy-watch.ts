import type { Logger } from 'pino'
import type { PolicySource } from './config/policy-source.ts'
import type { Store } from './store/store.ts'

/** How often the file is looked at, in ms. Not told by the file system: a mounted ConfigMap is swapped by its folder's link. */
const LOOK_EVERY_MS = 5_000
/** The hash of the policy that the audit names last; a turn over all replicas of the same name. */
const RECORDED = 'policy.hash'

export interface PolicyWatchDeps {
  policy: PolicySource
  store: Pick<Store, 'exclusive' | 'setting' | 'putSetting' | 'appendAudit'>
  now: () => number
  logger: Logger
  everyMs?: number
}

/**
 * Takes a changed policy file in while the service runs, on every replica by itself. A policy with any fault is refused whole
 * and the one before stays in force. Which policy came into force is in the audit, once for all replicas.
 */
export class PolicyWatch {
  readonly #deps: PolicyWatchDeps
  #timer: NodeJS.Timeout | undefined
  #recorded = ''

  constructor(deps: PolicyWatchDeps) {
    this.#deps = deps
  }

  start(): void {
    void this.#record()
    this.#timer = setInterval(() => this.look(false), this.#deps.everyMs ?? LOOK_EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Looks at the file now; `isAsked` where somebody says that it is written. */
  look(isAsked: boolean): void {
    const { policy, logger } = this.#deps
    const outcome = policy.reread(isAsked)
    const { hash, faults, needsRestart } = policy.state()
    if (outcome === 'refused') logger.error({ faults, hash }, 'policy refused: the one before stays in force')
    if (outcome === 'taken') logger.info({ hash }, 'policy taken: looks from now on work with it')
    if (outcome === 'taken' && needsRestart.length > 0)
      logger.warn({ needsRestart }, 'a part of the policy takes effect after a restart')
    void this.#record()
  }

  async #record(): Promise<void> {
    const { policy, store, now, logger } = this.#deps
    const { hash } = policy.state()
    if (hash === this.#recorded) return
    try {
      await store.exclusive.run(RECORDED, async () => {
        const before = await store.setting(RECORDED)
        if (before === hash) return
        await store.appendAudit({ kind: 'policy', actor: 'configuration', record: { hash, before }, nowMs: now() })
        await store.putSetting(RECORDED, hash)
      })
      this.#recorded = hash
    } catch (error) {
      // The next look tries again.
      logger.warn({ err: error }, 'the policy in force could not be recorded')
    }
  }
}
