import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { StoreUnavailableError } from '../../errors.ts'
import { CommitPace } from './commit-pace.ts'
import { CHECKED_AT_OPENING, refuseDamage, watchForDamage } from './damage.ts'
import { DiskSync, type SyncFile } from './disk-sync.ts'
import { migrate, refuseNewer } from './schema.ts'

interface QueuedWrite {
  run: () => void
  resolve: () => void
  reject: (error: unknown) => void
  /** False where its caller needs it to outlive the process, not the machine. */
  isOnDiskFirst: boolean
}

interface DatabaseOptions {
  isReadOnly?: boolean
  /** Bytes up to which a file is looked through before the store opens. */
  checkedAtOpening?: number
  /** Brings a file to the disk. */
  sync?: SyncFile
}

/** File name of the embedded store inside DATA_DIR. */
const FILE = 'responder.sqlite'

/**
 * The embedded store's one connection. Writes that arrive in the same turn of the event loop are committed together, in a
 * burst those of a few ms. SQLite leaves its log to the system; we bring that to the disk after each commit, beside the
 * event loop, and a promise of `write` resolves only then. A store that is found damaged answers nothing more.
 */
export class Database {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #pace = new CommitPace(performance.now())
  readonly #stopWatching: () => void = () => undefined
  readonly #disk: DiskSync | null = null
  #damage: string | null = null
  #queue: QueuedWrite[] = []
  #isScheduled = false

  /** Opens, checks and, unless read only, migrates the store. @throws StoreUnavailableError when the file can't be used; it is left as it is. */
  constructor(
    directory: string,
    { isReadOnly = false, checkedAtOpening = CHECKED_AT_OPENING, sync }: DatabaseOptions = {},
  ) {
    try {
      if (!isReadOnly) mkdirSync(directory, { recursive: true, mode: 0o700 })
      this.#db = new DatabaseSync(join(directory, FILE), { timeout: 5_000, readOnly: isReadOnly })
      if (isReadOnly) {
        refuseNewer(this.#db)
        return
      }
      this.#db.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 4000',
      )
      refuseDamage(this.#db, join(directory, FILE), checkedAtOpening)
      migrate(this.#db)
      // There from the first look into the file on, and as long as a connection is open.
      this.#disk = new DiskSync(`${join(directory, FILE)}-wal`, (error) => this.#lost(error), sync)
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
    return this.#enqueue(change, true)
  }

  /**
   * As `write`, but resolves once it is committed: it outlives the process from then on, and the machine before any later
   * `write` does. For what only the next start needs to know.
   */
  writeAlong<T>(change: () => T): Promise<T> {
    return this.#enqueue(change, false)
  }

  /** Commits what is queued, brings it to the disk and closes the file. */
  close(): void {
    this.#stopWatching()
    this.#commit()
    this.#statements.clear()
    if (!this.#db.isOpen) return
    try {
      this.#disk?.close()
    } finally {
      this.#db.close()
    }
  }

  #enqueue<T>(change: () => T, isOnDiskFirst: boolean): Promise<T> {
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
        isOnDiskFirst,
      })
      if (this.#isScheduled) return
      this.#isScheduled = true
      this.#schedule()
    })
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
    let done: QueuedWrite[]
    try {
      this.assertSound()
      done = this.#runTogether(batch) ?? this.#runApart(batch)
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
      const failure = new StoreUnavailableError(`the store can't commit: ${messageOf(error)}`, { cause: error })
      for (const write of batch) write.reject(failure)
      return
    }
    const endedMs = performance.now()
    this.#pace.took(endedMs - startedMs, endedMs)
    this.#answer(done)
  }

  /** Answers each write once what its caller needs is true. */
  #answer(done: readonly QueuedWrite[]): void {
    const onDiskFirst = done.filter((write) => write.isOnDiskFirst)
    if (onDiskFirst.length === 0) this.#disk?.soon()
    else
      this.#disk?.whenOnDisk((error) => {
        const failure = error && new StoreUnavailableError(`the store can't commit: ${error.message}`, { cause: error })
        for (const write of onDiskFirst) failure ? write.reject(failure) : write.resolve()
      })
    for (const write of done) if (!write.isOnDiskFirst) write.resolve()
  }

  /** Commits a group as one; null, and nothing of it is done, where one of them fails. */
  #runTogether(batch: readonly QueuedWrite[]): QueuedWrite[] | null {
    this.run('BEGIN IMMEDIATE')
    try {
      for (const write of batch) write.run()
    } catch {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      return null
    }
    this.run('COMMIT')
    return [...batch]
  }

  /** Commits a group without those that fail, each of which costs only itself. */
  #runApart(batch: readonly QueuedWrite[]): QueuedWrite[] {
    this.run('BEGIN IMMEDIATE')
    const done = batch.filter((write) => this.#runIsolated(write))
    this.run('COMMIT')
    return done
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

  /** What the system did not bring to the disk it may have forgotten by now, though it can still be read. */
  #lost(error: Error): void {
    this.#damage ??= `what was written did not reach the disk (${error.message})`
  }

  /** @throws StoreUnavailableError where what the store says can't be relied on. */
  assertSound(): void {
    if (this.#damage !== null) throw new StoreUnavailableError(`the store is damaged: ${this.#damage}`)
  }

  #read<T>(query: () => T): T {
    this.assertSound()
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
