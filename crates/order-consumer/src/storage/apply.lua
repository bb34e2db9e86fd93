-- Puts the copy of an order in place, unless a newer one is there.
-- KEYS  1 the order, 2 its status, 3 its version, 4 visible live orders of its branch, 5 hidden ones
-- ARGV  1 id, 2 version, 3 status, 4 the order as JSON, 5 its place: live, pending or none, 6 its score there,
--       7 seconds to keep the copy, 0 for as long as the order lives
local held = tonumber(redis.call('GET', KEYS[3]) or '0')
if held > tonumber(ARGV[2]) then
    return 0
end
local ttl = tonumber(ARGV[7])
local copies = {{KEYS[1], ARGV[4]}, {KEYS[2], ARGV[3]}, {KEYS[3], ARGV[2]}}
for _, copy in ipairs(copies) do
    if ttl > 0 then
        redis.call('SET', copy[1], copy[2], 'EX', ttl)
    else
        redis.call('SET', copy[1], copy[2])
    end
end
local place = {live = KEYS[4], pending = KEYS[5]}
for name, key in pairs(place) do
    if name == ARGV[5] then
        redis.call('ZADD', key, ARGV[6], ARGV[1])
    else
        redis.call('ZREM', key, ARGV[1])
    end
end
return 1
