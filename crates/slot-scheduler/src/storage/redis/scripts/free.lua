-- An order was cancelled: its place is given back, wherever it stands. One that nobody has heard of is remembered,
-- so that it takes nothing when it turns up.

local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local start, ends, date, no, visible = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local key, fingerprint, record, keep_ms = ARGV[8], ARGV[9], ARGV[10], tonumber(ARGV[11])

if redis.call('EXISTS', prefix .. 'epoch') == 0 then return 0 end

local order_key = prefix .. 'order:' .. order
local known = redis.call('HMGET', order_key, 'state', 'start')
if known[1] == 'freed' or known[1] == 'done' then return 0 end

give_back(prefix .. (known[2] or start), order)
if known[1] then
  redis.call('HSET', order_key, 'state', 'freed')
else
  redis.call('HSET', order_key, 'state', 'freed', 'start', start, 'end', ends, 'date', date, 'no', no,
    'visible', visible, 'fp', fingerprint, 'record', record)
  redis.call('PEXPIRE', order_key, order_life(now, ends * 1000, keep_ms))
  if key ~= '' then redis.call('SET', prefix .. 'key:' .. key, order, 'PX', keep_ms, 'NX') end
end
redis.call('ZREM', prefix .. 'holds', order)
return 1
