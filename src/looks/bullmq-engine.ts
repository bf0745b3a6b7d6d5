import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { z } from 'zod'
import { addressNow, type RedisAddress, reconnecting } from '../config/redis-address.ts'
import { CONCURRENCY, type OpenLookEngine } from './look-engine.ts'

const QUEUE = 'looks'
const PREFIX = 'kp-responder-looks'
/** What another replica accepted, or a look that a dead one left, is found after this at the latest, in ms. */
const POLL_MS = 1_000
/** A group that was offered and still is due is offered again after this: its job may be lost, in ms. */
const OFFER_AGAIN_MS = 5_000
/** What is due no more, and was looked at by another replica, is forgotten after this, in ms. */
const FORGET_AFTER_MS = 60_000
/** Of the groups that are offered again so many are looked after at a time: those that have been due longest come first. */
const ASKED_AFTER = 50
/** A job whose worker renews its lock no longer goes to another one, in ms. Whether a case is poison is for our own count of tries. */
const STALLING = { lockDuration: 20_000, stalledInterval: 5_000, maxStalledCount: 50 }
/** A worker that lost Redis asks for work again after this, in ms. Its own 15 s would be that much idle time. */
const RECOVERY = { runRetryDelay: 500 }
/** A group has at most one job, which leaves nothing behind; trying again is for the due table. */
const JOB = { attempts: 1, removeOnComplete: true, removeOnFail: true }
/** States of a job that is, or will be, worked on. */
const TO_BE_TAKEN_UP: ReadonlySet<string> = new Set(['waiting', 'prioritized', 'delayed', 'active', 'waiting-children'])
const LONGEST_RECONNECT_WAIT_MS = 1_000
/** How long a stop waits for Redis once no look is under way, in ms. */
const CLOSE_LIMIT_MS = 2_000

const jobDataSchema = z.object({ groupKey: z.string() })

/**
 * Looks shared among all replicas through a BullMQ queue. It only carries: a job that is lost is added anew from the due
 * table, and one too many finds that its group is not due.
 */
export function bullmqEngine({ redisUrl, logger }: { redisUrl: RedisAddress; logger: Logger }): OpenLookEngine {
  return ({ run, ended }) => {
    const connections = { adding: connect(redisUrl, logger), working: connect(redisUrl, logger) }
    const queue = new Queue(QUEUE, {
      connection: connections.adding,
      prefix: PREFIX,
      defaultJobOptions: JOB,
      streams: { events: { maxLen: 100 } },
    })
    /** When a group was last offered, by a clock that is never set. */
    const offeredAtMs = new Map<string, number>()
    const underWay = new Set<Promise<void>>()
    const worker = new Worker(
      QUEUE,
      async ({ data }) => {
        const look = run(jobDataSchema.parse(data).groupKey)
        underWay.add(look)
        await look.finally(() => underWay.delete(look))
      },
      { connection: connections.working, prefix: PREFIX, concurrency: CONCURRENCY, ...STALLING, ...RECOVERY },
    )
    // Without a listener an error event ends the process. The connections tell of a Redis that is away, once.
    queue.on('error', (error) => logger.debug({ err: error }, 'look queue'))
    worker.on('error', (error) => logger.debug({ err: error }, 'look worker'))
    // Only now is the job gone: one that is added before that is taken for the same.
    worker.on('completed', ({ data }) => jobEnded(data))
    worker.on('failed', (job, error) => {
      logger.error({ err: error }, 'look job failed')
      jobEnded(job?.data)
    })

    function jobEnded(data: unknown): void {
      const parsed = jobDataSchema.safeParse(data)
      if (parsed.success) offeredAtMs.delete(parsed.data.groupKey)
      ended()
    }

    /**
     * A job that nobody will take up keeps its group from getting another. A Redis that was killed may hold one, in no list
     * or failed for want of its data: where its file ends inside a transaction, the next start but one carries out a part of it.
     */
    async function removeStray(groupKey: string): Promise<void> {
      const job = await queue.getJob(toJobId(groupKey))
      if (!job || TO_BE_TAKEN_UP.has(await job.getState())) return
      logger.warn({ groupKey }, 'a look job that nobody would take up: added anew')
      await job.remove()
    }

    return {
      longestSleepMs: POLL_MS,
      isFull: () => false,
      async offer(groupKeys, urgency) {
        const nowMs = performance.now()
        for (const [groupKey, atMs] of offeredAtMs) if (nowMs - atMs > FORGET_AFTER_MS) offeredAtMs.delete(groupKey)
        const isOverdue = (groupKey: string) => nowMs - (offeredAtMs.get(groupKey) ?? nowMs) > OFFER_AGAIN_MS
        const overdue = groupKeys.filter(isOverdue)
        for (const groupKey of overdue) offeredAtMs.delete(groupKey)
        await Promise.all(overdue.slice(0, ASKED_AFTER).map(removeStray))
        const fresh = groupKeys.filter((groupKey) => !offeredAtMs.has(groupKey))
        if (fresh.length === 0) return
        await queue.addBulk(
          fresh.map((groupKey) => ({
            name: 'look',
            data: { groupKey },
            opts: { jobId: toJobId(groupKey), lifo: urgency === 'urgent' },
          })),
        )
        for (const groupKey of fresh) offeredAtMs.set(groupKey, nowMs)
      },
      async stop() {
        const closed = worker.close().then(() => queue.close())
        while (underWay.size > 0) await Promise.allSettled(underWay)
        // A job whose end Redis was not told is taken up by another replica, which finds nothing due.
        await Promise.race([closed, sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]).catch((error: unknown) =>
          logger.warn({ err: error }, 'look queue could not be closed'),
        )
        for (const connection of Object.values(connections)) connection.disconnect()
      },
    }
  }
}

/** A group key may hold anything, and BullMQ refuses some of that. */
function toJobId(groupKey: string): string {
  return `e-${createHash('sha256').update(groupKey).digest('hex')}`
}

/** A connection that waits for Redis however long it is away, and says once that it is. */
function connect(redisUrl: RedisAddress, logger: Logger): Redis {
  const redis = new Redis(addressNow(redisUrl), {
    maxRetriesPerRequest: null,
    retryStrategy: reconnecting(redisUrl, (tries) => Math.min(tries * 50, LONGEST_RECONNECT_WAIT_MS)),
  })
  let isAway = false
  redis.on('error', (error) => {
    if (!isAway) logger.warn({ err: error }, 'Redis is away: looks wait')
    isAway = true
  })
  redis.on('ready', () => {
    if (isAway) logger.info('Redis is back')
    isAway = false
  })
  return redis
}
