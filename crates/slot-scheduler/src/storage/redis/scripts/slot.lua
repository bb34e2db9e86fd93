-- Shared by every script: what a slot holds.
--
-- `slot:{branch}:<unix start>` is a hash: `l:<d>` load and `c:<d>` own limit per dimension, `d` present when
-- disabled, `plain` present only when it has neither `d` nor a `c:` (without the mark it may have, or not), `n` number
-- of orders, and `o:<order id>` = "<held|confirmed> <need per dimension> <over>" for each. An order counts as load
-- exactly while its field `o:` is there.
--
-- `slot:{branch}:full` says what is known of full slots without a look at them, see assign.lua. Whatever makes room
-- deletes it.
--
-- Redis is told numbers as texts: turning a number of Lua's into its argument costs as much as a small command, and
-- reading one from a text half as much.

local call = redis.call
local LOADS = {'l:r', 'l:o', 'l:u', 'l:w', 'l:p', 'l:d'}
local NO_LIMITS = {}
local AFTER_END_MS = 2 * 60 * 60 * 1000

-- Six arguments from `from` on; an empty one is absent.
local function amounts(from)
  local list = {}
  for i = 1, 6 do
    local text = ARGV[from + i - 1]
    if text == '0' then list[i] = 0 elseif text ~= '' then list[i] = tonumber(text) end
  end
  return list
end

-- A whole number as a text.
local function whole(number) return string.format('%d', number) end

-- Six amounts from a text.
local function from_text(text)
  local need = {}
  for amount in string.gmatch(text, '%d+') do need[#need + 1] = tonumber(amount) end
  return need
end

-- What a slot's field `o:` says of an order with six amounts as a text.
local function noted_as(state, needs, over) return state .. ' ' .. needs .. (over and ' 1' or ' 0') end

local function look(key)
  local got = call('HMGET', key, 'd', 'n', 'l:r', 'l:o', 'l:u', 'l:w', 'l:p', 'l:d',
    'c:r', 'c:o', 'c:u', 'c:w', 'c:p', 'c:d')
  local slot = {key = key, disabled = got[1], orders = tonumber(got[2] or 0), loads = {}, own = {}}
  for i = 1, 6 do
    slot.loads[i] = tonumber(got[2 + i] or 0)
    slot.own[i] = tonumber(got[8 + i] or '')
  end
  slot.is_plain = not slot.disabled and next(slot.own) == nil
  return slot
end

-- A slot's hash lives until a while after its end, which does not move: the first order sees to it.
local function keep(slot, now, end_ms)
  if slot.orders == 1 then call('PEXPIRE', slot.key, whole(end_ms + AFTER_END_MS - now)) end
end

-- How long an order's hash lives: with its key, and as long as its slot.
local function order_life(now, end_ms, keep_ms)
  return math.max(keep_ms, end_ms + AFTER_END_MS - now)
end
