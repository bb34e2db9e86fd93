-- Finds the first slot that an order fits, takes it for a while, draws the display number and keeps the record:
-- all or nothing. KEYS[1] is the prefix of the branch's keys; its hash tag keeps them all on one node.
--
-- A slot that has no room is remembered in `full`, so that the next order need not look at it: for its start and the
-- dimension that lacked room, the load that it has at least. Loads only grow until a place is given back or a person
-- changes a slot, and then `full` is deleted; a slot with settings of its own is never in it. It lives for a minute at
-- most, which bounds the harm of whoever changes a slot without a word.
--
-- What every order comes through stands in one piece: making a function costs time for each local that it uses.

-- The dimension in which a slot has no room, if there is one. As domain::slots::Limits::admit: an order larger than a
-- limit above 0 gets a slot of its own.
local function lacks(orders, loads, need, limits, own)
  for i = 1, 6 do
    local limit = own[i] or limits[i]
    if limit then
      if limit > 0 and need[i] > limit then
        if orders > 0 then return i end
      elseif loads[i] + need[i] > limit then
        return i
      end
    end
  end
end

local ARGV, tonumber = ARGV, tonumber
local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local key, fingerprint, record = ARGV[3], ARGV[4], ARGV[5]
local needs = table.concat(ARGV, ' ', 6, 11)
local RUNS = 23
local SEEN_MS, MOST_SEEN = '60000', 2048

local full_key, key_name = prefix .. 'full', key ~= '' and prefix .. 'key:' .. key
local epoch, full, bound = unpack(call('MGET', prefix .. 'epoch', full_key, key_name or full_key))
if not epoch then return {'rebuilding'} end
if not key_name then bound = nil end
if bound then order = bound end

local order_key, holds = prefix .. 'order:' .. order, prefix .. 'holds'
local hold_ends = whole(now + tonumber(ARGV[18]))
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
      call('ZADD', holds, hold_ends, order)
      -- This caller relies on the hold too: the first one cannot release it any more.
      call('HSET', order_key, 'asked', '1')
    end
  end
  if stands then
    return {'slot', order, known.state, known.start, known.ends, known.date, known.no, known.visible, '1', known.record}
  end
  -- The first record wins, so its need is what the order takes, whatever a repeat costs by now.
  record = known.record
  needs = known.need or needs
end

-- All that matters of a slot without settings of its own: the dimensions that are limited, and then the other ones
-- that the order needs.
local need = known and from_text(needs) or amounts(6)
local limits, asked, most, limited, fields = {}, {}, {}, 0, {'plain', 'n'}
for i = 1, 6 do
  local limit = ARGV[11 + i]
  if limit ~= '' then
    limited = limited + 1
    limits[i], asked[limited], fields[2 + limited] = tonumber(limit), i, LOADS[i]
    -- With more than that inside, there is no room.
    most[limited] = limits[i] - need[i]
  end
end
local count = limited
for i = 1, 6 do
  if need[i] > 0 and not limits[i] then
    count = count + 1
    asked[count], fields[2 + count] = i, LOADS[i]
  end
end

local shift, first = ARGV[21] ~= '' and tonumber(ARGV[21]), ARGV[22] ~= '' and tonumber(ARGV[22])
local seen = full and cmsgpack.unpack(full)
local has_seen, found, start, ends, date = false, nil, nil, nil, nil
for run = RUNS, #ARGV, 4 do
  local length = tonumber(ARGV[run + 1])
  start, date = tonumber(ARGV[run]), ARGV[run + 3]
  for _ = 1, tonumber(ARGV[run + 2]) do
    local is_known_full = false
    if seen then
      -- A slot that was seen held an order, so that one larger than a limit finds no room either.
      for place = 1, limited do
        local load = seen[start * 8 + asked[place]]
        if load and load > most[place] then is_known_full = true end
      end
    end
    if is_known_full then
      first = first or start
    else
      local slot_key = prefix .. whole(start)
      local got = call('HMGET', slot_key, unpack(fields))
      local slot, lack
      if got[1] then
        slot = {key = slot_key, is_marked = true, is_plain = true, orders = tonumber(got[2] or 0), loads = {}}
        for place = 1, count do slot.loads[asked[place]] = tonumber(got[2 + place] or 0) end
        lack = lacks(slot.orders, slot.loads, need, limits, NO_LIMITS)
      else
        slot = look(slot_key)
        lack = lacks(slot.orders, slot.loads, need, limits, slot.own)
      end
      if not slot.disabled then
        first = first or start
        if not lack then
          found, ends = slot, start + length
          break
        end
        if slot.is_plain and slot.orders > 0 then
          seen, has_seen = seen or {}, true
          seen[start * 8 + lack] = slot.loads[lack]
        end
      end
    end
    start = start + length
  end
  if found then break end
end

if has_seen then
  local names = 0
  for name in pairs(seen) do
    -- Slots that have begun take no order any more.
    if name * 125 <= now or names == MOST_SEEN then seen[name] = nil else names = names + 1 end
  end
  if full then
    call('SET', full_key, cmsgpack.pack(seen), 'KEEPTTL')
  else
    call('SET', full_key, cmsgpack.pack(seen), 'PX', SEEN_MS)
  end
end
if not found then return {'none', first and whole(first) or '', ''} end
if shift and start > first + shift then return {'none', whole(first), whole(start)} end

local keep_ms = tonumber(ARGV[19])
local life = order_life(now, ends * 1000, keep_ms)
local no = known and known.date == date and known.no
if not no then
  local counter = prefix .. 'no:' .. date
  no = call('INCR', counter)
  -- Two days beyond the first order's own: no slot of one date is that much later than another.
  if no == 1 then call('PEXPIRE', counter, whole(life + keep_ms)) end
  no = whole(no)
end

found.orders = found.orders + 1
local written = {'n', whole(found.orders), 'o:' .. order, noted_as('held', needs, false)}
for place = 1, count do
  local i = asked[place]
  if need[i] > 0 then
    written[#written + 1] = LOADS[i]
    written[#written + 1] = whole(found.loads[i] + need[i])
  end
end
call('HSET', found.key, unpack(written))
if found.is_plain and not found.is_marked then call('HSET', found.key, 'plain', '1') end
keep(found, now, ends * 1000)

local visible = whole(math.max(now, start * 1000 - tonumber(ARGV[20])))
start, ends = whole(start), whole(ends)
call('HSET', order_key, 'state', 'held', 'start', start, 'end', ends, 'date', date, 'no', no, 'visible', visible,
  'fp', fingerprint, 'record', record, 'need', needs)
if known then call('HDEL', order_key, 'asked') end
call('PEXPIRE', order_key, life == keep_ms and ARGV[19] or whole(life))
call('ZADD', holds, hold_ends, order)
if key_name and not bound then call('PSETEX', key_name, ARGV[19], order) end
-- The caller of a new order has its record.
return {'slot', order, 'held', start, ends, date, no, visible, known and '1' or '0', known and record or ''}
