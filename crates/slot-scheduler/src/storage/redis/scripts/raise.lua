-- A counter of display numbers goes on from a number at least, never back.

local counter, number, seconds = KEYS[1], tonumber(ARGV[1]), ARGV[2]

if number <= tonumber(redis.call('GET', counter) or 0) then return 0 end
redis.call('SET', counter, number, 'EX', seconds)
return 1
