import { canonicalJson, chainHash, GENESIS_HASH } from '../audit-chain.ts'
import type { AuditRecord, AuditStore, SettingStore } from '../store.ts'
import { APPEND } from './audit-scripts.ts'
import type { RedisConnection } from './connection.ts'
import { document, integer, list, text } from './reply.ts'

export interface AuditEntry {
  kind: string
  actor: string
  record: Record<string, unknown>
  nowMs: number
}

/** What is changed in one commit with its audit record, as the script reads it. */
export type Change =
  | readonly ['none']
  | readonly ['setting', name: string, value: string]
  | readonly ['conclude', key: string, state: 'done' | 'refused', receipt: string, found: string, ownerValue: string]

interface Waiting {
  entry: AuditEntry
  change: Change
  resolve: () => void
  reject: (error: unknown) => void
}

/** How long the chain is, and its newest record as it is stored; empty where there is none. */
interface Head {
  length: number
  last: string
}

/** Records in one commit: a script holds Redis up while it runs. */
const BATCH_LIMIT = 100

/**
 * The append-only hash chain that all replicas share. What this process wants to add stands in line and goes in together;
 * where another replica was first, it is chained anew.
 */
export class AuditChain {
  readonly #redis: RedisConnection
  #waiting: Waiting[] = []
  #isRunning = false
  /** What the head was last. Only a guess: the script holds it against the truth. */
  #head: Head = { length: 0, last: '' }

  constructor(redis: RedisConnection) {
    this.#redis = redis
  }

  /** Adds a record with the change that it tells of. @throws StoreUnavailableError when it can't be told that both are there. */
  append(entry: AuditEntry, change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, change, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // What is asked for in this turn of the event loop goes in together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_LIMIT)
      try {
        await this.#commit(batch)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        this.#head = { length: 0, last: '' }
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isRunning = false
  }

  /** Every failed try is one that another replica made: somebody always gets on. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    for (;;) {
      const records = this.#chained(batch)
      const changes = batch.flatMap(({ change }, at) => [records[at] ?? '', ...change])
      const { length, last } = this.#head
      const answer = list(await this.#redis.run(APPEND, [length, last, batch.length, ...changes]), 'the audit chain')
      this.#head = { length: integer(answer[1], 'the audit chain'), last: text(answer[2], 'the audit chain') }
      if (answer[0] === 1) return
    }
  }

  #chained(batch: readonly Waiting[]): string[] {
    let { length: seq, last } = this.#head
    let hash = last === '' ? GENESIS_HASH : toRecord(last).hash
    return batch.map(({ entry }) => {
      seq += 1
      const chained = {
        seq,
        at: new Date(entry.nowMs).toISOString(),
        kind: entry.kind,
        actor: entry.actor,
        record: canonicalJson(entry.record),
      }
      hash = chainHash(hash, chained)
      last = JSON.stringify({ ...chained, hash } satisfies AuditRecord)
      return last
    })
  }
}

export function redisAudit(redis: RedisConnection, chain: AuditChain): AuditStore {
  return {
    appendAudit: (entry) => chain.append(entry, ['none']),
    async auditHead() {
      const last = await redis.ask((client) => client.lindex(redis.key('audit'), -1))
      if (last === null) return null
      const { seq, hash } = toRecord(last)
      return { seq, hash }
    },
    async auditRecords(afterSeq, limit) {
      if (limit <= 0) return []
      const found = await redis.ask((client) => client.lrange(redis.key('audit'), afterSeq, afterSeq + limit - 1))
      return found.map(toRecord)
    },
  }
}

export function redisSettings(redis: RedisConnection, chain: AuditChain): SettingStore {
  return {
    setting: (name) => redis.ask((client) => client.hget(redis.key('settings'), name)),
    async putSetting(name, value) {
      await redis.ask((client) => client.hset(redis.key('settings'), name, value))
    },
    putMode: (mode, by, nowMs) =>
      chain.append({ kind: 'mode', actor: by, record: { ...mode }, nowMs }, ['setting', 'mode', JSON.stringify(mode)]),
  }
}

function toRecord(kept: string): AuditRecord {
  const { seq, at, kind, actor, record, hash } = document<AuditRecord>(kept, 'an audit record')
  const what = `audit record ${String(seq)}`
  return {
    seq: integer(seq, what),
    at: text(at, what),
    kind: text(kind, what),
    actor: text(actor, what),
    record: text(record, what),
    hash: text(hash, what),
  }
}
