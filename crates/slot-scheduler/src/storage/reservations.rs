//! Orders of the log, and what they hold of their slots.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Date, Integer, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::calendar::{BusinessDate, SlotTime};
use domain::ids::{BranchId, OrderId};
use domain::slots::{Dimension, DisplayNumber, ReservationState};
use store::{StoreError, prepared};
use uuid::Uuid;

use super::Reservation;
use super::rows::{column, need};
use super::schema::reservations;

#[derive(Queryable, Selectable)]
#[diesel(table_name = reservations, check_for_backend(diesel::pg::Pg))]
struct ReservationRow {
    order_id: Uuid,
    branch_id: Uuid,
    slot_start: DateTime<Utc>,
    slot_end: DateTime<Utc>,
    business_date: NaiveDate,
    display_number: i32,
    visible_at: DateTime<Utc>,
    placed_at: DateTime<Utc>,
    need_roubles: i64,
    need_orders: i64,
    need_units: i64,
    need_work_seconds: i64,
    need_oven_places: i64,
    need_deliveries: i64,
    key_hash: String,
    fingerprint: Vec<u8>,
    record: Vec<u8>,
    state: String,
    over: bool,
}

const CONFIRMED: &str = ReservationState::Confirmed.as_str();
const FREED: &str = ReservationState::Freed.as_str();
const DONE: &str = ReservationState::Done.as_str();

/// Keeps orders of the log as confirmed, each once; one that is known stays as it is.
pub async fn insert_confirmed(
    conn: &mut AsyncPgConnection,
    orders: &[Reservation],
) -> Result<(), StoreError> {
    insert(conn, orders, CONFIRMED, "ON CONFLICT DO NOTHING").await
}

/// Keeps cancelled orders as freed, each once, whether they were known or not.
pub async fn insert_freed(conn: &mut AsyncPgConnection, orders: &[Reservation]) -> Result<(), StoreError> {
    let frees = "ON CONFLICT (order_id) DO UPDATE SET state = 'freed' WHERE reservations.state = 'confirmed'";
    insert(conn, orders, FREED, frees).await
}

async fn insert(
    conn: &mut AsyncPgConnection,
    orders: &[Reservation],
    state: &str,
    on_conflict: &str,
) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let amounts = |dimension: Dimension| -> Vec<i64> {
        orders.iter().map(|order| column(order.need.get(dimension))).collect()
    };
    let sql = format!(
        "INSERT INTO reservations (order_id, branch_id, slot_start, slot_end, business_date, display_number,
             visible_at, placed_at, need_roubles, need_orders, need_units, need_work_seconds, need_oven_places,
             need_deliveries, key_hash, fingerprint, record, state)
         SELECT *, $18 FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         {on_conflict}"
    );
    let insert = diesel::sql_query(sql)
        .bind::<Array<SqlUuid>, _>(each(orders, |order| order.order_id.as_uuid()))
        .bind::<Array<SqlUuid>, _>(each(orders, |order| order.branch.as_uuid()))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.slot.start))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.slot.end))
        .bind::<Array<Date>, _>(each(orders, |order| order.slot.business_date.day()))
        .bind::<Array<Integer>, _>(each(orders, |order| i32::try_from(order.number.0).unwrap_or(i32::MAX)))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.visible_at))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.placed_at))
        .bind::<Array<BigInt>, _>(amounts(Dimension::Roubles))
        .bind::<Array<BigInt>, _>(amounts(Dimension::Orders))
        .bind::<Array<BigInt>, _>(amounts(Dimension::Units))
        .bind::<Array<BigInt>, _>(amounts(Dimension::WorkSeconds))
        .bind::<Array<BigInt>, _>(amounts(Dimension::OvenPlaces))
        .bind::<Array<BigInt>, _>(amounts(Dimension::Deliveries))
        .bind::<Array<Text>, _>(each(orders, |order| order.key_hash.as_str()))
        .bind::<Array<Binary>, _>(each(orders, |order| order.fingerprint.as_slice()))
        .bind::<Array<Binary>, _>(each(orders, |order| order.record.as_slice()))
        .bind::<Text, _>(state);
    prepared(insert).execute(conn).await?;
    Ok(())
}

/// Marks orders that were booked above a limit.
pub async fn mark_over(conn: &mut AsyncPgConnection, orders: &[OrderId]) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = orders.iter().map(|order| order.as_uuid()).collect();
    let rows = reservations::table.filter(reservations::order_id.eq_any(ids));
    diesel::update(rows).set(reservations::over.eq(true)).execute(conn).await?;
    Ok(())
}

