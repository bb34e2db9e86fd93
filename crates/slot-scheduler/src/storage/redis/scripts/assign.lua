-- Finds the first slot that an order fits, takes it for a while, draws the display number and keeps the record:
-- all or nothing. KEYS[1] is the prefix of the branch's keys; its hash tag keeps them all on one node.

local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local key, fingerprint, record = ARGV[3], ARGV[4], ARGV[5]
local needs, need, limits = table.concat(ARGV, ' ', 6, 11), amounts(6), amounts(12)
local hold_ms, keep_ms, lead_ms = tonumber(ARGV[18]), tonumber(ARGV[19]), tonumber(ARGV[20])
local shift, first = tonumber(ARGV[21]), tonumber(ARGV[22])
local RUNS = 23

local epoch, key_name = prefix .. 'epoch', key ~= '' and prefix .. 'key:' .. key
local marks = key_name and call('MGET', epoch, key_name) or {call('GET', epoch)}
if not marks[1] then return {'rebuilding'} end

local bound = marks[2]
if bound then order = bound end
local order_key, holds = prefix .. 'order:' .. order, prefix .. 'holds'
local known = call('HGET', order_key, 'state')

if known then
  local got = call('HMGET', order_key, 'start', 'end', 'date', 'no', 'visible', 'fp', 'record', 'need')
  known = {
    state = known, start = got[1], ends = got[2], date = got[3], no = got[4], visible = got[5], fp = got[6],
    record = got[7], need = got[8],
  }
  if key_name and known.fp ~= fingerprint then return {'reused'} end
  local stands = known.state ~= 'released' and known.state ~= 'expired'
  if known.state == 'held' then
    -- A hold that a rebuild has forgotten takes nothing any more.
    stands = call('HEXISTS', prefix .. known.start, 'o:' .. order) == 1
    if stands then
      call('ZADD', holds, whole(now + hold_ms), order)
      -- This caller relies on the hold too: the first one cannot release it any more.
      call('HSET', order_key, 'asked', '1')
    end
  end
  if stands then
    return {'slot', order, known.state, known.start, known.ends, known.date, known.no, known.visible, '1', known.record}
  end
  -- The first record wins, so its need is what the order takes, whatever a repeat costs by now.
  record = known.record
  if known.need then needs, need = known.need, from_text(known.need) end
end

-- Most slots have no settings of their own: what the limits and the need are about is all that matters of them.
local asked, fields = {}, {'own', 'n'}
for i = 1, 6 do
  if limits[i] or need[i] > 0 then
    asked[#asked + 1] = i
    fields[#fields + 1] = LOADS[i]
  end
end

local function look_quickly(slot_key)
  local got = call('HMGET', slot_key, unpack(fields))
  if got[1] then return look(slot_key) end
  local loads = {}
  for place, i in ipairs(asked) do loads[i] = tonumber(got[2 + place] or 0) end
  return {key = slot_key, orders = tonumber(got[2] or 0), loads = loads, own = NO_LIMITS}
end

-- domain::slots::Limits::admit: an order larger than a limit above 0 gets a slot of its own.
local function admits(slot)
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

local function assign(slot, start, ends, date)
  local life = order_life(now, ends * 1000, keep_ms)
  local no = known and known.date == date and known.no
  if not no then
    local counter = prefix .. 'no:' .. date
    no = call('INCR', counter)
    -- Two days beyond the first order's own: no slot of one date is that much later than another.
    if no == 1 then call('PEXPIRE', counter, whole(life + keep_ms)) end
    no = whole(no)
  end
  local visible = whole(math.max(now, start * 1000 - lead_ms))
  take(slot, need)
  write(slot, need, 'o:' .. order, noted_as('held', needs, false))
  keep(slot, now, ends * 1000)
  start, ends = whole(start), whole(ends)
  call('HSET', order_key, 'state', 'held', 'start', start, 'end', ends, 'date', date, 'no', no, 'visible', visible,
    'fp', fingerprint, 'record', record, 'need', needs)
  if known then call('HDEL', order_key, 'asked') end
  call('PEXPIRE', order_key, whole(life))
  call('ZADD', holds, whole(now + hold_ms), order)
  if key_name and not bound then call('SET', key_name, order, 'PX', ARGV[19]) end
  -- The caller of a new order has its record.
  return {'slot', order, 'held', start, ends, date, no, visible, known and '1' or '0', known and record or ''}
end

for i = RUNS, #ARGV, 4 do
  local start, length = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  for _ = 1, tonumber(ARGV[i + 2]) do
    local slot = look_quickly(prefix .. whole(start))
    if not slot.disabled then
      first = first or start
      if admits(slot) then
        if shift and start > first + shift then return {'none', whole(first), whole(start)} end
        return assign(slot, start, start + length, ARGV[i + 3])
      end
    end
    start = start + length
  end
end
return {'none', first and whole(first) or '', ''}
