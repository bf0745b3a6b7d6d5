/**
 * Pieces that the scripts are made of. `KEYS[1]` is the prefix of every key: the names of most keys are known only inside
 * a script, so this store needs one Redis and no cluster.
 */

export const LUA_KEY = `
local function k(name, id)
  if id == nil then return KEYS[1] .. name end
  return KEYS[1] .. name .. ':' .. id
end
`

/** Needs LUA_KEY. While a group is being looked at, what makes it due waits beside it until the look ends. */
export const LUA_MAKE_DUE = `
local function make_due(group, at)
  if not redis.call('ZSCORE', k('looks'), group) then
    redis.call('ZADD', k('due'), 'LT', at, group)
    return
  end
  local known = redis.call('HGET', k('due-after-look'), group)
  if not known or tonumber(at) < tonumber(known) then redis.call('HSET', k('due-after-look'), group, at) end
end
`

/** Needs LUA_KEY. Leaves no look at the group, and returns when it became due meanwhile. */
export const LUA_END_LOOK = `
local function end_look(group)
  local after = redis.call('HGET', k('due-after-look'), group)
  redis.call('ZREM', k('looks'), group)
  redis.call('HDEL', k('look-holders'), group)
  redis.call('HDEL', k('due-after-look'), group)
  return after
end
`

/** Reads the arguments one after another: lists come as their length and then their parts. */
export const LUA_ARG = `
local arg_at = 0
local function arg()
  arg_at = arg_at + 1
  return ARGV[arg_at]
end
`

/**
 * Needs LUA_KEY and LUA_ARG. Reads a list of leases, each a name and a value, from the arguments. Returns the name of the
 * first that its holder has lost; else each lasts as long as a new one, where it is told how long that is.
 */
export const LUA_LOST_LEASE = `
local function lost_lease(lasts_ms)
  local names, lost = {}, nil
  for at = 1, tonumber(arg()) do
    local name, value = arg(), arg()
    names[at] = name
    if redis.call('GET', k('lease', name)) ~= value then lost = lost or name end
  end
  if lost == nil and lasts_ms then
    for _, name in ipairs(names) do redis.call('PEXPIRE', k('lease', name), lasts_ms) end
  end
  return lost
end
`

/** Needs LUA_KEY. Adds to a name of the books, which balance inside each script. */
export const LUA_COUNT = `
local function count(name, amount)
  if tonumber(amount) ~= 0 then redis.call('HINCRBY', k('books'), name, amount) end
end
`

/** Needs LUA_KEY and LUA_COUNT. */
export const LUA_SET_ASIDE = `
local function set_aside(alert_count, entry)
  count('accepted', alert_count)
  count('quarantined', alert_count)
  redis.call('RPUSH', k('quarantine'), entry)
end
`
