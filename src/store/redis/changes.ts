import type { CaseChanges } from '../store.ts'
import { CHANGES_KEPT } from './case-scripts.ts'
import type { RedisConnection } from './connection.ts'
import { integer, texts } from './reply.ts'

/** The cases that any replica stored after the position. A position ahead of Redis is of data that it lost: any may have changed. */
export async function changesSince(redis: RedisConnection, position: number | null): Promise<CaseChanges> {
  const key = redis.key('changed-cases')
  const [newest, later] = await redis.askAll((batch) => {
    batch.zrevrange(key, 0, 0, 'WITHSCORES')
    batch.zrange(key, `(${position ?? '+inf'}`, '+inf', 'BYSCORE')
  })
  const [, score] = texts(newest, 'the newest change')
  const now = score === undefined ? 0 : integer(score, 'the newest change')
  const ids = texts(later, 'the changed cases')
  const isKnown = ids.length < CHANGES_KEPT && (position ?? now) <= now
  return { ids: isKnown ? ids : null, position: now }
}
