import type { DraftMessage, SlackMessage, StoredMessage } from './message.ts'
import { isTs, toMicros, toTs } from './timestamps.ts'

/** One channel: its flags, and its messages sorted by ts, with thread replies apart as conversations.history has them. */
export class Channel {
  readonly id: string
  readonly name: string
  readonly isPrivate: boolean
  isMember = true
  isArchived = false
  readonly #timeline: StoredMessage[] = []
  readonly #threads = new Map<string, StoredMessage[]>()
  readonly #byTs = new Map<string, StoredMessage>()
  /** Ids of deleted messages stay taken. */
  readonly #taken = new Set<string>()
  #lastClaim = { start: -1, micros: -1 }

  constructor(options: { id: string; name: string; isPrivate?: boolean }) {
    this.id = options.id
    this.name = options.name
    this.isPrivate = options.isPrivate ?? false
  }

  /** Puts the message at its place in time under a ts of its own, and returns it with that ts. */
  add(draft: DraftMessage, stored: Omit<StoredMessage, 'message'> & { atMs: number }): StoredMessage {
    const { atMs, ...known } = stored
    const entry: StoredMessage = { ...known, message: { ...draft, ts: this.#claimTs(draft.ts, atMs) } }
    this.#byTs.set(entry.message.ts, entry)
    const parent = parentOf(entry.message)
    if (parent !== undefined) insert(this.#thread(parent), entry)
    if (parent === undefined || entry.message.subtype === 'thread_broadcast') insert(this.#timeline, entry)
    return entry
  }

  find(ts: string): StoredMessage | undefined {
    return this.#byTs.get(ts)
  }

  /** Removes the message. A parent with replies leaves a tombstone instead, which is returned. */
  remove(ts: string): SlackMessage | undefined {
    const entry = this.#byTs.get(ts)
    if (!entry) return undefined
    if (this.replies(ts).length > 0) {
      const { type, thread_ts: threadTs } = entry.message
      entry.message = {
        type,
        ts,
        subtype: 'tombstone',
        hidden: true,
        user: 'USLACKBOT',
        text: 'This message was deleted.',
      }
      if (threadTs !== undefined) entry.message.thread_ts = threadTs
      return entry.message
    }
    this.#byTs.delete(ts)
    const parent = parentOf(entry.message)
    if (parent !== undefined) drop(this.#thread(parent), ts)
    drop(this.#timeline, ts)
    return undefined
  }

  /** Parents and broadcast replies with oldest <= ts <= latest (microseconds), oldest first. */
  between(oldest: number, latest: number): StoredMessage[] {
    return this.#timeline.slice(firstAtLeast(this.#timeline, oldest), firstAtLeast(this.#timeline, latest + 1))
  }

  /** At most `limit` parents and broadcast replies with oldest <= ts <= latest, newest first, and the ts that follows. */
  newestFirst(oldest: number, latest: number, limit: number): { page: StoredMessage[]; next: string | undefined } {
    const low = firstAtLeast(this.#timeline, oldest)
    const end = firstAtLeast(this.#timeline, latest + 1)
    const start = Math.max(low, end - limit)
    const page = start < end ? this.#timeline.slice(start, end).reverse() : []
    return { page, next: start > low ? this.#timeline[start - 1]?.message.ts : undefined }
  }

  /** Replies of a thread, oldest first; empty where nobody replied. */
  replies(parentTs: string): readonly StoredMessage[] {
    return this.#threads.get(parentTs) ?? []
  }

  /** Every message, replies too, oldest first. */
  all(): StoredMessage[] {
    return [...this.#byTs.values()].sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1))
  }

  #thread(parentTs: string): StoredMessage[] {
    const known = this.#threads.get(parentTs)
    if (known) return known
    const fresh: StoredMessage[] = []
    this.#threads.set(parentTs, fresh)
    return fresh
  }

  #claimTs(wanted: unknown, atMs: number): string {
    if (isTs(wanted)) {
      if (this.#taken.has(wanted)) throw new RangeError(`ts ${wanted} is taken in ${this.id}`)
      this.#taken.add(wanted)
      return wanted
    }
    const startMicros = Math.floor(atMs) * 1000
    let micros = this.#lastClaim.start === startMicros ? this.#lastClaim.micros + 1 : startMicros
    while (this.#taken.has(toTs(micros))) micros += 1
    // A bulk of messages of one instant would else be counted through again for each of them.
    this.#lastClaim = { start: startMicros, micros }
    const ts = toTs(micros)
    this.#taken.add(ts)
    return ts
  }
}

/** The parent's ts of a reply, undefined for a parent or a message outside any thread. */
export function parentOf(message: SlackMessage): string | undefined {
  return message.thread_ts === undefined || message.thread_ts === message.ts ? undefined : message.thread_ts
}

function firstAtLeast(entries: readonly StoredMessage[], micros: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((toMicros(entries[middle]?.message.ts ?? '') ?? 0) < micros) low = middle + 1
    else high = middle
  }
  return low
}

function insert(entries: StoredMessage[], entry: StoredMessage): void {
  const last = entries.at(-1)
  if (!last || last.message.ts < entry.message.ts) entries.push(entry)
  else entries.splice(firstAtLeast(entries, toMicros(entry.message.ts) ?? 0), 0, entry)
}

function drop(entries: StoredMessage[], ts: string): void {
  const index = firstAtLeast(entries, toMicros(ts) ?? 0)
  if (entries[index]?.message.ts === ts) entries.splice(index, 1)
}
