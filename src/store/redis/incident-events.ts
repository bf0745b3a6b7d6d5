import type { IncidentEventStore } from '../store.ts'
import { CASE_OF_INCIDENT, LATEST_CASE } from './case-scripts.ts'
import { toCase } from './cases.ts'
import type { RedisConnection } from './connection.ts'
import { ACCEPT_EVENT, PLACE_INCIDENT, SETTLE_NEWS, UNPLACED } from './event-scripts.ts'
import { integer, integerOrNull, list, text } from './reply.ts'

/**
 * How long an event's id is remembered: twice the age at which one is refused, since PagerDuty's clock may be that far
 * ahead of ours. Milliseconds.
 */
const REMEMBERED_MS = 98 * 3_600_000
/** Old events forgotten with each new one. */
const FORGOTTEN_AT_ONCE = 100

/** What PagerDuty told, on Redis. */
export function redisIncidentEvents(redis: RedisConnection): IncidentEventStore {
  return {
    async acceptIncidentEvent(event, entry) {
      const { eventId, type, incidentId, receivedAtMs, lookAtMs, mayOpenCase } = event
      const isNew = await redis.run(ACCEPT_EVENT, [
        ...[eventId, type, incidentId ?? '', receivedAtMs, Math.ceil(lookAtMs), mayOpenCase ? 1 : 0],
        ...[receivedAtMs - REMEMBERED_MS, FORGOTTEN_AT_ONCE],
        ...(entry ? [entry.alertCount, JSON.stringify(entry)] : []),
      ])
      return integer(isNew, 'the answer to an event') === 1
    },
    async incidentNews(groupKey) {
      const newest = await redis.ask((client) => client.zrange(redis.key('news-of-group', groupKey), '-1', '-1'))
      return integerOrNull(newest[0], 'the news of a group')
    },
    async settleIncidentNews(groupKey, upTo) {
      await redis.run(SETTLE_NEWS, [groupKey, upTo])
    },
    async unplacedIncidents(limit) {
      return list(await redis.run(UNPLACED, [limit]), 'the unplaced incidents').map((row) => {
        const [incidentId, sinceMs, upTo] = list(row, 'an unplaced incident')
        return {
          incidentId: text(incidentId, 'an unplaced incident'),
          sinceMs: integer(sinceMs, 'an unplaced incident'),
          upTo: integer(upTo, 'an unplaced incident'),
        }
      })
    },
    async placeIncident({ incidentId, upTo }, groupKey, nowMs) {
      await redis.run(PLACE_INCIDENT, [incidentId, upTo, Math.ceil(nowMs), ...(groupKey === null ? [] : [groupKey])])
    },
    openCaseOfIncident: async (incidentId) => toCase(await redis.run(CASE_OF_INCIDENT, [incidentId])),
    latestCaseOfKey: async (dedupKey) => toCase(await redis.run(LATEST_CASE, ['dedup-key', dedupKey])),
  }
}
