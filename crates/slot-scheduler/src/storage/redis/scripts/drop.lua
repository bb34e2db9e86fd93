-- An order gives its place back: released by the gateway, expired by time, or freed by a cancel. Answers 1 when
-- the order's state changed, 0 when the step does not apply.

local prefix, now, order, state = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[3]
local start, keep_ms = ARGV[4], tonumber(ARGV[5])

if redis.call('EXISTS', prefix .. 'epoch') == 0 then return 0 end

local order_key, holds = prefix .. 'order:' .. order, prefix .. 'holds'
local known = redis.call('HMGET', order_key, 'state', 'start')
if state == 'freed' then
  if known[1] == 'freed' or known[1] == 'done' then return 0 end
else
  if known[1] ~= 'held' then return 0 end
  if state == 'expired' and tonumber(redis.call('ZSCORE', holds, order) or 0) > now then return 0 end
end

give_back(prefix .. (known[2] or start), order)
redis.call('HSET', order_key, 'state', state)
if not known[1] then redis.call('PEXPIRE', order_key, keep_ms) end
redis.call('ZREM', holds, order)
return 1
