-- The least that holds a place: one look at the slot, one write to it, one write of the order.
-- KEYS: the slot, the order. ARGV: order, need, limit, record, how long to keep it in ms.

local order, need, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local got = redis.call('HMGET', KEYS[1], 'l', 'c', 'd', 'o:' .. order)
local load = tonumber(got[1] or 0)
if got[4] then return 1 end
if got[3] or load + need > tonumber(got[2] or limit) then return 0 end
redis.call('HSET', KEYS[1], 'l', load + need, 'o:' .. order, need)
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
return 1
