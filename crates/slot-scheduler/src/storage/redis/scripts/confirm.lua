-- An order turned up on the log. A hold of its slot and need becomes a confirmation without a change of load; an
-- order without one is booked into its own slot whatever the load. Answers known, confirmed, booked, over, rebuilding;
-- over again for an order that is noted so: who was told before may not have written it down.

local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local start, ends, date, no, visible = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local key, fingerprint, record = ARGV[8], ARGV[9], ARGV[10]
local needs, need, limits = table.concat(ARGV, ' ', 11, 16), amounts(11), amounts(17)
local keep_ms = tonumber(ARGV[23])

if call('EXISTS', prefix .. 'epoch') == 0 then return 'rebuilding' end

local order_key, slot_key = prefix .. 'order:' .. order, prefix .. start
local known = call('HMGET', order_key, 'state', 'start')
if known[1] == 'freed' or known[1] == 'done' then return 'known' end
if known[1] == 'confirmed' then
  local noted = call('HGET', prefix .. known[2], 'o:' .. order)
  return noted and string.sub(noted, -2) == ' 1' and 'over' or 'known'
end

-- domain::slots::Limits::are_passed_by.
local function is_passed(slot)
  for i = 1, 6 do
    local limit = slot.own[i] or limits[i]
    if limit and slot.loads[i] > limit then return true end
  end
  return false
end

local answer
local noted = known[1] == 'held' and known[2] == start and call('HGET', slot_key, 'o:' .. order)
if noted == noted_as('held', needs, false) then
  call('HSET', slot_key, 'o:' .. order, noted_as('confirmed', needs, false))
  answer = 'confirmed'
else
  -- A repeat may hold another slot or need than the first record names; the first record wins.
  if known[2] then give_back(prefix .. known[2], order) end
  answer = 'booked'
  if ends * 1000 + AFTER_END_MS > now then
    local slot = look(slot_key)
    take(slot, need)
    if is_passed(slot) then answer = 'over' end
    write(slot, need, 'o:' .. order, noted_as('confirmed', needs, answer == 'over'))
    keep(slot, now, ends * 1000)
  end
end

local life = order_life(now, ends * 1000, keep_ms)
call('HSET', order_key, 'state', 'confirmed', 'start', start, 'end', ARGV[4], 'date', date, 'no', no,
  'visible', visible, 'fp', fingerprint, 'record', record)
call('PEXPIRE', order_key, whole(life))
call('ZREM', prefix .. 'holds', order)
if key ~= '' then call('SET', prefix .. 'key:' .. key, order, 'PX', ARGV[23], 'NX') end
local counter = prefix .. 'no:' .. date
if tonumber(no) > tonumber(call('GET', counter) or 0) then call('SET', counter, no, 'PX', whole(life + keep_ms)) end
return answer