/// Those of the orders that the log has told of, and where they stand.
pub async fn known(
    conn: &mut AsyncPgConnection,
    orders: &[OrderId],
) -> Result<Vec<(Reservation, ReservationState)>, StoreError> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.as_uuid()).collect();
    let rows: Vec<ReservationRow> = reservations::table
        .filter(reservations::order_id.eq_any(ids))
        .select(ReservationRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Orders of the branch that take part of a slot ending after `end`.
pub async fn live(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    end: DateTime<Utc>,
) -> Result<Vec<Reservation>, StoreError> {
    let rows: Vec<ReservationRow> = reservations::table
        .filter(reservations::branch_id.eq(branch.as_uuid()))
        .filter(reservations::state.eq(CONFIRMED).and(reservations::slot_end.gt(end)))
        .select(ReservationRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(|row| read(row).map(|(reservation, _)| reservation)).collect()
}

/// Orders of the branch placed since `since` that take nothing of a slot ending after `end`.
pub async fn ended(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    since: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<Vec<(Reservation, ReservationState)>, StoreError> {
    let takes_nothing = reservations::state.ne(CONFIRMED).or(reservations::slot_end.le(end));
    let rows: Vec<ReservationRow> = reservations::table
        .filter(reservations::branch_id.eq(branch.as_uuid()).and(reservations::placed_at.gt(since)))
        .filter(takes_nothing)
        .select(ReservationRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(read).collect()
}

/// The highest number of each business date from `from` on.
pub async fn highest_numbers(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    from: BusinessDate,
) -> Result<Vec<(BusinessDate, DisplayNumber)>, StoreError> {
    let rows: Vec<(NaiveDate, Option<i32>)> = reservations::table
        .filter(reservations::branch_id.eq(branch.as_uuid()))
        .filter(reservations::business_date.ge(from.day()))
        .group_by(reservations::business_date)
        .select((reservations::business_date, diesel::dsl::max(reservations::display_number)))
        .load(conn)
        .await?;
    let number = |highest: Option<i32>| DisplayNumber(u32::try_from(highest.unwrap_or(0)).unwrap_or(0));
    Ok(rows.into_iter().map(|(date, highest)| (BusinessDate::new(date), number(highest))).collect())
}

/// Slots between `from` and `to` that hold an order, whatever the calendar says.
pub async fn slots_in_use(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<SlotTime>, StoreError> {
    let rows: Vec<(DateTime<Utc>, DateTime<Utc>, NaiveDate)> = reservations::table
        .filter(reservations::branch_id.eq(branch.as_uuid()).and(reservations::state.eq(CONFIRMED)))
        .filter(reservations::slot_start.ge(from).and(reservations::slot_start.lt(to)))
        .select((reservations::slot_start, reservations::slot_end, reservations::business_date))
        .distinct()
        .load(conn)
        .await?;
    let slot = |(start, end, date)| SlotTime { start, end, business_date: BusinessDate::new(date) };
    Ok(rows.into_iter().map(slot).collect())
}

/// The last business date of the branch that holds an order whose slot ends after `end`.
pub async fn last_date_in_use(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    end: DateTime<Utc>,
) -> Result<Option<BusinessDate>, StoreError> {
    let last: Option<NaiveDate> = reservations::table
        .filter(reservations::branch_id.eq(branch.as_uuid()).and(reservations::state.eq(CONFIRMED)))
        .filter(reservations::slot_end.gt(end))
        .select(diesel::dsl::max(reservations::business_date))
        .first(conn)
        .await?;
    Ok(last.map(BusinessDate::new))
}

/// Marks orders whose slots ended before `end` as done, at most `limit` of them.
pub async fn finish(
    conn: &mut AsyncPgConnection,
    end: DateTime<Utc>,
    limit: i64,
) -> Result<usize, StoreError> {
    let sql = "UPDATE reservations SET state = $1 WHERE order_id IN (
                   SELECT order_id FROM reservations WHERE state = 'confirmed' AND slot_end <= $2 LIMIT $3)";
    let update = diesel::sql_query(sql).bind::<Text, _>(DONE).bind::<Timestamptz, _>(end);
    Ok(update.bind::<BigInt, _>(limit).execute(conn).await?)
}

/// Empties the records of orders placed before `placed`, at most `limit` of them: no repeat can ask for them.
pub async fn forget_records(
    conn: &mut AsyncPgConnection,
    placed: DateTime<Utc>,
    limit: i64,
) -> Result<usize, StoreError> {
    let sql = "UPDATE reservations SET record = '' WHERE order_id IN (
                   SELECT order_id FROM reservations WHERE record <> '' AND placed_at <= $1 LIMIT $2)";
    let update = diesel::sql_query(sql).bind::<Timestamptz, _>(placed).bind::<BigInt, _>(limit);
    Ok(update.execute(conn).await?)
}

fn each<'a, T>(orders: &'a [Reservation], value: impl Fn(&'a Reservation) -> T) -> Vec<T> {
    orders.iter().map(value).collect()
}

fn read(row: ReservationRow) -> Result<(Reservation, ReservationState), StoreError> {
    let state =
        row.state.parse().map_err(|_| StoreError::corrupt("reservations", row.order_id, "has no state"))?;
    let needs = [
        row.need_roubles,
        row.need_orders,
        row.need_units,
        row.need_work_seconds,
        row.need_oven_places,
        row.need_deliveries,
    ];
    let reservation = Reservation {
        order_id: OrderId::from_uuid(row.order_id),
        branch: BranchId::from_uuid(row.branch_id),
        slot: SlotTime {
            start: row.slot_start,
            end: row.slot_end,
            business_date: BusinessDate::new(row.business_date),
        },
        number: DisplayNumber(u32::try_from(row.display_number).unwrap_or(0)),
        visible_at: row.visible_at,
        placed_at: row.placed_at,
        need: need(needs),
        key_hash: row.key_hash,
        fingerprint: row.fingerprint,
        record: row.record,
        over: row.over,
    };
    Ok((reservation, state))
}
