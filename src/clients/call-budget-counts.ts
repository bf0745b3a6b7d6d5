import type { Redis } from 'ioredis'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { addressNow, type RedisAddress, reconnecting } from '../config/redis-address.ts'

/** How many calls may start in a span. Spans begin at their first call, so the pause between two is not lost. */
export interface Allowance {
  calls: number
  /** Whole seconds: the shared count keeps no finer time. */
  perSeconds: number
}

/** The calls of one name, counted over every process that shares the count. */
export interface CallCounter {
  /** Counts a call. Returns 0, or the milliseconds after which to ask again where it is one too many. */
  take(): Promise<number>
  /** Changes how many calls a span has, and how long the spans are that begin from now on. */
  allow(allowance: Allowance): void
  /** Lets no process that shares the count take one for so long (ms). Where nobody shares it, nothing: a lane remembers itself. */
  close(forMs: number): Promise<void>
}

/** Where calls are counted. */
export interface CallCounts {
  counter(name: string, allowance: Allowance): CallCounter
  close(): Promise<void>
}

/** A count that no allowance reaches, in the range of Redis' integers. */
const FULL = 2_000_000_000
/**
 * Replicas that the count is divided by while it can't be shared: each spends its part, so that together they stay within
 * the whole. More replicas than that would be told by the upstream's 429.
 */
const ASSUMED_REPLICAS = 3
const PREFIX = 'kp-responder:calls'
/** Longest wait for Redis before a process counts for itself, in ms: a wake must not hang on it. */
const REDIS_TIMEOUT_MS = 500
const LONGEST_RECONNECT_WAIT_MS = 2_000

/** Counts in this process alone. */
export function memoryCounts(): CallCounts {
  return {
    counter: (_name, { calls, perSeconds }) =>
      toCounter(new RateLimiterMemory({ points: calls, duration: perSeconds }), { isShared: false }),
    async close() {},
  }
}

/** Counts in Redis, so that all replicas together keep to an allowance; divided while Redis does not answer. */
export function redisCounts(redis: Redis): CallCounts {
  return {
    counter(name, { calls, perSeconds }) {
      const part = new RateLimiterMemory({ points: partOf(calls), duration: perSeconds })
      const limiter = new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${PREFIX}:${name}`,
        points: calls,
        duration: perSeconds,
        rejectIfRedisNotReady: true,
        insuranceLimiter: part,
      })
      return toCounter(limiter, { isShared: true, part })
    },
    async close() {
      // A connection that stands is left in good order; any other is given up.
      if (redis.status === 'ready') await redis.quit().catch(() => redis.disconnect())
      else redis.disconnect()
    },
  }
}

/** Counts in the Redis of this address, or in this process where there is none. Nothing waits for the connection. */
export async function openCallCounts(redisUrl: RedisAddress | null): Promise<CallCounts> {
  if (redisUrl === null) return memoryCounts()
  const { Redis } = await import('ioredis')
  const redis = new Redis(addressNow(redisUrl), {
    retryStrategy: reconnecting(redisUrl, (tries) => Math.min(tries * 50, LONGEST_RECONNECT_WAIT_MS)),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: REDIS_TIMEOUT_MS,
    disconnectTimeout: REDIS_TIMEOUT_MS,
    connectionName: 'kp-responder-calls',
  })
  // A Redis that is away is told by the store; here each process counts its part meanwhile.
  redis.on('error', () => undefined)
  return redisCounts(redis)
}

function toCounter(
  limiter: RateLimiterAbstract,
  { isShared, part }: { isShared: boolean; part?: RateLimiterAbstract },
): CallCounter {
  // One key for each limiter: its prefix names it.
  const key = 'all'
  return {
    async take() {
      try {
        await limiter.consume(key)
        return 0
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext)
        throw refusal
      }
    },
    allow({ calls, perSeconds }) {
      limiter.points = calls
      limiter.duration = perSeconds
      if (!part) return
      part.points = partOf(calls)
      part.duration = perSeconds
    },
    async close(forMs) {
      if (!isShared) return
      const seconds = Math.max(1, Math.ceil(forMs / 1_000))
      // As good as best effort: where Redis is away the others learn of it by their own 429.
      await limiter.set(key, FULL, seconds).catch(() => undefined)
    },
  }
}

function partOf(calls: number): number {
  return calls === 0 ? 0 : Math.max(1, Math.floor(calls / ASSUMED_REPLICAS))
}
