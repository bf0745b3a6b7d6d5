import type { GroupUpdate } from '../../model/alert.ts'
import { dedupKeyOf, identifyCluster } from '../../model/identity.ts'
import type { DeliveryStore } from '../store.ts'
import { luaScript, type RedisConnection } from './connection.ts'
import { LUA_COUNT, LUA_KEY, LUA_MAKE_DUE, LUA_SET_ASIDE } from './lua.ts'
import { document, integer, integerOrNull, list } from './reply.ts'

/** A group keeps the name by which it was first known: the first one that was used for its dedup key. */
const ACCEPT = luaScript(`${LUA_KEY}${LUA_MAKE_DUE}${LUA_COUNT}
local dedup_key, group, content_key, received_at, alert_count, due_at, body = unpack(ARGV)
redis.call('HSETNX', k('group-names'), dedup_key, group)
group = redis.call('HGET', k('group-names'), dedup_key)
count('accepted', alert_count)
local newest = redis.call('ZRANGE', k('deliveries', group), -1, -1)[1]
if newest then
  local known = redis.call('HMGET', k('delivery', newest), 'state', 'content-key')
  if known[1] == 'pending' and known[2] == content_key then
    count('done', alert_count)
    return 0
  end
end
local id = redis.call('INCR', k('delivery-seq'))
redis.call('HSET', k('delivery', id), 'state', 'pending', 'content-key', content_key, 'received-at', received_at,
  'alerts', alert_count, 'body', body)
redis.call('ZADD', k('deliveries', group), id, id)
redis.call('ZADD', k('deliveries-by-time'), received_at, id)
redis.call('SADD', k('groups-with-deliveries'), group)
count('pending', alert_count)
-- Until its case is stored: the replicas that look at others of a storm meanwhile have to see it.
for at = 8, #ARGV, 2 do redis.call('ZADD', k('arrivals'), ARGV[at + 1], ARGV[at] .. ' ' .. group) end
make_due(group, due_at)
return id
`)

const IGNORE = luaScript(`${LUA_KEY}${LUA_COUNT}
count('accepted', ARGV[1])
count('done', ARGV[1])
return 0
`)

const SET_ASIDE = luaScript(`${LUA_KEY}${LUA_COUNT}${LUA_SET_ASIDE}
set_aside(ARGV[1], ARGV[2])
return 0
`)

const PENDING = luaScript(`${LUA_KEY}
local found = {}
for _, id in ipairs(redis.call('ZRANGE', k('deliveries', ARGV[1]), 0, -1)) do
  local one = redis.call('HMGET', k('delivery', id), 'state', 'received-at', 'body')
  if one[1] == 'pending' then found[#found + 1] = { id, one[2], one[3] } end
end
return found
`)

const NEWEST_PENDING = luaScript(`${LUA_KEY}
for _, id in ipairs(redis.call('ZRANGE', k('deliveries', ARGV[1]), 0, -1, 'REV')) do
  if redis.call('HGET', k('delivery', id), 'state') == 'pending' then return id end
end
return false
`)

/** Needs LUA_KEY and LUA_COUNT. Deletes deliveries of the group and counts them as done: all up to an id, or the merged ones. */
export const LUA_SETTLE = `
local function settle(group, up_to, only_merged)
  local settled = 0
  for _, id in ipairs(redis.call('ZRANGE', k('deliveries', group), '-inf', up_to, 'BYSCORE')) do
    local one = redis.call('HMGET', k('delivery', id), 'state', 'alerts')
    if not only_merged or one[1] == 'merged' then
      settled = settled + (tonumber(one[2]) or 0)
      redis.call('DEL', k('delivery', id))
      redis.call('ZREM', k('deliveries', group), id)
      redis.call('ZREM', k('deliveries-by-time'), id)
    end
  end
  if redis.call('EXISTS', k('deliveries', group)) == 0 then redis.call('SREM', k('groups-with-deliveries'), group) end
  count('pending', -settled)
  count('done', settled)
end
`

const DISCARD = luaScript(`${LUA_KEY}${LUA_COUNT}${LUA_SETTLE}
settle(ARGV[1], ARGV[2], false)
return 0
`)

/** A firing alert's cluster with its place, and when it began to fire (ms). */
function toArrival(alert: GroupUpdate['alerts'][number]): [string, number] | [] {
  const identity = identifyCluster(alert)
  if (alert.status !== 'firing' || identity.kind !== 'identified') return []
  return [`${identity.clusterId} ${identity.region} ${identity.accountId}`, alert.startsAtMs]
}

/** Durable intake on Redis. */
export function redisDeliveries(redis: RedisConnection): DeliveryStore {
  return {
    async accept(update, contentKey, receivedAtMs) {
      const { groupKey, alerts } = update
      await redis.run(ACCEPT, [
        dedupKeyOf(groupKey),
        groupKey,
        contentKey,
        receivedAtMs,
        alerts.length,
        Math.ceil(receivedAtMs),
        JSON.stringify(update),
        ...alerts.flatMap(toArrival),
      ])
    },
    async acceptIgnored(alertCount) {
      await redis.run(IGNORE, [alertCount])
    },
    async quarantine(entry) {
      await redis.run(SET_ASIDE, [entry.alertCount, JSON.stringify(entry)])
    },
    async pending(groupKey) {
      return list(await redis.run(PENDING, [groupKey]), 'pending deliveries').map((row) => {
        const [id, receivedAtMs, body] = list(row, 'a delivery')
        const update = document<GroupUpdate>(body, `delivery ${String(id)}`)
        // It was accepted under the name it came with; the group's own name leads to its case.
        return {
          id: integer(id, 'a delivery'),
          receivedAtMs: integer(receivedAtMs, 'a delivery'),
          update: { ...update, groupKey },
        }
      })
    },
    async newestPending(groupKey) {
      return integerOrNull(await redis.run(NEWEST_PENDING, [groupKey]), 'the newest delivery')
    },
    async discard(groupKey, upToId) {
      await redis.run(DISCARD, [groupKey, upToId])
    },
    async books() {
      const [counts, oldest] = await redis.askAll((batch) => {
        batch.hmget(redis.key('books'), 'accepted', 'done', 'pending', 'quarantined')
        batch.zrange(redis.key('deliveries-by-time'), '0', '0', 'WITHSCORES')
      })
      const [accepted, done, pending, quarantined] = list(counts, 'the books').map(
        (one) => integerOrNull(one, 'the books') ?? 0,
      )
      return {
        accepted: accepted ?? 0,
        done: done ?? 0,
        pending: pending ?? 0,
        quarantined: quarantined ?? 0,
        oldestPendingMs: integerOrNull(list(oldest, 'the books')[1], 'the oldest delivery'),
      }
    },
  }
}
