import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { StoreUnavailableError } from '../../errors.ts'
import { CommitPace } from './commit-pace.ts'
import { CHECKED_AT_OPENING, refuseDamage, watchForDamage } from './damage.ts'
import { migrate } from './schema.ts'

interface QueuedWrite {
  run: () => void
  resolve: () => void
  reject: (error: unknown) => void
}

/** File name of the embedded store inside DATA_DIR. */
const FILE = 'responder.sqlite'

/**
 * The embedded store's one connection. Writes that arrive in the same turn of the event loop are committed together
 * (one disk sync for all of them), in a burst those of a few ms; a promise of `write` resolves only after that commit is
 * durable. A store that is found damaged answers nothing more.
 */
export class Database {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #pace = new CommitPace(performance.now())
  readonly #stopWatching: () => void = () => undefined
  #damage: string | null = null
  #queue: QueuedWrite[] = []
  #isScheduled = false

  /** Opens, checks and, unless read only, migrates the store. @throws StoreUnavailableError when the file can't be used; it is left as it is. */
  constructor(
    directory: string,
    {
      isReadOnly = false,
      checkedAtOpening = CHECKED_AT_OPENING,
    }: { isReadOnly?: boolean; checkedAtOpening?: number } = {},
  ) {
    try {
      if (!isReadOnly) mkdirSync(directory, { recursive: true, mode: 0o700 })
      this.#db = new DatabaseSync(join(directory, FILE), { timeout: 5_000, readOnly: isReadOnly })
      if (isReadOnly) return
      this.#db.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 4000',
      )
      refuseDamage(this.#db, join(directory, FILE), checkedAtOpening)
      migrate(this.#db)
      this.#stopWatching = watchForDamage(join(directory, FILE), checkedAtOpening, (what) => {
        this.#damage = what
      })
    } catch (error) {
      throw new StoreUnavailableError(`the store in ${directory} can't be opened: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#read(() => this.#prepare(sql).all(...values))
  }

  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#read(() => this.#prepare(sql).get(...values))
  }

  /** Runs one statement. Call it inside `write` only, so that it is part of a durable commit. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes)
  }

  /**
   * Runs the function inside the next group commit and resolves with its result once that is on disk. If the function
   * throws, only its own changes are undone and the promise rejects with its error.
   * @throws StoreUnavailableError when the commit fails (disk full, read-only).
   */
  write<T>(change: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: { value: T } | undefined
      this.#queue.push({
        run: () => {
          result = { value: change() }
        },
        resolve: () => {
          if (result) resolve(result.value)
        },
        reject,
      })
      if (this.#isScheduled) return
      this.#isScheduled = true
      this.#schedule()
    })
  }

  /** Commits what is queued and closes the file. */
  close(): void {
    this.#stopWatching()
    this.#commit()
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
  }

  #schedule(): void {
    const waitMs = this.#pace.waitMs(performance.now())
    if (waitMs > 0) setTimeout(() => this.#commit(), waitMs)
    else setImmediate(() => this.#commit())
  }

  #commit(): void {
    this.#isScheduled = false
    const batch = this.#queue
    this.#queue = []
    if (batch.length === 0) return
    const startedMs = performance.now()
    const done: QueuedWrite[] = []
    try {
      this.#refuseDamaged()
      this.run('BEGIN IMMEDIATE')
      for (const write of batch) if (this.#runIsolated(write)) done.push(write)
      this.run('COMMIT')
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
      const failure = new StoreUnavailableError(`the store can't commit: ${messageOf(error)}`, { cause: error })
      for (const write of batch) write.reject(failure)
      return
    }
    const endedMs = performance.now()
    this.#pace.took(endedMs - startedMs, endedMs)
    for (const write of done) write.resolve()
  }

  #runIsolated(write: QueuedWrite): boolean {
    this.run('SAVEPOINT one')
    try {
      write.run()
      this.run('RELEASE one')
      return true
    } catch (error) {
      // A failed statement may have ended the transaction itself (disk full): then the whole group fails.
      if (!this.#db.isTransaction) throw error
      this.#db.exec('ROLLBACK TO one; RELEASE one')
      write.reject(
        isStorageFault(error)
          ? new StoreUnavailableError(`the store can't write: ${messageOf(error)}`, { cause: error })
          : error,
      )
      return false
    }
  }

  #refuseDamaged(): void {
    if (this.#damage !== null) throw new StoreUnavailableError(`the store is damaged: ${this.#damage}`)
  }

  #read<T>(query: () => T): T {
    this.#refuseDamaged()
    try {
      return query()
    } catch (error) {
      throw isStorageFault(error)
        ? new StoreUnavailableError(`the store can't be read: ${messageOf(error)}`, { cause: error })
        : error
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function isStorageFault(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
