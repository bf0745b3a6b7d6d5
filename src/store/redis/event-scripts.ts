import { LUA_HOLDER } from './case-scripts.ts'
import { luaScript } from './connection.ts'
import { LUA_COUNT, LUA_KEY, LUA_MAKE_DUE, LUA_SET_ASIDE } from './lua.ts'

/** Needs LUA_KEY. What a look has read is remembered by its time, so that a copy of it is known for a while. */
const LUA_SETTLE_EVENT = `
local function settle_event(seq)
  redis.call('HSET', k('incident-event', seq), 'state', 'done')
  redis.call('ZADD', k('settled-events'), redis.call('HGET', k('incident-event', seq), 'received-at'), seq)
end
`

/**
 * Takes an event in, and what is set aside with it. Returns 0 for a copy. Events of a case wait in its group's news, others
 * under their incident, until somebody says whose they are.
 */
export const ACCEPT_EVENT =
  luaScript(`${LUA_KEY}${LUA_MAKE_DUE}${LUA_COUNT}${LUA_SET_ASIDE}${LUA_HOLDER}${LUA_SETTLE_EVENT}
local event, type, incident, received_at, look_at, may_open, forget_before, at_once, aside_count, aside = unpack(ARGV)
local function forget(seq)
  redis.call('HDEL', k('event-ids'), redis.call('HGET', k('incident-event', seq), 'event'))
  redis.call('DEL', k('incident-event', seq))
  redis.call('ZREM', k('settled-events'), seq)
end
for _, seq in ipairs(redis.call('ZRANGE', k('settled-events'), '-inf', '(' .. forget_before, 'BYSCORE', 'LIMIT', 0, at_once)) do
  forget(seq)
end
local known = redis.call('HGET', k('event-ids'), event)
if known then
  local settled_at = redis.call('ZSCORE', k('settled-events'), known)
  if not settled_at or tonumber(settled_at) >= tonumber(forget_before) then return 0 end
  forget(known)
end
local seq = redis.call('INCR', k('event-seq'))
redis.call('HSET', k('event-ids'), event, seq)
redis.call('HSET', k('incident-event', seq), 'event', event, 'type', type, 'incident', incident, 'received-at', received_at,
  'state', 'pending')
local _, group = nil, nil
if incident ~= '' then _, group = holder_of(incident) end
if group then
  redis.call('ZADD', k('news-of-group', group), seq, seq)
  make_due(group, look_at)
elseif incident ~= '' and may_open == '1' then
  redis.call('ZADD', k('unplaced-events', incident), received_at, seq)
  redis.call('ZADD', k('unplaced-incidents'), 'LT', received_at, incident)
else
  settle_event(seq)
end
if aside then set_aside(aside_count, aside) end
return 1
`)

export const SETTLE_NEWS = luaScript(`${LUA_KEY}${LUA_SETTLE_EVENT}
for _, seq in ipairs(redis.call('ZRANGE', k('news-of-group', ARGV[1]), '-inf', ARGV[2], 'BYSCORE')) do
  redis.call('ZREM', k('news-of-group', ARGV[1]), seq)
  settle_event(seq)
end
return 0
`)

export const UNPLACED = luaScript(`${LUA_KEY}
local found = {}
for _, incident in ipairs(redis.call('ZRANGE', k('unplaced-incidents'), 0, ARGV[1] - 1)) do
  local newest = 0
  for _, seq in ipairs(redis.call('ZRANGE', k('unplaced-events', incident), 0, -1)) do newest = math.max(newest, tonumber(seq)) end
  found[#found + 1] = { incident, redis.call('ZSCORE', k('unplaced-incidents'), incident), newest }
end
return found
`)

export const PLACE_INCIDENT = luaScript(`${LUA_KEY}${LUA_MAKE_DUE}${LUA_SETTLE_EVENT}
local incident, up_to, now_ms, group = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local events = k('unplaced-events', incident)
for _, seq in ipairs(redis.call('ZRANGE', events, 0, -1)) do
  if tonumber(seq) <= up_to then
    redis.call('ZREM', events, seq)
    if group then redis.call('ZADD', k('news-of-group', group), seq, seq) else settle_event(seq) end
  end
end
local oldest = redis.call('ZRANGE', events, 0, 0, 'WITHSCORES')[2]
if oldest then
  redis.call('ZADD', k('unplaced-incidents'), oldest, incident)
else
  redis.call('ZREM', k('unplaced-incidents'), incident)
end
if group then make_due(group, now_ms) end
return 0
`)
