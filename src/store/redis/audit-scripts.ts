import { luaScript } from './connection.ts'
import { LUA_IS_OTHERS } from './effect-scripts.ts'
import { LUA_ARG, LUA_KEY } from './lua.ts'

/**
 * Adds records to the chain if its head is still the one they were chained to, each with the change that it tells of.
 * Returns 1 and the new head, or 0 and the head that another replica left. What is done is always taken in; a refusal turns
 * neither a done effect around, nor an attempt that another replica has under way.
 */
export const APPEND = luaScript(`${LUA_KEY}${LUA_ARG}${LUA_IS_OTHERS}
local length, head, records = tonumber(arg()), arg(), tonumber(arg())
local now_length, now_head = redis.call('LLEN', k('audit')), redis.call('LINDEX', k('audit'), -1) or ''
if now_length ~= length or now_head ~= head then return { 0, now_length, now_head } end

local function conclude(key, state, receipt, found, owner_value)
  local effect = k('effect', key)
  local known = redis.call('HMGET', effect, 'state', 'intended-at', 'found')
  local is_refusal = state == 'refused'
  if not known[1] then return end
  if is_refusal and (known[1] == 'done' or (known[1] == 'intent' and is_others(effect, owner_value))) then return end
  redis.call('HSET', effect, 'state', state, 'receipt', receipt)
  if found ~= '' then redis.call('HSET', effect, 'found', (known[3] or '') .. found .. '\\n') end
  redis.call('ZREM', k('open-intents'), key)
  if is_refusal then
    redis.call('ZREM', k('effects-by-time'), key)
  else
    redis.call('ZADD', k('effects-by-time'), known[2], key)
  end
end

for _ = 1, records do
  now_head = arg()
  redis.call('RPUSH', k('audit'), now_head)
  local kind = arg()
  if kind == 'setting' then
    local name, value = arg(), arg()
    redis.call('HSET', k('settings'), name, value)
  elseif kind == 'conclude' then
    local key, state, receipt, found, owner_value = arg(), arg(), arg(), arg(), arg()
    conclude(key, state, receipt, found, owner_value)
  end
end
return { 1, length + records, now_head }
`)
