import type { Logger } from 'pino'
import type { ModeInForce, Store } from '../../store/store.ts'
import type { Operations } from '../operations.ts'

/** How often the store is asked while somebody listens, in ms. */
const POLL_MS = 1_000
/** Case ids in one event; of more than that it says only that there were many. */
const IDS_LIMIT = 100

/** What those who watch are told. It holds no more of a customer than ids of ours. */
export type Change =
  | { event: 'changed'; cases: string[] | null }
  | { event: 'mode'; mode: ModeInForce['mode']; paused: boolean; frozen: boolean }
  /** Whether what is stored can be read: what is shown stands still while it can't. */
  | { event: 'store'; readable: boolean }

export interface ChangeFeedDeps {
  store: Pick<Store, 'changesSince'>
  operations: Pick<Operations, 'mode'>
  logger: Logger
}

type Listener = (change: Change) => void

/**
 * Tells of cases that were stored and of changes of the mode, whichever replica made them. The store is asked only
 * while somebody listens.
 */
export class ChangeFeed {
  readonly #deps: ChangeFeedDeps
  readonly #listeners = new Set<Listener>()
  #timer: NodeJS.Timeout | undefined
  /** Null where nobody has listened since. */
  #position: number | null = null
  /** An older position from which somebody who came meanwhile wants to be told. */
  #since: number | null = null
  #mode = ''
  /** Counts the times that the last listener left: an answer that was asked for before that is nobody's. */
  #round = 0
  #hasFailed = false
  /** Those who came meanwhile do not know yet that the store can't be read. */
  #isBlindTold = false

  constructor(deps: ChangeFeedDeps) {
    this.#deps = deps
  }

  /**
   * Tells the listener of the mode, and of what changes from now on or from a position on, until the function that it
   * returns is called. The others may be told again of what they know.
   */
  listen(listener: Listener, since: number | null = null): () => void {
    this.#listeners.add(listener)
    this.#mode = ''
    this.#isBlindTold = false
    if (since !== null) this.#since = Math.min(since, this.#since ?? since)
    if (this.#timer === undefined) this.#pollAfter(0)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#position = null
      this.#since = null
      this.#round += 1
    }
  }

  #pollAfter(ms: number): void {
    this.#timer = setTimeout(() => void this.#poll(), ms).unref()
  }

  async #poll(): Promise<void> {
    const round = this.#round
    const since = this.#since === null ? this.#position : Math.min(this.#since, this.#position ?? this.#since)
    this.#since = null
    try {
      const [{ ids, position }, mode] = await Promise.all([
        this.#deps.store.changesSince(since),
        this.#deps.operations.mode(),
      ])
      if (round !== this.#round) return
      this.#position = position
      if (this.#hasFailed) this.#tell({ event: 'store', readable: true })
      this.#hasFailed = false
      this.#tellCases(ids)
      this.#tellMode(mode)
    } catch (err) {
      // Nothing is lost: the next answer tells of all since the last one. Said once, not each second.
      if (!this.#hasFailed) this.#deps.logger.warn({ err }, 'changes could not be read')
      this.#hasFailed = true
      if (round !== this.#round) return
      if (since !== null) this.#since = Math.min(since, this.#since ?? since)
      if (!this.#isBlindTold) this.#tell({ event: 'store', readable: false })
      this.#isBlindTold = true
    }
    if (round === this.#round) this.#pollAfter(POLL_MS)
  }

  #tellCases(ids: string[] | null): void {
    if (ids === null || ids.length > IDS_LIMIT) this.#tell({ event: 'changed', cases: null })
    else if (ids.length > 0) this.#tell({ event: 'changed', cases: ids })
  }

  #tellMode({ mode, paused, frozenWhy }: ModeInForce): void {
    const change = { event: 'mode', mode, paused, frozen: frozenWhy !== undefined } as const
    const known = this.#mode
    this.#mode = JSON.stringify(change)
    if (known !== this.#mode) this.#tell(change)
  }

  #tell(change: Change): void {
    for (const listener of [...this.#listeners]) listener(change)
  }
}
