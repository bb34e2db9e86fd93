//! Requests about slots become commands, in one step that names every fault.

use chrono::{DateTime, Utc};
use contracts::record::LARGEST_DRAFT;
use contracts::slots::v1 as pb;
use contracts::timestamp::Timestamp;
use domain::ids::BranchId;
use domain::slots::{Need, RawLimits, SlotId, parse_limits};
use domain::{ErrorKind, Faults, Refused};

use crate::app::assign::AssignSlot;
use crate::app::config::ConfigPatch;
use crate::app::overrides::SlotSetting;
use crate::storage::redis::Assigned;

const LONGEST_KEY: usize = 128;
const LONGEST_SCOPE: usize = 256;
/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

pub(super) fn assign(raw: pb::AssignSlotRequest, default_branch: BranchId) -> Result<AssignSlot, Refused> {
    let mut faults = Faults::new();
    let branch = raw.branch_id.parse().ok();
    if branch.is_none() {
        faults.invalid("branch_id", "BRANCH_UNKNOWN", "is not the id of a branch");
    }
    let order_id = raw.order_id.parse().ok();
    if order_id.is_none() {
        faults.invalid("order_id", "ORDER_ID_INVALID", "is not a UUID");
    }
    if raw.key.len() > LONGEST_KEY || raw.key_scope.len() > LONGEST_SCOPE {
        faults.invalid("key", "IDEMPOTENCY_KEY_INVALID", "is too long");
    }
    if raw.order.len() > LARGEST_DRAFT {
        faults.invalid("order", "ORDER_TOO_LARGE", format!("is larger than {LARGEST_DRAFT} bytes"));
    }
    let need = need(&raw.need.unwrap_or_default(), &mut faults);
    let preferred = time(raw.preferred, "preferred", &mut faults);
    let required = required(&raw.required_slot_id, default_branch, &mut faults);
    faults.into_result()?;
    Ok(AssignSlot {
        branch: branch.unwrap_or(default_branch),
        order_id: order_id.ok_or_else(|| missing("order_id"))?,
        need,
        preferred,
        required,
        key_scope: raw.key_scope,
        key: raw.key,
        fingerprint: raw.fingerprint,
        record: raw.order,
        is_recall: raw.recall,
    })
}

pub(super) fn assigned(place: Assigned, branch: BranchId) -> pb::AssignSlotResponse {
    use domain::slots::ReservationState::{Confirmed, Done, Freed};
    pb::AssignSlotResponse {
        order_id: place.order_id.to_string(),
        slot_id: SlotId::new(branch, place.slot.start).to_string(),
        slot_start: Some(Timestamp::from(place.slot.start)),
        slot_end: Some(Timestamp::from(place.slot.end)),
        visible_at: Some(Timestamp::from(place.visible_at)),
        business_date: place.slot.business_date.to_string(),
        display_number: place.number.0.into(),
        display_id: place.number.to_string(),
        replayed: place.replayed,
        confirmed: matches!(place.state, Confirmed | Freed | Done),
        order: if place.replayed { place.record } else { Vec::new() },
    }
}

pub(super) fn patch(raw: &pb::UpdateSlotConfigRequest) -> Result<ConfigPatch, Refused> {
    let mut faults = Faults::new();
    let roubles = one_of(raw.limit_roubles, raw.max_capacity, &mut faults);
    let set = [
        roubles,
        raw.limit_orders,
        raw.limit_units,
        raw.limit_work_seconds,
        raw.limit_oven_places,
        raw.limit_deliveries,
    ];
    let mut patch = ConfigPatch {
        slot_minutes: raw.slot_duration_minutes.map(Into::into),
        limits: set.map(|limit| limit.map(Some)),
        lead_minutes: raw.lead_minutes.map(Into::into),
        min_lead_minutes: raw.min_lead_minutes.map(Into::into),
        horizon_days: raw.horizon_days.map(Into::into),
        max_shift_minutes: raw.max_shift_minutes.map(|shift| Some(shift.into())),
        expected_version: raw.expected_version,
        effective_from: None,
    };
    for name in &raw.clear {
        clear(&mut patch, name, &mut faults);
    }
    if !raw.effective_from.is_empty() {
        patch.effective_from = raw.effective_from.parse().ok();
        if patch.effective_from.is_none() {
            faults.invalid("effective_from", "DATE_INVALID", "is not a date, YYYY-MM-DD");
        }
    }
    faults.into_result().map(|()| patch)
}

