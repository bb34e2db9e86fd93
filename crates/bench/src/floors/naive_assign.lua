-- What slot-scheduler's script for finding a slot does, written as it comes to mind: a call per field. The same
-- arguments, the same keys, the same answer.

local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local key, fingerprint, record = ARGV[3], ARGV[4], ARGV[5]
local hold_ms, keep_ms, lead_ms = tonumber(ARGV[18]), tonumber(ARGV[19]), tonumber(ARGV[20])
local shift, first = tonumber(ARGV[21]), tonumber(ARGV[22])
local DIMENSIONS = {'r', 'o', 'u', 'w', 'p', 'd'}
local AFTER_END_MS = 2 * 60 * 60 * 1000

if redis.call('EXISTS', prefix .. 'epoch') == 0 then return {'rebuilding'} end

if key ~= '' then
  local bound = redis.call('GET', prefix .. 'key:' .. key)
  if bound then order = bound end
end
local order_key = prefix .. 'order:' .. order
if redis.call('EXISTS', order_key) == 1 then
  if redis.call('HGET', order_key, 'fp') ~= fingerprint then return {'reused'} end
  local start = redis.call('HGET', order_key, 'start')
  redis.call('ZADD', prefix .. 'holds', now + hold_ms, order)
  redis.call('HSET', order_key, 'asked', 1)
  return {'slot', order, redis.call('HGET', order_key, 'state'), start, redis.call('HGET', order_key, 'end'),
    redis.call('HGET', order_key, 'date'), redis.call('HGET', order_key, 'no'),
    redis.call('HGET', order_key, 'visible'), '1', redis.call('HGET', order_key, 'record')}
end

local function admits(slot)
  for i, dimension in ipairs(DIMENSIONS) do
    local limit = tonumber(redis.call('HGET', slot, 'c:' .. dimension) or ARGV[11 + i])
    local load = tonumber(redis.call('HGET', slot, 'l:' .. dimension) or 0)
    local need = tonumber(ARGV[5 + i])
    if limit then
      if limit > 0 and need > limit then
        if tonumber(redis.call('HGET', slot, 'n') or 0) > 0 then return false end
      elseif load + need > limit then
        return false
      end
    end
  end
  return true
end

local function assign(slot, start, ends, date)
  local life = math.max(keep_ms, ends * 1000 + AFTER_END_MS - now)
  local counter = prefix .. 'no:' .. date
  local no = redis.call('INCR', counter)
  redis.call('PEXPIRE', counter, life + keep_ms)
  local visible = math.max(now, start * 1000 - lead_ms)
  redis.call('HINCRBY', slot, 'n', 1)
  local need = {}
  for i, dimension in ipairs(DIMENSIONS) do
    need[i] = ARGV[5 + i]
    redis.call('HINCRBY', slot, 'l:' .. dimension, need[i])
  end
  local needs = table.concat(need, ' ')
  redis.call('HSET', slot, 'o:' .. order, 'held ' .. needs .. ' 0')
  redis.call('PEXPIRE', slot, ends * 1000 + AFTER_END_MS - now)
  redis.call('HSET', order_key, 'state', 'held')
  redis.call('HSET', order_key, 'start', start)
  redis.call('HSET', order_key, 'end', ends)
  redis.call('HSET', order_key, 'date', date)
  redis.call('HSET', order_key, 'no', no)
  redis.call('HSET', order_key, 'visible', visible)
  redis.call('HSET', order_key, 'fp', fingerprint)
  redis.call('HSET', order_key, 'record', record)
  redis.call('HSET', order_key, 'need', needs)
  redis.call('PEXPIRE', order_key, life)
  redis.call('ZADD', prefix .. 'holds', now + hold_ms, order)
  if key ~= '' then redis.call('SET', prefix .. 'key:' .. key, order, 'PX', keep_ms) end
  return {'slot', order, 'held', tostring(start), tostring(ends), date, tostring(no), string.format('%d', visible),
    '0', record}
end

for i = 23, #ARGV, 4 do
  local start, length = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  for _ = 1, tonumber(ARGV[i + 2]) do
    local slot = prefix .. start
    if redis.call('HEXISTS', slot, 'd') == 0 then
      first = first or start
      if admits(slot) then
        if shift and start > first + shift then return {'none', tostring(first), tostring(start)} end
        return assign(slot, start, start + length, ARGV[i + 3])
      end
    end
    start = start + length
  end
end
return {'none', first and tostring(first) or '', ''}
