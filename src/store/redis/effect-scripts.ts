import { luaScript } from './connection.ts'
import { LUA_ARG, LUA_KEY, LUA_LOST_LEASE } from './lua.ts'

/**
 * Makes an intent durable, unless the effect is done. Every turn of the caller must stand, and lasts anew: the call that
 * follows ends inside it. Returns `ok` with the record, or `lost` with the name of the turn. Snooze time is kept once
 * under each effect and cluster: `from until rest`.
 */
export const INTEND = luaScript(`${LUA_KEY}${LUA_ARG}${LUA_LOST_LEASE}
local lost = lost_lease(arg())
if lost then return { 'lost', lost } end
local key, case, action, target, parameters, now_ms = arg(), arg(), arg(), arg(), arg(), arg()
local owner_name, owner_value = arg(), arg()
local effect = k('effect', key)
local state = redis.call('HGET', effect, 'state')
if not state then
  redis.call('HSET', effect, 'key', key, 'case', case, 'action', action, 'target', target)
  redis.call('SADD', k('effects-of-case', case), key)
end
if state ~= 'done' then
  redis.call('HSET', effect, 'state', 'intent', 'parameters', parameters, 'intended-at', now_ms, 'owner-name', owner_name,
    'owner-value', owner_value)
  redis.call('HDEL', effect, 'found')
  redis.call('HINCRBY', effect, 'attempts', 1)
  redis.call('ZADD', k('open-intents'), now_ms, key)
  redis.call('ZADD', k('effects-by-time'), now_ms, key)
end
for _ = 1, tonumber(arg()) do
  local cluster, snooze_case, is_real, from, until_ms, rest = arg(), arg(), arg(), arg(), arg(), arg()
  if redis.call('HSETNX', k('snoozes-of-cluster', cluster), key, from .. ' ' .. until_ms .. ' ' .. rest) == 1 then
    redis.call('SADD', k('snoozed-by-effect', key), cluster)
    redis.call('HSET', k('snoozes-of-case', snooze_case), cluster .. ' ' .. key, '')
    redis.call('ZADD', k(is_real == '1' and 'real-snoozes' or 'would-be-snoozes'), 'GT', from, key)
  end
end
return { 'ok', redis.call('HGETALL', effect) }
`)

/** Needs LUA_KEY. True when somebody else's attempt at the effect may still be under way: its turn stands. */
export const LUA_IS_OTHERS = `
local function is_others(effect, owner_value)
  local owner = redis.call('HMGET', effect, 'owner-name', 'owner-value')
  if not owner[2] or owner[2] == owner_value or owner[1] == '' then return false end
  return redis.call('GET', k('lease', owner[1])) == owner[2]
end
`

/**
 * Forgets an intent and its snooze time. One that another process made outside of any turn stays too: nobody can tell
 * whether it was sent, so it is looked for before it is sent again.
 */
export const WITHDRAW = luaScript(`${LUA_KEY}${LUA_ARG}${LUA_LOST_LEASE}${LUA_IS_OTHERS}
local lost = lost_lease()
if lost then return { 'lost', lost } end
local key, owner_value, process = arg(), arg(), arg()
local effect = k('effect', key)
local known = redis.call('HMGET', effect, 'state', 'case', 'owner-name', 'owner-value')
if known[1] == 'done' then return { 'ok' } end
if known[1] == 'intent' then
  local is_from_elsewhere = known[3] == '' and known[4] ~= process
  if is_from_elsewhere or is_others(effect, owner_value) then return { 'ok' } end
end
for _, cluster in ipairs(redis.call('SMEMBERS', k('snoozed-by-effect', key))) do
  redis.call('HDEL', k('snoozes-of-cluster', cluster), key)
  redis.call('HDEL', k('snoozes-of-case', known[2] or ''), cluster .. ' ' .. key)
end
redis.call('DEL', k('snoozed-by-effect', key))
redis.call('ZREM', k('real-snoozes'), key)
redis.call('ZREM', k('would-be-snoozes'), key)
if known[1] == 'intent' then
  redis.call('DEL', effect)
  redis.call('SREM', k('effects-of-case', known[2]), key)
  redis.call('ZREM', k('open-intents'), key)
  redis.call('ZREM', k('effects-by-time'), key)
end
return { 'ok' }
`)

export const END_SNOOZES = luaScript(`${LUA_KEY}
local case, at = ARGV[1], tonumber(ARGV[2])
for _, name in ipairs(redis.call('HKEYS', k('snoozes-of-case', case))) do
  local cluster, key = string.match(name, '^(%S+) (.*)$')
  local known = redis.call('HGET', k('snoozes-of-cluster', cluster), key)
  local from, until_ms, rest = string.match(known or '', '^(%d+) (%d+) (.*)$')
  if from and tonumber(until_ms) > at then
    local ends = tonumber(from) > at and from or ARGV[2]
    redis.call('HSET', k('snoozes-of-cluster', cluster), key, from .. ' ' .. ends .. ' ' .. rest)
  end
end
return 0
`)

export const COUNT_EFFECTS = luaScript(`${LUA_KEY}
local prefix, found = ARGV[1], 0
for _, key in ipairs(redis.call('ZRANGE', k('effects-by-time'), ARGV[2], '+inf', 'BYSCORE')) do
  if string.sub(key, 1, #prefix) == prefix then found = found + 1 end
end
return found
`)
