//! What slots may take, now and before: a limit that was lowered does not make the orders of before wrong.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Int8, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use domain::slots::{Limits, SlotId};
use uuid::Uuid;

/// One slot: its branch and the Unix second it starts at.
pub type SlotKey = (Uuid, i64);

/// A change reaches every instance within this time.
const SPREADING: TimeDelta = TimeDelta::seconds(5);

/// Limits of branches and slots, each with the time from which on they held.
#[derive(Debug, Default)]
pub struct LimitsBook {
    branches: HashMap<Uuid, Timeline>,
    slots: HashMap<SlotKey, Timeline>,
}

/// What held from when on, oldest first.
type Timeline = Vec<(DateTime<Utc>, Limits)>;

#[derive(QueryableByName)]
struct LimitsRow {
    #[diesel(sql_type = SqlUuid)]
    branch_id: Uuid,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    slot_start: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Int8>)]
    roubles: Option<i64>,
    #[diesel(sql_type = Nullable<Int8>)]
    orders: Option<i64>,
    #[diesel(sql_type = Nullable<Int8>)]
    units: Option<i64>,
    #[diesel(sql_type = Nullable<Int8>)]
    work_seconds: Option<i64>,
    #[diesel(sql_type = Nullable<Int8>)]
    oven_places: Option<i64>,
    #[diesel(sql_type = Nullable<Int8>)]
    deliveries: Option<i64>,
}

#[derive(QueryableByName)]
struct ChangeRow {
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    entity: String,
    #[diesel(sql_type = Jsonb)]
    limits: serde_json::Value,
}

const COLUMNS: &str = "limit_roubles AS roubles, limit_orders AS orders, limit_units AS units, \
    limit_work_seconds AS work_seconds, limit_oven_places AS oven_places, limit_deliveries AS deliveries";

impl LimitsBook {
    /// Reads present limits, and past ones from the audit.
    pub async fn read(conn: &mut AsyncPgConnection) -> anyhow::Result<Self> {
        let mut book = Self::default();
        let changes: Vec<ChangeRow> = diesel::sql_query(
            "SELECT at, entity, change -> 'limits' AS limits FROM slots.audit \
             WHERE action IN ('slots.config', 'slot.capacity') AND change -> 'limits' IS NOT NULL ORDER BY id",
        )
        .load(conn)
        .await?;
        for ChangeRow { at, entity, limits: told } in changes {
            let Ok(amounts) = serde_json::from_value(told) else { continue };
            if let Ok(branch) = entity.parse() {
                // a branch begins with the usual limits
                let timeline = book.branches.entry(branch).or_insert_with(|| since_ever(Limits::DEFAULT));
                timeline.push((at, limits(amounts)));
            } else if let Ok(slot) = entity.parse::<SlotId>() {
                let slot = (slot.branch.as_uuid(), slot.unix());
                let timeline = book.slots.entry(slot).or_insert_with(|| since_ever(Limits::NONE));
                timeline.push((at, limits(amounts)));
            }
        }
        let sql = format!("SELECT branch_id, NULL::timestamptz AS slot_start, {COLUMNS} FROM slots.configs");
        for row in diesel::sql_query(sql).load::<LimitsRow>(conn).await? {
            book.branches.entry(row.branch_id).or_insert_with(|| since_ever(row.limits()));
        }
        let sql = format!("SELECT branch_id, slot_start, {COLUMNS} FROM slots.overrides");
        for row in diesel::sql_query(sql).load::<LimitsRow>(conn).await? {
            let Some(start) = row.slot_start else { continue };
            book.slots.entry((row.branch_id, start.timestamp())).or_insert_with(|| since_ever(row.limits()));
        }
        Ok(book)
    }

    /// The most that a slot was allowed to take in each dimension, from the time of its first order on.
    pub fn highest(&self, slot: SlotKey, first_order: DateTime<Utc>) -> Limits {
        let since = first_order - SPREADING;
        let usual = since_ever(Limits::DEFAULT);
        let branch = self.branches.get(&slot.0).unwrap_or(&usual);
        let nothing = since_ever(Limits::NONE);
        let own = self.slots.get(&slot).unwrap_or(&nothing);
        let changes = branch.iter().chain(own).map(|(at, _)| *at).filter(|at| *at > since);
        let in_force = |at| held_at(branch, at).overridden_by(&held_at(own, at));
        changes.map(in_force).fold(in_force(since), |highest, limits| higher(&highest, &limits))
    }

    /// Branches that have settings.
    pub fn branches(&self) -> impl Iterator<Item = Uuid> {
        self.branches.keys().copied()
    }
}

impl LimitsRow {
    fn limits(&self) -> Limits {
        let Self { roubles, orders, units, work_seconds, oven_places, deliveries, .. } = *self;
        limits([roubles, orders, units, work_seconds, oven_places, deliveries])
    }
}

fn since_ever(limits: Limits) -> Timeline {
    vec![(DateTime::<Utc>::MIN_UTC, limits)]
}

fn held_at(timeline: &Timeline, at: DateTime<Utc>) -> Limits {
    timeline.iter().rev().find(|(since, _)| *since <= at).map_or(Limits::NONE, |(_, limits)| *limits)
}

fn limits(amounts: [Option<i64>; 6]) -> Limits {
    let mut amounts = amounts.into_iter();
    Limits::from_fn(|_| amounts.next().flatten().and_then(|amount| u64::try_from(amount).ok()))
}

/// The higher limit of each dimension; none at all is the highest.
fn higher(one: &Limits, other: &Limits) -> Limits {
    Limits::from_fn(|dimension| Some(one.get(dimension)?.max(other.get(dimension)?)))
}

#[cfg(test)]
mod tests {
    use domain::slots::Dimension;

    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-02-01T{time}:00Z").parse().unwrap()
    }

    fn roubles(limit: u64) -> Limits {
        Limits::NONE.with(Dimension::Roubles, Some(limit))
    }

    #[test]
    fn a_slot_is_measured_by_the_highest_limit_since_its_first_order() {
        let slot = (Uuid::from_u128(1), 0);
        let mut book = LimitsBook::default();
        let changes = [(at("09:00"), roubles(20_000)), (at("10:00"), roubles(5_000))];
        book.branches.insert(slot.0, since_ever(Limits::DEFAULT).into_iter().chain(changes).collect());
        let own = [(at("11:00"), roubles(3_000))];
        book.slots.insert(slot, since_ever(Limits::NONE).into_iter().chain(own).collect());

        let highest = |time| book.highest(slot, at(time)).get(Dimension::Roubles);

        assert_eq!(highest("08:00"), Some(20_000));
        assert_eq!(highest("09:30"), Some(20_000));
        assert_eq!(highest("10:30"), Some(5_000));
        assert_eq!(highest("11:30"), Some(3_000));
        assert_eq!(book.highest((Uuid::from_u128(2), 0), at("08:00")), Limits::DEFAULT);
    }
}
