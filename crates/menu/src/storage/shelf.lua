-- KEYS: menu:full, menu:full:revision. ARGV: revision, snapshot as JSON, channel, what is told on it.
-- Answers 1 when the snapshot was taken.
local present = tonumber(redis.call('GET', KEYS[2]) or '0')
if present >= tonumber(ARGV[1]) and redis.call('EXISTS', KEYS[1]) == 1 then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
