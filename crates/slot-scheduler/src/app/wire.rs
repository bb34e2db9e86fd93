//! Slots, settings and branches as the contract shows them.

use contracts::slots::v1 as pb;
use contracts::timestamp::Timestamp;
use domain::slots::{Dimension, ReservationState, SlotState, raw_limits};

use super::listing::SlotView;
use crate::storage::Branch;
use crate::storage::redis::OrderInSlot;

/// A slot, with the orders inside for those who may see them.
pub fn slot(view: &SlotView, with_orders: bool) -> pb::Slot {
    let inside = &view.holds.orders;
    let count = |state| count_of(inside.iter().filter(|order| order.state == state).count());
    let deliveries = inside.iter().filter(|order| order.need.deliveries > 0).count();
    pb::Slot {
        slot_id: view.id.to_string(),
        start_time: Some(Timestamp::from(view.time.start)),
        end_time: Some(Timestamp::from(view.time.end)),
        current_load: amount(view.holds.load.roubles),
        max_capacity: amount(view.limits.get(Dimension::Roubles).unwrap_or(0)),
        orders_count: count_of(inside.len()),
        delivery_count: count_of(deliveries),
        pickup_count: count_of(inside.len() - deliveries),
        delivery_plan: amount(view.plan.delivery),
        pickup_plan: amount(view.plan.pickup),
        disabled: view.holds.disabled,
        orders: if with_orders { inside.iter().map(order).collect() } else { Vec::new() },
        business_date: view.time.business_date.to_string(),
        state: state(view.state).to_owned(),
        load_percent: i32::try_from(view.percent).unwrap_or(i32::MAX),
        held_count: count(ReservationState::Held),
        confirmed_count: count(ReservationState::Confirmed),
        dimensions: Dimension::ALL
            .map(|dimension| pb::DimensionLoad {
                dimension: dimension.as_str().to_owned(),
                load: amount(view.holds.load.get(dimension)),
                limit: view.limits.get(dimension).map(amount),
            })
            .to_vec(),
    }
}

/// The slot settings of a branch.
pub fn config(branch: &Branch) -> pb::SlotConfig {
    let config = &branch.config;
    let [roubles, limit_orders, limit_units, limit_work_seconds, limit_oven_places, limit_deliveries] =
        raw_limits(&config.limits);
    let limit_roubles = roubles.unwrap_or(0);
    pb::SlotConfig {
        branch_id: branch.id.to_string(),
        max_capacity: limit_roubles,
        slot_duration_minutes: config.slot_minutes.get().into(),
        limit_roubles,
        limit_orders,
        limit_units,
        limit_work_seconds,
        limit_oven_places,
        limit_deliveries,
        lead_minutes: config.lead_minutes.into(),
        min_lead_minutes: config.min_lead_minutes.into(),
        horizon_days: config.horizon_days.into(),
        max_shift_minutes: config.max_shift_minutes.map(Into::into),
        version: branch.config_version,
    }
}

/// A branch as far as its calendar goes.
pub fn branch(branch: &Branch) -> pb::Branch {
    let grid = branch.calendar.last_grid();
    let hours = branch.calendar.hours();
    pb::Branch {
        branch_id: branch.id.to_string(),
        code: branch.code.clone(),
        name: branch.name.clone(),
        time_zone: grid.zone.name().to_owned(),
        cut_off: grid.cut_off.time().to_string(),
        opening_hours: hours
            .days_of_week()
            .flat_map(|(day, open)| open.iter().map(move |one| interval(weekday(day), *one)))
            .collect(),
        exceptions: hours
            .exceptions()
            .map(|(date, open)| pb::OpeningException {
                date: date.to_string(),
                closed: open.is_empty(),
                intervals: open.iter().map(|one| interval("", *one)).collect(),
            })
            .collect(),
        is_default: branch.is_default,
        active: branch.active,
        version: branch.version,
    }
}

/// The contract's name of a weekday.
pub const fn weekday(day: chrono::Weekday) -> &'static str {
    match day {
        chrono::Weekday::Mon => "monday",
        chrono::Weekday::Tue => "tuesday",
        chrono::Weekday::Wed => "wednesday",
        chrono::Weekday::Thu => "thursday",
        chrono::Weekday::Fri => "friday",
        chrono::Weekday::Sat => "saturday",
        chrono::Weekday::Sun => "sunday",
    }
}

fn interval(weekday: &str, open: domain::calendar::OpeningInterval) -> pb::OpeningInterval {
    pb::OpeningInterval {
        weekday: weekday.to_owned(),
        open: open.open().to_string(),
        close: open.close().to_string(),
    }
}

fn order(inside: &OrderInSlot) -> pb::SlotOrder {
    let fulfilment = if inside.need.deliveries > 0 { "delivery" } else { "pickup" };
    pb::SlotOrder {
        order_id: inside.order_id.to_string(),
        roubles: amount(inside.need.roubles),
        fulfilment: fulfilment.to_owned(),
        state: inside.state.as_str().to_owned(),
        over: inside.over,
    }
}

const fn state(state: SlotState) -> &'static str {
    match state {
        SlotState::Free => "free",
        SlotState::Busy => "busy",
        SlotState::Critical => "critical",
        SlotState::Full => "full",
        SlotState::Disabled => "disabled",
        SlotState::Closed => "closed",
    }
}

fn amount(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn count_of(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
