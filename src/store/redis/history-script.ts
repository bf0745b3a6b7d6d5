import { luaScript } from './connection.ts'
import { LUA_KEY } from './lua.ts'

/*
 * The history of the store is one hash: `epoch` (the store's random name), `run-id` (the server's, which a restart or another
 * server changes), `doubt-before` and `frozen-why`. Beside it each process has a count of its own beats: a count that went
 * back shows what was lost. A count lasts a week after its process.
 */

/** Acting is frozen by a sentence and by the mode, so that neither a new process nor an old program acts. */
const FREEZE = `${LUA_KEY}
local history = k('history')
local function doubt(now_ms)
  if tonumber(now_ms) > tonumber(redis.call('HGET', history, 'doubt-before') or '0') then
    redis.call('HSET', history, 'doubt-before', now_ms)
  end
end
local function freeze(why)
  redis.call('HSET', history, 'frozen-why', why)
  redis.call('HSET', k('settings'), 'mode', '{"mode":"shadow","paused":false}')
end
`

/**
 * One beat of a process. A store without a name is new and gets one. Where the process knew another name the store is
 * frozen, once for each name: what an operator decided since stands.
 * Arguments: the process, its count from this beat on, the epoch it knows (or empty), a name for a new one, the time (ms),
 * the sentence to freeze with. Returns the epoch, the count before (or an empty text), until when records are in doubt, why
 * the store is frozen (or an empty text), 1 where it was frozen by this beat, and the schema's version as it is or is about to be.
 */
export const BEAT = luaScript(`${FREEZE}
local process, count, known_epoch, new_epoch, now_ms, why = unpack(ARGV)
local beats = k('history-beats', process)
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local epoch = redis.call('HGET', history, 'epoch')
if not epoch then
  epoch = new_epoch
  redis.call('HSET', history, 'epoch', epoch)
end
if redis.call('HGET', history, 'run-id') ~= run_id then
  redis.call('HSET', history, 'run-id', run_id)
  doubt(now_ms)
end
local is_frozen_now = 0
if known_epoch ~= '' and known_epoch ~= epoch then
  doubt(now_ms)
  if redis.call('HGET', history, 'frozen-epoch') ~= epoch then
    redis.call('HSET', history, 'frozen-epoch', epoch)
    freeze(why)
    is_frozen_now = 1
  end
end
local before = redis.call('GET', beats) or ''
redis.call('SET', beats, count, 'PX', 604800000)
return {
  epoch,
  before,
  redis.call('HGET', history, 'doubt-before') or '0',
  redis.call('HGET', history, 'frozen-why') or '',
  is_frozen_now,
  redis.call('GET', k('schema-announced')) or redis.call('GET', k('schema')) or '1',
}
`)

/** Puts what was recorded before in doubt, and freezes where a sentence is given. Arguments: the time (ms), the sentence or an empty text. */
export const WENT_BACK = luaScript(`${FREEZE}
local now_ms, why = unpack(ARGV)
doubt(now_ms)
if why ~= '' then freeze(why) end
return 0
`)

/** Ends a freeze. */
export const THAW = luaScript(`${FREEZE}
redis.call('HDEL', history, 'frozen-why')
return 0
`)
