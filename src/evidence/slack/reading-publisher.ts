import type { BoardView } from './board-view.ts'

export interface ReadingPublisherOptions {
  view: BoardView
  /** The reading as JSON, as it is at this moment; different for each state. */
  snapshot: () => string
  /** False once another replica may be reading: then nothing more is said. */
  isReader: () => boolean
  /** What was stored before this time may be lost (ms). */
  doubtBeforeMs: () => number
  /**
   * Called when the store has lost its newest writes, among which messages may be: it says so, or the board does not show what
   * was last put there. (Then somebody else may read too.) Nothing that was read before is believed then.
   */
  onLost: () => void
}

/** Keeps the board of one channel up to what its reader knows. Writes one after another; what comes meanwhile is joined. */
export class ReadingPublisher {
  readonly #options: ReadingPublisherOptions
  /** What the board shows if nothing is lost: the last that was put there, and one of which no answer came. */
  #own: readonly string[] = []
  #doubtBeforeMs: number
  #writing: Promise<unknown> = Promise.resolve()
  #queued: Promise<void> | null = null

  constructor(options: ReadingPublisherOptions) {
    this.#options = options
    this.#doubtBeforeMs = options.doubtBeforeMs()
  }

  /** True when the store says that it has lost something since the last word. */
  get isInDoubt(): boolean {
    return this.#options.doubtBeforeMs() !== this.#doubtBeforeMs
  }

  /** Resolves once the board shows the state of this moment, or a later one. @throws StoreUnavailableError */
  publish(): Promise<void> {
    this.#queued ??= this.#writing.then(() => {
      this.#queued = null
      const write = this.#write()
      this.#writing = write.catch(() => undefined)
      return write
    })
    return this.#queued
  }

  async #write(): Promise<void> {
    const { view, snapshot, isReader, onLost } = this.#options
    const { reading } = await view.read()
    if (!isReader()) return
    if (this.isInDoubt || (this.#own.length > 0 && !this.#own.some((own) => own === reading))) onLost()
    this.#doubtBeforeMs = this.#options.doubtBeforeMs()
    const next = snapshot()
    if (next === reading) return
    this.#own = [...this.#own.slice(-1), next]
    await view.putReading(next)
    this.#own = [next]
  }
}
