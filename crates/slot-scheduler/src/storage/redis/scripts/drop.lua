-- A hold ends: released by the gateway, or expired by time. Answers 1 when it did, 0 when there is no such hold, or
-- when another call has been answered with it and may have written the order to the log.

local prefix, now, order, state = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[3]
local order_key, holds = prefix .. 'order:' .. order, prefix .. 'holds'

if call('EXISTS', prefix .. 'epoch') == 0 then return 0 end

local known = call('HMGET', order_key, 'state', 'start', 'asked')
if known[1] ~= 'held' then return 0 end
if state == 'released' and known[3] then return 0 end
if state == 'expired' and tonumber(call('ZSCORE', holds, order) or 0) > now then return 0 end

give_back(prefix .. known[2], order)
call('HSET', order_key, 'state', state)
call('ZREM', holds, order)
return 1
