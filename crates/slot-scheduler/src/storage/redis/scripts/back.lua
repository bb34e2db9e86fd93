-- Shared by the scripts that give places back.

-- Gives back what an order takes of a slot; whether it took anything.
local function give_back(key, order)
  local noted = call('HGET', key, 'o:' .. order)
  if not noted then return false end
  local slot, need = look(key), from_text(string.match(noted, ' (.*) %d'))
  for i = 1, 6 do slot.loads[i] = slot.loads[i] - need[i] end
  slot.orders = slot.orders - 1
  call('HDEL', key, 'o:' .. order)
  write(slot, need)
  return true
end
