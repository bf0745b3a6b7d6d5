import { LeaseLostError } from '../../errors.ts'
import type { EffectRecord, EffectStore, SnoozeEntry } from '../store.ts'
import type { AuditChain } from './audit.ts'
import type { RedisConnection } from './connection.ts'
import { toEffectRecord, toFields, toSnooze, toSnoozeRest } from './effect-record.ts'
import { COUNT_EFFECTS, END_SNOOZES, INTEND, WITHDRAW } from './effect-scripts.ts'
import { LEASE_LASTS_MS } from './exclusive.ts'
import type { HeldLeases } from './held-leases.ts'
import { integer, integerOrNull, list, texts } from './reply.ts'

/** The journal of effects on Redis: who has lost the turn can't begin one, and the end of one is in the audit chain with it. */
export function redisEffects(redis: RedisConnection, leases: HeldLeases, chain: AuditChain): EffectStore {
  async function read(keys: readonly string[]): Promise<EffectRecord[]> {
    const answers = await redis.askAll((batch) => {
      for (const key of keys) batch.hgetall(redis.key('effect', key))
    })
    return answers.map(asFields).flatMap((fields) => toEffectRecord(fields) ?? [])
  }
  return {
    async effect(key) {
      return toEffectRecord(await redis.ask((client) => client.hgetall(redis.key('effect', key))))
    },
    async effectsOf(caseId) {
      const keys = await redis.ask((client) => client.smembers(redis.key('effects-of-case', caseId)))
      if (keys.length === 0) return []
      return (await read(keys)).sort((a, b) => a.intendedAtMs - b.intendedAtMs || (a.key < b.key ? -1 : 1))
    },
    async intend(intent, nowMs, snoozes = []) {
      const { key, caseId, action, target, parameters } = intent
      const owner = leases.owner()
      const [outcome, kept] = list(
        await redis.run(INTEND, [
          LEASE_LASTS_MS,
          ...leases.asArguments(),
          ...[key, caseId, action, target, JSON.stringify(parameters), Math.trunc(nowMs), owner.name, owner.value],
          ...[snoozes.length, ...snoozes.flatMap(toArguments)],
        ]),
        'the answer to an intent',
      )
      if (outcome === 'lost') throw new LeaseLostError(String(kept))
      const record = toEffectRecord(toFields(kept))
      if (!record) throw new TypeError('an intent was stored and is not there')
      return record
    },
    async conclude(key, state, receipt, nowMs, found = {}) {
      const ownerValue = leases.owner().value
      // Neither changes while the record is there.
      const [caseId, target] = await redis.ask((client) => client.hmget(redis.key('effect', key), 'case', 'target'))
      await chain.append(
        {
          kind: `effect-${state}`,
          actor: 'responder',
          record: { key, caseId: caseId ?? null, target: target ?? null, ...receipt },
          nowMs,
        },
        ['conclude', key, state, JSON.stringify(receipt), isEmpty(found) ? '' : JSON.stringify(found), ownerValue],
      )
    },
    async withdraw(key) {
      const args = [...leases.asArguments(), key, leases.owner().value, leases.processId]
      const [outcome, name] = texts(await redis.run(WITHDRAW, args), 'the answer to a withdrawal')
      if (outcome === 'lost') throw new LeaseLostError(String(name))
    },
    async snoozesOf(clusterId, sinceMs) {
      const kept = await redis.ask((client) => client.hvals(redis.key('snoozes-of-cluster', clusterId)))
      return kept
        .map((one) => toSnooze(clusterId, one))
        .filter(({ untilMs }) => untilMs > sinceMs)
        .sort((a, b) => a.fromMs - b.fromMs)
    },
    countSnoozes: (sinceMs, isReal) =>
      redis.ask((client) => client.zcount(redis.key(isReal ? 'real-snoozes' : 'would-be-snoozes'), sinceMs, '+inf')),
    async countEffects(keyPrefix, sinceMs) {
      return integer(await redis.run(COUNT_EFFECTS, [keyPrefix, sinceMs]), 'the number of effects')
    },
    async endSnoozes(caseId, atMs) {
      await redis.run(END_SNOOZES, [caseId, Math.trunc(atMs)])
    },
    async openIntents(keyPrefix) {
      const all = await redis.ask((client) => client.zrange(redis.key('open-intents'), '0', '-1'))
      const keys = all.filter((key) => key.startsWith(keyPrefix))
      if (keys.length === 0) return []
      const answers = await redis.askAll((batch) => {
        for (const key of keys) batch.hgetall(redis.key('effect', key))
      })
      // One that was concluded meanwhile is no open intent any more.
      const records = answers.map((one) => toEffectRecord(asFields(one)))
      return records.filter((record) => record !== null).filter(({ state }) => state === 'intent')
    },
    async oldestOpenIntentMs() {
      const [, atMs] = await redis.ask((client) => client.zrange(redis.key('open-intents'), '0', '0', 'WITHSCORES'))
      return integerOrNull(atMs, 'the oldest intent')
    },
  }
}

function toArguments(snooze: SnoozeEntry): (string | number)[] {
  const { clusterId, caseId, isReal, fromMs, untilMs } = snooze
  return [clusterId, caseId, isReal ? 1 : 0, Math.trunc(fromMs), Math.trunc(untilMs), toSnoozeRest(snooze)]
}

function asFields(answer: unknown): Record<string, string> {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return toFields(answer)
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, String(value)]))
}

function isEmpty(value: Record<string, unknown>): boolean {
  return Object.keys(value).length === 0
}
