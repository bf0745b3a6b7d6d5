import type { DueStore } from '../store.ts'
import { luaScript, type RedisConnection } from './connection.ts'
import type { HeldLeases } from './held-leases.ts'
import { LUA_END_LOOK, LUA_KEY, LUA_MAKE_DUE } from './lua.ts'
import { integer, integerOrNull, texts } from './reply.ts'

/**
 * A look whose holder gives no sign of life for so long is over, by Redis's clock, in ms: its process is dead, and its
 * group is due again.
 */
export const LOOK_LASTS_MS = 35_000
/** Dead looks taken up again by one question. */
const REVIVED_AT_ONCE = 100

const MAKE_DUE = luaScript(`${LUA_KEY}${LUA_MAKE_DUE}
make_due(ARGV[1], ARGV[2])
return 0
`)

const DUE = luaScript(`${LUA_KEY}${LUA_END_LOOK}
local now_ms, limit, at_once, is_of_quiet = unpack(ARGV)
local time = redis.call('TIME')
local clock_ms = time[1] * 1000 + math.floor(time[2] / 1000)
for _, group in ipairs(redis.call('ZRANGE', k('looks'), '-inf', clock_ms, 'BYSCORE', 'LIMIT', 0, at_once)) do
  end_look(group)
  -- Before all that waits: such a look may have acknowledged a page which its case does not know of yet.
  redis.call('ZADD', k('due'), 'LT', 0, group)
end
if is_of_quiet == '0' then return redis.call('ZRANGE', k('due'), '-inf', now_ms, 'BYSCORE', 'LIMIT', 0, limit) end
local found = {}
local quiet = redis.call('ZINTER', 2, k('due'), k('quiet-groups'), 'WEIGHTS', 1, 0, 'WITHSCORES')
for at = 1, #quiet, 2 do
  if tonumber(quiet[at + 1]) > tonumber(now_ms) or #found == tonumber(limit) then break end
  found[#found + 1] = quiet[at]
end
return found
`)

const BEGIN_LOOK = luaScript(`${LUA_KEY}
local group, holder, lasts_ms = unpack(ARGV)
local time = redis.call('TIME')
redis.call('ZADD', k('looks'), time[1] * 1000 + math.floor(time[2] / 1000) + lasts_ms, group)
redis.call('HSET', k('look-holders'), group, holder)
redis.call('HDEL', k('due-after-look'), group)
redis.call('ZREM', k('due'), group)
return redis.call('HINCRBY', k('look-tries'), group, 1)
`)

/** A look that another replica has begun since is left alone: this one only says when it would look again. */
const END_LOOK = luaScript(`${LUA_KEY}${LUA_MAKE_DUE}${LUA_END_LOOK}
local group, holder, next_ms = unpack(ARGV)
local holds = redis.call('HGET', k('look-holders'), group)
if not holds or holds == holder then
  redis.call('HDEL', k('look-tries'), group)
  local after = end_look(group)
  if after then make_due(group, after) end
end
if next_ms ~= '' then make_due(group, next_ms) end
return 0
`)

/** A group that was given up before its case was stored is due again: its alerts are still pending. */
const REVIVE_GIVEN_UP = luaScript(`${LUA_KEY}
for _, group in ipairs(redis.call('SMEMBERS', k('groups-with-deliveries'))) do
  local newest = redis.call('ZRANGE', k('deliveries', group), -1, -1)[1]
  local is_pending = newest and redis.call('HGET', k('delivery', newest), 'state') == 'pending'
  if is_pending and not redis.call('ZSCORE', k('looks'), group) then redis.call('ZADD', k('due'), 'NX', ARGV[1], group) end
end
return 0
`)

/** Looks of one process that ends: they are due at once. */
const GIVE_BACK = luaScript(`${LUA_KEY}${LUA_END_LOOK}
local now_ms, holder = unpack(ARGV)
local groups = redis.call('HGETALL', k('look-holders'))
for at = 1, #groups, 2 do
  if groups[at + 1] == holder then
    end_look(groups[at])
    redis.call('ZADD', k('due'), 'LT', now_ms, groups[at])
  end
end
return 0
`)

/**
 * When each group is to be looked at, over all replicas. A group that is being looked at stands apart with the one who
 * looks, until the look ends, its turn ends, or nothing is heard of it any more.
 */
export function redisDue(redis: RedisConnection, leases: HeldLeases): DueStore {
  return {
    async makeDue(groupKey, atMs) {
      await redis.run(MAKE_DUE, [groupKey, Math.ceil(atMs)])
    },
    async due(nowMs, limit) {
      return texts(await redis.run(DUE, [Math.floor(nowMs), limit, REVIVED_AT_ONCE, 0]), 'the due groups')
    },
    async quietDue(nowMs, limit) {
      return texts(await redis.run(DUE, [Math.floor(nowMs), limit, REVIVED_AT_ONCE, 1]), 'the due groups')
    },
    async nextDueMs() {
      const [, atMs] = await redis.ask((client) => client.zrange(redis.key('due'), '0', '0', 'WITHSCORES'))
      return integerOrNull(atMs, 'a due time')
    },
    async triesIfDue(groupKey, nowMs) {
      const [due, tries] = await redis.askAll((batch) =>
        batch.zscore(redis.key('due'), groupKey).hget(redis.key('look-tries'), groupKey),
      )
      const atMs = integerOrNull(due, 'a due time')
      return atMs !== null && atMs <= nowMs ? (integerOrNull(tries, 'the tries') ?? 0) : null
    },
    async beginLook(groupKey) {
      return integer(await redis.run(BEGIN_LOOK, [groupKey, leases.holderOf(groupKey), LOOK_LASTS_MS]), 'the tries')
    },
    async endLook(groupKey, nextMs) {
      await redis.run(END_LOOK, [groupKey, leases.holderOf(groupKey), nextMs === null ? '' : Math.ceil(nextMs)])
    },
  }
}

/** Makes due again what was given up with alerts pending. Called when a store is opened. */
export async function reviveGivenUp(redis: RedisConnection, nowMs: number): Promise<void> {
  await redis.run(REVIVE_GIVEN_UP, [Math.floor(nowMs)])
}

/** Makes due again what this process looks at outside of any turn. Called when its store is closed. */
export async function giveLooksBack(redis: RedisConnection, leases: HeldLeases, nowMs: number): Promise<void> {
  await redis.run(GIVE_BACK, [Math.floor(nowMs), leases.processId])
}
