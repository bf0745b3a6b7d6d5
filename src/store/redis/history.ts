import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { formatDuration } from '../../model/duration.ts'
import type { SettingStore, StoreHistory } from '../store.ts'
import type { RedisConnection } from './connection.ts'
import { BEAT, THAW, WENT_BACK } from './history-script.ts'
import { integer, list, text } from './reply.ts'
import { schemaVersion, tooNew } from './schema.ts'

const BEAT_EVERY_MS = 1_000
/** What a killed server may lose of its append-only file, written once a second, with time to spare, in ms. */
const HARMLESS_LOSS_MS = 5_000
/** Beats that are remembered with their time. */
const BEATS_KEPT = 60

const NEW_STORE =
  'the store in Redis is not the one that was in use: it was emptied, or another one answers. Nothing is known of what was done before; set the mode to act again'

/** What is known of records that may have been lost, kept up by a beat each second. */
export interface RedisHistory extends StoreHistory {
  /** Ends a freeze: an operator has set the mode. */
  thaw(): Promise<void>
  stop(): void
}

export interface HistoryDeps {
  now: () => number
  logger: Logger
  /** The newest version of the schema that is understood. Default: this program's. */
  schemaVersion?: number
  /** Called by the one process that froze the store, so that the audit says so. */
  onFrozen?: (why: string) => Promise<void>
}

/**
 * Watches that the store goes neither back nor away. Another server, or a restart of it, puts every earlier record in doubt;
 * a store that is empty, or lost more than a crash can lose, freezes all replicas. Source: PRODUCT.md section 6.
 * @throws StoreUnavailableError when Redis does not answer.
 */
export async function openHistory(connection: RedisConnection, deps: HistoryDeps): Promise<RedisHistory> {
  const history = new History(connection, deps)
  await history.start()
  return history
}

/** The settings, of which setting the mode ends a freeze. The mode that the configuration seeds is nobody's decision. */
export function thawedByMode(settings: SettingStore, history: Pick<RedisHistory, 'thaw'>): SettingStore {
  return {
    ...settings,
    async putMode(mode, by, nowMs) {
      await settings.putMode(mode, by, nowMs)
      if (by !== 'configuration') await history.thaw()
    },
  }
}

class History implements RedisHistory {
  readonly #connection: RedisConnection
  readonly #deps: HistoryDeps
  readonly #process = randomUUID()
  #epoch = ''
  /** Beats that Redis has acknowledged, oldest first, with the time of each by the monotonic clock. */
  #beats: { count: number; atMs: number }[] = []
  #count = 0
  #doubtBeforeMs = 0
  #frozenWhy: string | null = null
  /** False from a lost connection until the next beat has shown that the same store answers. */
  #isChecked = false
  #isStopped = false
  #beating: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  readonly #onClose = () => {
    this.#isChecked = false
  }
  readonly #onReady = () => {
    void this.#beatQuietly()
  }

  constructor(connection: RedisConnection, deps: HistoryDeps) {
    this.#connection = connection
    this.#deps = deps
  }

  async start(): Promise<void> {
    await this.#connection.ask(async (redis) => redis.on('close', this.#onClose).on('ready', this.#onReady))
    await this.#beat()
    this.#beatAgain()
  }

  doubtBeforeMs(): number {
    // Nothing is proven by a store that may be another one by now.
    return this.#isChecked ? this.#doubtBeforeMs : Math.max(this.#deps.now(), this.#doubtBeforeMs)
  }

  frozenWhy(): string | null {
    return this.#frozenWhy
  }

  async thaw(): Promise<void> {
    await this.#connection.run(THAW, [])
    this.#frozenWhy = null
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#connection
      .ask(async (redis) => redis.off('close', this.#onClose).off('ready', this.#onReady))
      // Refused: then nothing is asked of it any more.
      .catch(() => undefined)
  }

  #beatAgain(): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.#beatQuietly().then(() => this.#beatAgain()), BEAT_EVERY_MS).unref()
  }

  /** One beat after the other; one that Redis does not answer proves nothing, and the next one tells. */
  #beatQuietly(): Promise<void> {
    const beat = this.#beating.then(async () => {
      if (this.#isStopped) return
      try {
        await this.#beat()
      } catch {
        this.#isChecked = false
      }
    })
    this.#beating = beat
    return beat
  }

  async #beat(): Promise<void> {
    const { now } = this.#deps
    const knownEpoch = this.#epoch
    const sentAtMs = performance.now()
    const args = [this.#process, this.#count + 1, knownEpoch, randomUUID(), Math.floor(now()), NEW_STORE]
    this.#count += 1
    const count = this.#count
    const answer = list(await this.#connection.run(BEAT, args), 'the history')
    const [epoch, before, doubtBefore, frozenWhy, isFrozenNow, schema] = answer
    this.#refuseNewer(integer(schema, 'the schema version'))
    this.#epoch = text(epoch, 'the epoch')
    this.#doubtBeforeMs = integer(doubtBefore, 'the doubt')
    this.#frozenWhy = text(frozenWhy, 'the freeze') || null
    const isSameStore = knownEpoch === '' || knownEpoch === this.#epoch
    if (isSameStore) await this.#holdAgainst(text(before, 'a count of beats'))
    else if (integer(isFrozenNow, 'the freeze') === 1) await this.#tellFrozen(NEW_STORE)
    if (!isSameStore) this.#beats = []
    this.#beats = [...this.#beats, { count, atMs: sentAtMs }].slice(-BEATS_KEPT)
    this.#isChecked = true
  }

  /** Compares the count that Redis had with the last one that it acknowledged. */
  async #holdAgainst(before: string): Promise<void> {
    const last = this.#beats.at(-1)
    const found = before === '' ? 0 : integer(before, 'a count of beats')
    if (!last || found >= last.count) return
    const nowMs = Math.floor(this.#deps.now())
    // A beat that was never answered may be the one that was kept.
    const kept = this.#beats.findLast(({ count }) => count <= found)
    const lostMs = last.atMs - (kept?.atMs ?? Number.NEGATIVE_INFINITY)
    const isHarmless = lostMs <= HARMLESS_LOSS_MS
    const span = Number.isFinite(lostMs) ? formatDuration(lostMs) : 'more than a minute'
    const why = `the store in Redis went back by ${span}: what was done since is not known; set the mode to act again`
    // Believed before Redis has taken it in: nothing is sent meanwhile as if all were known.
    this.#doubtBeforeMs = Math.max(this.#doubtBeforeMs, nowMs)
    if (!isHarmless) this.#frozenWhy = why
    this.#deps.logger.warn({ lostMs: Number.isFinite(lostMs) ? lostMs : null }, 'the store went back')
    await this.#connection.run(WENT_BACK, [nowMs, isHarmless ? '' : why])
    if (!isHarmless) await this.#tellFrozen(why)
  }

  /** A newer program has taken the store over: nothing is read from it or written into it by this one any more. */
  #refuseNewer(found: number): void {
    const { schemaVersion: ours = schemaVersion(), logger } = this.#deps
    if (found <= ours) return
    const why = tooNew(found, ours)
    logger.error({ why }, 'a newer program has taken the store over: this one does nothing more')
    this.stop()
    this.#connection.refuse(why)
  }

  async #tellFrozen(why: string): Promise<void> {
    this.#deps.logger.error({ why }, 'acting is frozen')
    await this.#deps.onFrozen?.(why)
  }
}
