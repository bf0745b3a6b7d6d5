import type { Logger } from 'pino'
import type { Store } from './store/store.ts'

const EVERY_MS = 3_600_000

/**
 * Logs the head of the audit chain each hour: outside the store, where a cut-off end of the chain would show. One replica
 * does it; one that takes it over begins at once, so that no hour is left out.
 */
export class AuditAnchors {
  readonly #deps: { store: Pick<Store, 'auditHead' | 'leadership'>; logger: Logger }
  #timer: NodeJS.Timeout | undefined

  constructor(deps: { store: Pick<Store, 'auditHead' | 'leadership'>; logger: Logger }) {
    this.#deps = deps
  }

  start(): void {
    let isTakenOver = false
    this.#deps.store.leadership.seek('audit-anchor', {
      gained: () => {
        clearInterval(this.#timer)
        this.#timer = setInterval(() => void this.anchor(), EVERY_MS).unref()
        if (isTakenOver) void this.anchor()
      },
      lost: () => this.stop(),
    })
    isTakenOver = true
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async anchor(): Promise<void> {
    try {
      const head = await this.#deps.store.auditHead()
      if (head) this.#deps.logger.info({ seq: head.seq, hash: head.hash }, 'audit anchor')
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'audit anchor could not be read')
    }
  }
}
