import { luaScript } from './connection.ts'
import { LUA_SETTLE } from './deliveries.ts'
import { LUA_ARG, LUA_COUNT, LUA_KEY, LUA_LOST_LEASE } from './lua.ts'

/** Cases stored last whose ids are remembered for those who watch. */
export const CHANGES_KEPT = 500

/**
 * Stores a case with its indexes, and its group's deliveries, in one change. Returns `ok`, `conflict`, or `lost` with the
 * name of the turn. Indexes of cases hold `opened:id`, so that their order is that of the lists.
 */
export const SAVE_CASE = luaScript(`${LUA_KEY}${LUA_ARG}${LUA_LOST_LEASE}${LUA_COUNT}${LUA_SETTLE}
local lost = lost_lease()
if lost then return { 'lost', lost } end
local id, version, group, state, opened, document = arg(), arg(), arg(), arg(), arg(), arg()
local merged_up_to, is_settled, is_quiet = arg(), arg(), arg()
local case = k('case', id)
local old = redis.call('HMGET', case, 'version', 'state', 'group', 'opened', 'reasons')
if (old[1] or '0') ~= version then return { 'conflict' } end
local is_new, was_open, is_open = not old[1], old[2] and old[2] ~= 'resolved', state ~= 'resolved'
group, opened = old[3] or group, old[4] or opened
local member = opened .. ':' .. id

redis.call(is_quiet == '1' and 'SADD' or 'SREM', k('quiet-groups'), group)
if is_new then
  redis.call('HSET', case, 'group', group, 'opened', opened)
  redis.call('ZADD', k('cases'), 0, member)
  redis.call('ZADD', k('cases-of-group', group), 0, member)
end
if old[2] ~= state then
  if old[2] then
    redis.call('ZREM', k('cases-in-state', old[2]), member)
    redis.call('HINCRBY', k('case-counts'), old[2], -1)
  end
  redis.call('ZADD', k('cases-in-state', state), 0, member)
  redis.call('HINCRBY', k('case-counts'), state, 1)
end
for reason in string.gmatch(old[5] or '', '%S+') do redis.call('ZREM', k('cases-of-reason', reason), member) end
local reasons = {}
for at = 1, tonumber(arg()) do
  reasons[at] = arg()
  redis.call('ZADD', k('cases-of-reason', reasons[at]), 0, member)
end
redis.call('HSET', case, 'version', version + 1, 'state', state, 'reasons', table.concat(reasons, ' '), 'document', document)

local places = k('clusters-of-case', id)
local function index_open(cluster, place)
  local region, account = string.match(place, '^(%S*) (%S*)$')
  local spot = opened .. ':' .. cluster .. ' ' .. id
  if is_open then
    redis.call('HSET', k('open-of-cluster', cluster), id, group)
    redis.call('ZADD', k('open-in-region', region), 0, spot)
    redis.call('ZADD', k('open-of-account', account), 0, spot)
  else
    redis.call('HDEL', k('open-of-cluster', cluster), id)
    redis.call('ZREM', k('open-in-region', region), spot)
    redis.call('ZREM', k('open-of-account', account), spot)
  end
end
for _ = 1, tonumber(arg()) do
  local cluster, place, started_at = arg(), arg(), arg()
  if redis.call('HSETNX', places, cluster, place) == 1 then
    redis.call('ZADD', k('cases-of-cluster', cluster), 0, member)
    if is_open and was_open then index_open(cluster, place) end
  end
  place = redis.call('HGET', places, cluster)
  redis.call('ZADD', k('arrivals'), started_at, cluster .. ' ' .. place .. ' ' .. id)
  redis.call('ZREM', k('arrivals'), cluster .. ' ' .. place .. ' ' .. group)
end
if is_open ~= (was_open or false) then
  if is_open then redis.call('HSET', k('open-cases'), id, group) else redis.call('HDEL', k('open-cases'), id) end
  local all = redis.call('HGETALL', places)
  for at = 1, #all, 2 do index_open(all[at], all[at + 1]) end
end
for _ = 1, tonumber(arg()) do redis.call('ZADD', k('cases-of-incident', arg()), 0, member) end
redis.call('ZADD', k('changed-cases'), redis.call('INCR', k('case-changes')), id)
redis.call('ZREMRANGEBYRANK', k('changed-cases'), 0, -${CHANGES_KEPT + 1})

if merged_up_to ~= '' then
  for _, delivery in ipairs(redis.call('ZRANGE', k('deliveries', group), '-inf', merged_up_to, 'BYSCORE')) do
    redis.call('HSET', k('delivery', delivery), 'state', 'merged', 'body', '')
  end
end
if is_settled == '1' then settle(group, '+inf', true) end
return { 'ok' }
`)

/**
 * A page of the cases that are in every index named, newest first: their ids, and where to go on when so many were looked
 * at without filling the page, else nothing.
 */
export const LIST_CASES = luaScript(`${LUA_KEY}${LUA_ARG}
local after, wanted, look_at = arg(), tonumber(arg()), tonumber(arg())
local indexes = {}
for at = 1, tonumber(arg()) do indexes[at] = KEYS[1] .. arg() end
table.sort(indexes, function(a, b) return redis.call('ZCARD', a) < redis.call('ZCARD', b) end)
local found, looked_at = {}, 0
while looked_at < look_at do
  local chunk = redis.call('ZRANGE', indexes[1], after == '' and '+' or '(' .. after, '-', 'BYLEX', 'REV', 'LIMIT', 0, 100)
  for _, member in ipairs(chunk) do
    local is_in_all = true
    for at = 2, #indexes do is_in_all = is_in_all and redis.call('ZSCORE', indexes[at], member) end
    if is_in_all then found[#found + 1] = member end
    if #found == wanted then return { found, '' } end
  end
  if #chunk < 100 then return { found, '' } end
  looked_at = looked_at + #chunk
  after = chunk[#chunk]
end
return { found, after }
`)

/** The newest case of a group, by its key or by the dedup key that leads to it. */
export const LATEST_CASE = luaScript(`${LUA_KEY}
local group = ARGV[1] == 'group' and ARGV[2] or redis.call('HGET', k('group-names'), ARGV[2])
local newest = group and redis.call('ZRANGE', k('cases-of-group', group), -1, -1)[1]
return newest and redis.call('HGET', k('case', string.sub(newest, 18)), 'document') or false
`)

/** Needs LUA_KEY. The newest open case that holds the incident: its id and group. */
export const LUA_HOLDER = `
local function holder_of(incident)
  for _, member in ipairs(redis.call('ZRANGE', k('cases-of-incident', incident), 0, -1, 'REV')) do
    local id = string.sub(member, 18)
    local group = redis.call('HGET', k('open-cases'), id)
    if group then return id, group end
  end
  return nil
end
`

export const CASE_OF_INCIDENT = luaScript(`${LUA_KEY}${LUA_HOLDER}
local id = holder_of(ARGV[1])
return id and redis.call('HGET', k('case', id), 'document') or false
`)
