-- A branch is filled: it gets its mark, unless what was written has been lost on the way. What was known of its slots
-- before is not true any more.

local prefix, life = KEYS[1], ARGV[1]

if redis.call('DEL', prefix .. 'filling') == 0 then return 0 end
redis.call('DEL', prefix .. 'full')
redis.call('SET', prefix .. 'epoch', life)
return 1
