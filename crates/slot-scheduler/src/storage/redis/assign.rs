//! Assigning a slot: one script, one round trip.

use std::str::FromStr;

use chassis::failpoint;
use chrono::{DateTime, Duration, Utc};
use domain::calendar::{BusinessDate, SlotTime};
use domain::ids::{BranchId, OrderId};
use domain::slots::{Dimension, DisplayNumber, Limits, Need, ReservationState};

use super::{SlotStore, SlotStoreError, keys, scripts};

/// How long an order keeps its place before the log has told of it.
const HOLD: Duration = Duration::seconds(60);

/// How long a repeat of a call finds the first answer.
pub(super) const KEEP: Duration = Duration::hours(48);

/// What is asked of the store for one order.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The cooking branch.
    pub branch: BranchId,
    /// The order, unless the key is bound to another.
    pub order_id: OrderId,
    /// What it takes of a slot.
    pub need: Need,
    /// The branch's limits; slots may have their own.
    pub limits: Limits,
    /// See [`keys::key_hash`].
    pub key_hash: String,
    /// Of the request.
    pub fingerprint: Vec<u8>,
    /// The priced order.
    pub record: Vec<u8>,
    /// How long before its slot the kitchen sees the order.
    pub lead: Duration,
    /// How far after the first candidate the slot may start.
    pub max_shift: Option<Duration>,
    /// The time it is.
    pub now: DateTime<Utc>,
}

/// Slots of one length and business date, each starting where the one before ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Start of the first.
    pub start: DateTime<Utc>,
    /// Length of each.
    pub length: Duration,
    /// How many.
    pub count: usize,
    /// The day of trade of all of them.
    pub business_date: BusinessDate,
}

/// What the store answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order has a place, by this call or an earlier one.
    Assigned(Assigned),
    /// The key belongs to another request.
    KeyReused,
    /// The store has lost its memory and is being filled again.
    Rebuilding,
    /// No slot of these runs takes the order.
    NoneFits(NoneFits),
}

/// An order's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The order: the first one of the key.
    pub order_id: OrderId,
    /// Held, or what became of it since.
    pub state: ReservationState,
    /// The slot.
    pub slot: SlotTime,
    /// The number people call out.
    pub number: DisplayNumber,
    /// When the kitchen sees it.
    pub visible_at: DateTime<Utc>,
    /// A call with this order or key came before.
    pub replayed: bool,
    /// The priced order of the first call.
    pub record: Vec<u8>,
}

/// What was seen while no slot was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoneFits {
    /// The first slot that takes orders at all.
    pub first_candidate: Option<DateTime<Utc>>,
    /// The next start with room, if only the longest shift stood in the way.
    pub next_with_room: Option<DateTime<Utc>>,
}

impl SlotStore {
    /// Looks through `runs` for the first slot the order fits, and takes it; `first_candidate` is from runs
    /// looked through before.
    pub async fn assign(
        &self,
        wanted: &Assignment,
        runs: &[Run],
        first_candidate: Option<DateTime<Utc>>,
    ) -> Result<Outcome, SlotStoreError> {
        let mut call = scripts::ASSIGN.prepare_invoke();
        call.key(keys::prefix(wanted.branch))
            .arg(wanted.now.timestamp_millis())
            .arg(wanted.order_id.to_string())
            .arg(&wanted.key_hash)
            .arg(&wanted.fingerprint)
            .arg(&wanted.record);
        for dimension in Dimension::ALL {
            call.arg(wanted.need.get(dimension));
        }
        for (_, limit) in wanted.limits.iter() {
            call.arg(or_empty(limit));
        }
        call.arg(HOLD.num_milliseconds())
            .arg(KEEP.num_milliseconds())
            .arg(wanted.lead.num_milliseconds())
            .arg(or_empty(wanted.max_shift.map(|shift| shift.num_seconds())))
            .arg(or_empty(first_candidate.map(|start| start.timestamp())));
        for run in runs {
            call.arg(run.start.timestamp())
                .arg(run.length.num_seconds())
                .arg(run.count)
                .arg(run.business_date.to_string());
        }
        failpoint!(
            "slot_scheduler::before_script",
            redis::RedisError::from((redis::ErrorKind::Io, "failpoint")).into()
        );
        let answer: Vec<Vec<u8>> = call.invoke_async(&mut self.cache.conn()).await?;
        failpoint!(
            "slot_scheduler::after_script",
            redis::RedisError::from((redis::ErrorKind::Io, "failpoint")).into()
        );
        read(&answer, &wanted.record).ok_or(SlotStoreError::Unreadable("an answer to assign"))
    }
}

/// An absent argument of a script.
pub(super) fn or_empty(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Reads an answer; that of a new order leaves out the record, which is the one that was sent.
fn read(answer: &[Vec<u8>], sent: &[u8]) -> Option<Outcome> {
    let (kind, rest) = answer.split_first()?;
    match (kind.as_slice(), rest) {
        (b"rebuilding", []) => Some(Outcome::Rebuilding),
        (b"reused", []) => Some(Outcome::KeyReused),
        (b"none", [first, next]) => Some(Outcome::NoneFits(NoneFits {
            first_candidate: optional_instant(first).ok()?,
            next_with_room: optional_instant(next).ok()?,
        })),
        (b"slot", [order_id, state, start, end, date, number, visible, replayed, record]) => {
            Some(Outcome::Assigned(Assigned {
                order_id: parse(order_id)?,
                state: parse(state)?,
                slot: SlotTime {
                    start: DateTime::from_timestamp(parse(start)?, 0)?,
                    end: DateTime::from_timestamp(parse(end)?, 0)?,
                    business_date: parse(date)?,
                },
                number: DisplayNumber(parse(number)?),
                visible_at: DateTime::from_timestamp_millis(parse(visible)?)?,
                replayed: replayed == b"1",
                record: if replayed == b"1" { record.clone() } else { sent.to_vec() },
            }))
        }
        _ => None,
    }
}

/// Reads one bulk string of an answer.
pub(super) fn parse<T: FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// An empty string is no instant, and no fault.
fn optional_instant(bytes: &[u8]) -> Result<Option<DateTime<Utc>>, NotAnInstant> {
    if bytes.is_empty() {
        return Ok(None);
    }
    parse(bytes).and_then(|second| DateTime::from_timestamp(second, 0)).map(Some).ok_or(NotAnInstant)
}

struct NotAnInstant;
