import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs'

/** What nobody waits for is on disk after this at the latest, in ms; a write that somebody waits for takes it along. */
const SOON_MS = 20

export type SyncFile = (fd: number, done: (error: Error | null) => void) => void

/**
 * Takes what was written to a file to the disk, in a thread of Node's pool: the event loop does not stand still meanwhile.
 * One sync serves everything that was written before it began.
 */
export class DiskSync {
  readonly #fd: number
  readonly #sync: SyncFile
  readonly #onFailure: (error: Error) => void
  #waiting: ((error: Error | null) => void)[] = []
  #isRunning = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  /** `onFailure` hears of a sync that failed: what was written before it may be lost though it can still be read. */
  constructor(file: string, onFailure: (error: Error) => void, sync: SyncFile = fdatasync) {
    this.#fd = openSync(file, 'r+')
    this.#onFailure = onFailure
    this.#sync = sync
  }

  /** Calls back when all that has been written so far is on disk, or can't be brought there. */
  whenOnDisk(done: (error: Error | null) => void): void {
    this.#waiting.push(done)
    if (!this.#isRunning) this.#run()
  }

  /** Brings what has been written so far to the disk before long. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.whenOnDisk(() => undefined), SOON_MS)
  }

  /** Brings everything to the disk now and answers whoever waits. @throws Error where the disk does not take it. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const waiting = this.#waiting
    this.#waiting = []
    try {
      fdatasyncSync(this.#fd)
      for (const done of waiting) done(null)
    } finally {
      if (!this.#isRunning) closeSync(this.#fd)
    }
  }

  #run(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isRunning = true
    const served = this.#waiting
    this.#waiting = []
    this.#sync(this.#fd, (error) => {
      this.#isRunning = false
      // Before anybody is answered: an answer may ask the next question at once.
      if (error) this.#onFailure(error)
      for (const done of served) done(error)
      if (this.#isClosed) closeSync(this.#fd)
      else if (this.#waiting.length > 0 && !this.#isRunning) this.#run()
    })
  }
}
