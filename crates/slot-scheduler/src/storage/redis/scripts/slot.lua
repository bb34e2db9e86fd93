-- Shared by every script: what a slot holds.
--
-- `slot:{branch}:<unix start>` is a hash: `l:<d>` load and `c:<d>` own limit per dimension, `d` present when
-- disabled, `n` number of orders, and `o:<order id>` = "<held|confirmed> <need per dimension> <over>" for each.
-- An order counts as load exactly while its field `o:` is there.

local DIMENSIONS = {'r', 'o', 'u', 'w', 'p', 'd'}
local LOADS, FIELDS = {}, {'d', 'n'}
for i, dimension in ipairs(DIMENSIONS) do LOADS[i] = 'l:' .. dimension end
for _, kind in ipairs({'l:', 'c:'}) do
  for _, dimension in ipairs(DIMENSIONS) do FIELDS[#FIELDS + 1] = kind .. dimension end
end
local AFTER_END_MS = 2 * 60 * 60 * 1000

-- Six arguments from `from` on; an empty one is absent.
local function amounts(from)
  local list = {}
  for i = 1, 6 do list[i] = tonumber(ARGV[from + i - 1]) end
  return list
end

-- Six amounts as a text, and back.
local function to_text(need) return table.concat(need, ' ') end

local function from_text(text)
  local need = {}
  for amount in string.gmatch(text, '%d+') do need[#need + 1] = tonumber(amount) end
  return need
end

local function look(key)
  local got = redis.call('HMGET', key, unpack(FIELDS))
  local slot = {key = key, disabled = got[1], orders = tonumber(got[2] or 0), loads = {}, own = {}}
  for i = 1, 6 do
    slot.loads[i] = tonumber(got[2 + i] or 0)
    slot.own[i] = tonumber(got[8 + i] or '')
  end
  return slot
end

-- domain::slots::Limits::admit: an order larger than a limit above 0 gets a slot of its own.
local function admits(slot, limits, need)
  for i = 1, 6 do
    local limit = slot.own[i] or limits[i]
    if limit then
      if limit > 0 and need[i] > limit then
        if slot.orders > 0 then return false end
      elseif slot.loads[i] + need[i] > limit then
        return false
      end
    end
  end
  return true
end

-- domain::slots::Limits::are_passed_by.
local function is_passed(slot, limits)
  for i = 1, 6 do
    local limit = slot.own[i] or limits[i]
    if limit and slot.loads[i] > limit then return true end
  end
  return false
end

local function write(slot, now, end_ms)
  local fields = {'n', slot.orders}
  for i = 1, 6 do
    fields[#fields + 1] = LOADS[i]
    fields[#fields + 1] = slot.loads[i]
  end
  redis.call('HSET', slot.key, unpack(fields))
  if end_ms then redis.call('PEXPIRE', slot.key, end_ms + AFTER_END_MS - now) end
end

-- What a slot's field `o:` says of an order.
local function noted_as(state, need, over)
  return state .. ' ' .. to_text(need) .. ' ' .. (over and '1' or '0')
end

local function note(slot, order, state, need, over)
  redis.call('HSET', slot.key, 'o:' .. order, noted_as(state, need, over))
end

-- Adds a need to a slot. The caller notes the order.
local function take(slot, need)
  slot.orders = slot.orders + 1
  for i = 1, 6 do slot.loads[i] = slot.loads[i] + need[i] end
end

-- Gives back what an order takes of a slot; whether it took anything.
local function give_back(key, order)
  local noted = redis.call('HGET', key, 'o:' .. order)
  if not noted then return false end
  local slot, need = look(key), from_text(string.match(noted, ' (.*) %d'))
  for i = 1, 6 do slot.loads[i] = slot.loads[i] - need[i] end
  slot.orders = slot.orders - 1
  redis.call('HDEL', key, 'o:' .. order)
  write(slot)
  return true
end

-- How long an order's hash lives: with its key, and as long as its slot.
local function order_life(now, end_ms, keep_ms)
  return math.max(keep_ms, end_ms + AFTER_END_MS - now)
end
