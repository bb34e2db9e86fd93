-- Shared by the scripts that give places back, or book them whatever the load.

-- Adds a need to what is known of a slot.
local function take(slot, need)
  slot.orders = slot.orders + 1
  for i = 1, 6 do
    if need[i] > 0 then slot.loads[i] = slot.loads[i] + need[i] end
  end
end

-- Writes what a need has changed, and more fields and values.
local function write(slot, need, ...)
  local fields = {'n', whole(slot.orders), ...}
  for i = 1, 6 do
    if need[i] > 0 then
      fields[#fields + 1] = LOADS[i]
      fields[#fields + 1] = whole(slot.loads[i])
    end
  end
  call('HSET', slot.key, unpack(fields))
end

-- Gives back what an order takes of a slot; whether it took anything.
local function give_back(key, order)
  local noted = call('HGET', key, 'o:' .. order)
  if not noted then return false end
  local slot, need = look(key), from_text(string.match(noted, ' (.*) %d'))
  for i = 1, 6 do slot.loads[i] = slot.loads[i] - need[i] end
  slot.orders = slot.orders - 1
  call('HDEL', key, 'o:' .. order)
  write(slot, need)
  call('DEL', KEYS[1] .. 'full')
  return true
end
