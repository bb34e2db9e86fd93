-- An order was cancelled: its place is given back, wherever it stands. One that nobody has heard of is remembered,
-- so that it takes nothing when it turns up.

local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local start, ends, date, no, visible = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local key, fingerprint, record, keep_ms = ARGV[8], ARGV[9], ARGV[10], tonumber(ARGV[11])

if call('EXISTS', prefix .. 'epoch') == 0 then return 0 end

local order_key = prefix .. 'order:' .. order
local known = call('HMGET', order_key, 'state', 'start')
if known[1] == 'freed' or known[1] == 'done' then return 0 end

give_back(prefix .. (known[2] or start), order)
if known[1] then
  call('HSET', order_key, 'state', 'freed')
else
  call('HSET', order_key, 'state', 'freed', 'start', start, 'end', ARGV[4], 'date', date, 'no', no,
    'visible', visible, 'fp', fingerprint, 'record', record)
  call('PEXPIRE', order_key, whole(order_life(now, ends * 1000, keep_ms)))
  if key ~= '' then call('SET', prefix .. 'key:' .. key, order, 'PX', ARGV[11], 'NX') end
end
call('ZREM', prefix .. 'holds', order)
return 1