pub(super) fn capacity(raw: &pb::SetSlotCapacityRequest) -> Result<SlotSetting, Refused> {
    let mut faults = Faults::new();
    let roubles = one_of(raw.limit_roubles, raw.max_capacity, &mut faults);
    faults.into_result()?;
    let limits: RawLimits = [
        roubles,
        raw.limit_orders,
        raw.limit_units,
        raw.limit_work_seconds,
        raw.limit_oven_places,
        raw.limit_deliveries,
    ];
    parse_limits(&limits).map(SlotSetting::Limits)
}

/// A branch id that may be absent.
pub(super) fn optional_branch(text: &str) -> Result<Option<BranchId>, Refused> {
    if text.is_empty() {
        return Ok(None);
    }
    let fault = |_| Refused::one(ErrorKind::NotFound, "branch_id", "NOT_FOUND", "is not the id of a branch");
    text.parse().map(Some).map_err(fault)
}

pub(super) fn time(raw: Option<Timestamp>, field: &str, faults: &mut Faults) -> Option<DateTime<Utc>> {
    let raw = raw?;
    let time = DateTime::try_from(raw).ok().filter(|_| (0..=LAST_SECOND).contains(&raw.seconds));
    if time.is_none() {
        faults.invalid(field, "TIME_INVALID", "is not a time of the years 1970..=9999");
    }
    time
}

fn need(raw: &pb::Need, faults: &mut Faults) -> Need {
    let raw = [raw.roubles, raw.orders, raw.units, raw.work_seconds, raw.oven_places, raw.deliveries];
    let mut amounts = raw.into_iter();
    // A negative amount is as far out of range as one above all.
    let need =
        Need::from_fn(|_| amounts.next().map_or(0, |amount| u64::try_from(amount).unwrap_or(u64::MAX)));
    faults.append(need.faults());
    need
}

fn required(text: &str, default_branch: BranchId, faults: &mut Faults) -> Option<SlotId> {
    if text.is_empty() {
        return None;
    }
    let slot = SlotId::parse(text, default_branch).ok();
    if slot.is_none() {
        faults.invalid("required_slot_id", "SLOT_ID_INVALID", "is not a slot id");
    }
    slot
}

/// `max_capacity` is another name for `limit_roubles`.
fn one_of(limit_roubles: Option<i64>, max_capacity: Option<i64>, faults: &mut Faults) -> Option<i64> {
    if limit_roubles.is_some() && max_capacity.is_some() && limit_roubles != max_capacity {
        let description = "is another name for limit_roubles, and says something else";
        faults.invalid("max_capacity", "SLOT_CONFIG_INVALID", description);
    }
    limit_roubles.or(max_capacity)
}

fn clear(patch: &mut ConfigPatch, name: &str, faults: &mut Faults) {
    let [_, orders, units, work_seconds, oven_places, deliveries] = &mut patch.limits;
    let cleared = match name {
        "limit_orders" => orders,
        "limit_units" => units,
        "limit_work_seconds" => work_seconds,
        "limit_oven_places" => oven_places,
        "limit_deliveries" => deliveries,
        "max_shift_minutes" => &mut patch.max_shift_minutes,
        _ => {
            faults.invalid(
                "clear",
                "SLOT_CONFIG_INVALID",
                format!("{name:?} is no limit that can be taken away"),
            );
            return;
        }
    };
    *cleared = Some(None);
}

fn missing(field: &str) -> Refused {
    Refused::one(ErrorKind::InvalidArgument, field, "VALIDATION_FAILED", "is missing")
}

#[cfg(test)]
mod tests;
