-- The mark of another life of the server goes; one of this life is of a refill that is complete.

local epoch, life = KEYS[1], ARGV[1]

if redis.call('GET', epoch) == life then return 0 end
return redis.call('DEL', epoch)
