-- An order turned up on the log. A hold of its slot and need becomes a confirmation without a change of load; an
-- order without one is booked into its own slot whatever the load. Answers known, confirmed, booked, over, rebuilding.

local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local start, ends, date, no, visible = ARGV[3], tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6]), ARGV[7]
local key, fingerprint, record = ARGV[8], ARGV[9], ARGV[10]
local need, limits, keep_ms = amounts(11), amounts(17), tonumber(ARGV[23])

if redis.call('EXISTS', prefix .. 'epoch') == 0 then return 'rebuilding' end

local order_key, slot_key = prefix .. 'order:' .. order, prefix .. start
local known = redis.call('HMGET', order_key, 'state', 'start')
if known[1] == 'confirmed' or known[1] == 'freed' or known[1] == 'done' then return 'known' end

local answer
local noted = known[1] == 'held' and known[2] == start and redis.call('HGET', slot_key, 'o:' .. order)
if noted == noted_as('held', need, false) then
  note({key = slot_key}, order, 'confirmed', need, false)
  answer = 'confirmed'
else
  -- A repeat may hold another slot or need than the first record names; the first record wins.
  if known[2] then give_back(prefix .. known[2], order) end
  answer = 'booked'
  if ends * 1000 + AFTER_END_MS > now then
    local slot = look(slot_key)
    take(slot, need)
    write(slot, now, ends * 1000)
    if is_passed(slot, limits) then answer = 'over' end
    note(slot, order, 'confirmed', need, answer == 'over')
  end
end

local life = order_life(now, ends * 1000, keep_ms)
redis.call('HSET', order_key, 'state', 'confirmed', 'start', start, 'end', ends, 'date', date, 'no', no,
  'visible', visible, 'fp', fingerprint, 'record', record)
redis.call('PEXPIRE', order_key, life)
redis.call('ZREM', prefix .. 'holds', order)
if key ~= '' then redis.call('SET', prefix .. 'key:' .. key, order, 'PX', keep_ms, 'NX') end
local counter = prefix .. 'no:' .. date
if no > tonumber(redis.call('GET', counter) or 0) then redis.call('SET', counter, no, 'PX', life + keep_ms) end
return answer
