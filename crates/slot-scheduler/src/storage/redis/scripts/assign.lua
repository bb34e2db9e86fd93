-- Finds the first slot that an order fits, takes it for a while, draws the display number and keeps the record:
-- all or nothing. KEYS[1] is the prefix of the branch's keys; its hash tag keeps them all on one node.

local prefix, now, order = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local key, fingerprint, record = ARGV[3], ARGV[4], ARGV[5]
local need, limits = amounts(6), amounts(12)
local hold_ms, keep_ms, lead_ms = tonumber(ARGV[18]), tonumber(ARGV[19]), tonumber(ARGV[20])
local shift, first = tonumber(ARGV[21]), tonumber(ARGV[22])
local RUNS = 23

if redis.call('EXISTS', prefix .. 'epoch') == 0 then return {'rebuilding'} end

local bound = key ~= '' and redis.call('GET', prefix .. 'key:' .. key)
if bound then order = bound end
local order_key, holds = prefix .. 'order:' .. order, prefix .. 'holds'
local got = redis.call('HMGET', order_key, 'state', 'start', 'end', 'date', 'no', 'visible', 'fp', 'record', 'need')
local known = got[1] and {
  state = got[1], start = got[2], ends = got[3], date = got[4], no = got[5], visible = got[6], fp = got[7],
  record = got[8], need = got[9],
}

if known then
  if key ~= '' and known.fp ~= fingerprint then return {'reused'} end
  local stands = known.state ~= 'released' and known.state ~= 'expired'
  if known.state == 'held' then
    -- A hold that a rebuild has forgotten takes nothing any more.
    stands = redis.call('HEXISTS', prefix .. known.start, 'o:' .. order) == 1
    if stands then
      redis.call('ZADD', holds, now + hold_ms, order)
      -- This caller relies on the hold too: the first one cannot release it any more.
      redis.call('HSET', order_key, 'asked', 1)
    end
  end
  if stands then
    return {'slot', order, known.state, known.start, known.ends, known.date, known.no, known.visible, '1', known.record}
  end
  -- The first record wins, so its need is what the order takes, whatever a repeat costs by now.
  record = known.record
  if known.need then need = from_text(known.need) end
end

local function assign(slot, start, ends, date)
  local counter = prefix .. 'no:' .. date
  local life = order_life(now, ends * 1000, keep_ms)
  local no = known and known.date == date and known.no
  if not no then
    no = redis.call('INCR', counter)
    redis.call('PEXPIRE', counter, life + keep_ms)
  end
  local visible = math.max(now, start * 1000 - lead_ms)
  take(slot, need)
  write(slot, now, ends * 1000)
  note(slot, order, 'held', need, false)
  redis.call('HSET', order_key, 'state', 'held', 'start', start, 'end', ends, 'date', date, 'no', no,
    'visible', visible, 'fp', fingerprint, 'record', record, 'need', to_text(need))
  redis.call('HDEL', order_key, 'asked')
  redis.call('PEXPIRE', order_key, life)
  redis.call('ZADD', holds, now + hold_ms, order)
  if key ~= '' and not bound then redis.call('SET', prefix .. 'key:' .. key, order, 'PX', keep_ms) end
  return {'slot', order, 'held', tostring(start), tostring(ends), date, tostring(no), string.format('%d', visible),
    known and '1' or '0', record}
end

for i = RUNS, #ARGV, 4 do
  local start, length = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  for _ = 1, tonumber(ARGV[i + 2]) do
    local slot = look(prefix .. start)
    if not slot.disabled then
      first = first or start
      if admits(slot, limits, need) then
        if shift and start > first + shift then return {'none', tostring(first), tostring(start)} end
        return assign(slot, start, start + length, ARGV[i + 3])
      end
    end
    start = start + length
  end
end
return {'none', first and tostring(first) or '', ''}
