-- A branch is filled: it gets its mark, unless what was written has been lost on the way.

local prefix, life = KEYS[1], ARGV[1]

if redis.call('DEL', prefix .. 'filling') == 0 then return 0 end
redis.call('SET', prefix .. 'epoch', life)
return 1
