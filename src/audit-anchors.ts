import type { Logger } from 'pino'
import type { Store } from './store/store.ts'

const EVERY_MS = 3_600_000

/** Logs the head of the audit chain each hour: outside the store, where a cut-off end of the chain would show. */
export class AuditAnchors {
  readonly #deps: { store: Pick<Store, 'auditHead'>; logger: Logger }
  #timer: NodeJS.Timeout | undefined

  constructor(deps: { store: Pick<Store, 'auditHead'>; logger: Logger }) {
    this.#deps = deps
  }

  start(): void {
    this.#timer = setInterval(() => void this.anchor(), EVERY_MS).unref()
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
