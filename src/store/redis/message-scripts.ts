import { luaScript } from './connection.ts'

/*
 * Messages lie in one hash for each channel and hour: the field is the ts, of a reply with a "~" behind it, and the value
 * a line of what has to be found again when it changes, and the document. An empty value marks a message that an event
 * deleted. Beside them: the hours that exist, the messages by cluster, the replies by parent, the newest posts by author.
 */
const MODEL = `
local base = KEYS[1] .. 'messages:'
local function docs(channel, ts)
  return base .. 'docs:' .. channel .. ':' .. math.floor(tonumber(string.match(ts, '^%d+') or '0') / 3600)
end
local function keep(channel, ts, field, value)
  redis.call('HSET', docs(channel, ts), field, value)
  local hour = math.floor(tonumber(string.match(ts, '^%d+') or '0') / 3600)
  redis.call('ZADD', base .. 'hours:' .. channel, hour, hour)
end
local function eachLink(channel, ts, value, act)
  local thread, authors, clusters = string.match(value, '^%S+ (%S+) (%S+) (%S+)')
  for id in string.gmatch(clusters, '[^,-]+') do act(base .. 'cluster:' .. channel .. ':' .. id) end
  for id in string.gmatch(authors, '[^,]+') do
    if id ~= '-' then act(base .. 'posts:' .. channel .. ':' .. id, true) end
  end
  if thread ~= '-' then act(base .. 'replies:' .. channel .. ':' .. thread) end
end
local function unlink(channel, ts, value)
  eachLink(channel, ts, value, function(key) redis.call('ZREM', key, ts) end)
end
local function known(channel, ts)
  local key = docs(channel, ts)
  return redis.call('HGET', key, ts) or redis.call('HGET', key, ts .. '~')
end
local function forget(channel, ts)
  local value = known(channel, ts)
  if not value or value == '' then return end
  unlink(channel, ts, value)
  redis.call('HDEL', docs(channel, ts), ts, ts .. '~')
end
`

/** Posts that are remembered of each author in a channel: as many may be deleted before an older one would count. */
const POSTS_KEPT = 1_000

/** Stores messages. Arguments: for each its channel, ts, time in ms, field, edit (or -) and value. */
export const STORE = luaScript(`${MODEL}
for at = 1, #ARGV, 6 do
  local channel, ts, ms, field, edited, value = unpack(ARGV, at, at + 5)
  local before = known(channel, ts)
  local isStale = false
  if before then
    local knownEdit = string.match(before, '^(%S+) ') or '-'
    isStale = before == '' or before == value or (knownEdit ~= '-' and (edited == '-' or edited < knownEdit))
  end
  if not isStale then
    if before then forget(channel, ts) end
    keep(channel, ts, field, value)
    eachLink(channel, ts, value, function(key, isPost)
      redis.call('ZADD', key, ms, ts)
      if isPost then redis.call('ZREMRANGEBYRANK', key, 0, -${POSTS_KEPT + 1}) end
    end)
  end
end
`)

/** Marks a message as deleted for good. Arguments: channel, ts. */
export const MARK_DELETED = luaScript(`${MODEL}
forget(ARGV[1], ARGV[2])
keep(ARGV[1], ARGV[2], ARGV[2], '')
`)

/** Forgets parents with their replies, unless they are marked as deleted. Arguments: channel, then each ts. */
export const FORGET = luaScript(`${MODEL}
for at = 2, #ARGV do
  forget(ARGV[1], ARGV[at])
  local replies = base .. 'replies:' .. ARGV[1] .. ':' .. ARGV[at]
  for _, ts in ipairs(redis.call('ZRANGE', replies, 0, -1)) do forget(ARGV[1], ts) end
end
`)

/** The messages of a cluster in a span, oldest first, as ts and value in turns. Arguments: channel, cluster, from, to (ms). */
export const FIND = luaScript(`${MODEL}
local found = {}
for _, ts in ipairs(redis.call('ZRANGEBYSCORE', base .. 'cluster:' .. ARGV[1] .. ':' .. ARGV[2], ARGV[3], ARGV[4])) do
  local value = known(ARGV[1], ts)
  if value and value ~= '' then
    found[#found + 1] = ts
    found[#found + 1] = value
  end
end
return found
`)

/** What is kept of one message, empty where it is marked as deleted. Arguments: channel, ts. */
export const KNOWN = luaScript(`${MODEL}
return known(ARGV[1], ARGV[2])
`)
