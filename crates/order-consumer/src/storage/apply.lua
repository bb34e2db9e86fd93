-- Puts the copy of an order in place, unless a newer one is there.
-- KEYS  1 the order, 2 its status, 3 its version, 4 visible live orders of its branch, 5 hidden ones
-- ARGV  1 id, 2 version, 3 status, 4 the order as JSON, 5 its place: live, pending or none, 6 its score there,
--       7 seconds to keep the copy, 0 for as long as the order lives
local held = redis.call('GET', KEYS[3])
if held and tonumber(held) > tonumber(ARGV[2]) then
    return 0
end
if ARGV[7] == '0' then
    redis.call('MSET', KEYS[1], ARGV[4], KEYS[2], ARGV[3], KEYS[3], ARGV[2])
else
    redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[7])
    redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[7])
    redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[7])
end
local place = ARGV[5]
if place == 'live' then
    redis.call('ZADD', KEYS[4], ARGV[6], ARGV[1])
elseif place == 'pending' then
    redis.call('ZADD', KEYS[5], ARGV[6], ARGV[1])
end
-- a new order is in no other place
if held or ARGV[2] ~= '1' then
    if place ~= 'live' then
        redis.call('ZREM', KEYS[4], ARGV[1])
    end
    if place ~= 'pending' then
        redis.call('ZREM', KEYS[5], ARGV[1])
    end
end
return 1
