//! Commercial terms of branches.

use std::collections::HashSet;

use contracts::menu::v1 as wire;
use domain::calendar::{CutOff, DayTime, parse_zone};
use domain::ids::{BranchId, ZoneId};
use domain::menu::{DeliveryZone, HalfPriceRule, MenuBranch, Terms};
use domain::{Faults, Refused, ServiceError as _};
use edge::Caller;

use super::fields;
use crate::app::put_terms::PutTerms;

/// Terms to be put by `caller`.
pub fn put_terms(request: wire::PutBranchTermsRequest, caller: Caller) -> Result<PutTerms, Refused> {
    let raw = request.terms.unwrap_or_default();
    let mut faults = Faults::new();
    let it = &mut faults;
    let id = fields::path_uuid(it, "terms.branch_id", &request.branch_id, &raw.branch_id);
    let cut_off = cut_off(it, &raw.cut_off);
    let zones = zones(it, &raw.zones);
    let branch = MenuBranch {
        id: BranchId::from_uuid(id),
        code: code(it, &raw.code),
        name: fields::text(it, "terms.name", &raw.name, 1..=100),
        time_zone: time_zone(it, &raw.time_zone),
        active: raw.active,
        is_default: raw.is_default,
        terms: Terms {
            half_price_rule: half_price_rule(it, &raw.half_price_rule),
            default_zone: default_zone(it, &raw.default_zone_id, &zones),
            zones,
        },
    };
    faults.into_result()?;
    Ok(PutTerms { branch, cut_off, caller })
}

fn code(faults: &mut Faults, raw: &str) -> String {
    let is_letter = |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit();
    if !(2..=6).contains(&raw.len()) || !raw.bytes().all(is_letter) {
        faults.invalid("terms.code", "CODE_INVALID", "must be 2..=6 of A-Z 0-9");
    }
    raw.to_owned()
}

fn time_zone(faults: &mut Faults, raw: &str) -> String {
    if let Err(fault) = parse_zone(raw) {
        faults.invalid("terms.time_zone", fault.reason(), fault.to_string());
    }
    raw.to_owned()
}

fn cut_off(faults: &mut Faults, raw: &str) -> CutOff {
    if raw.is_empty() {
        return CutOff::DEFAULT;
    }
    raw.parse::<DayTime>().and_then(CutOff::new).unwrap_or_else(|fault| {
        faults.invalid("terms.cut_off", "CUT_OFF_INVALID", fault.to_string());
        CutOff::DEFAULT
    })
}

fn half_price_rule(faults: &mut Faults, raw: &str) -> HalfPriceRule {
    if raw.is_empty() {
        return HalfPriceRule::default();
    }
    let reason = "HALF_PRICE_RULE_UNKNOWN";
    fields::named(faults, "terms.half_price_rule", reason, raw, HalfPriceRule::parse).unwrap_or_default()
}

fn zones(faults: &mut Faults, raw: &[wire::DeliveryZone]) -> Vec<DeliveryZone> {
    fields::at_most(faults, "terms.zones", raw, 50);
    let mut seen = HashSet::new();
    let mut zones = Vec::with_capacity(raw.len());
    for (at, zone) in raw.iter().enumerate() {
        let path = |field: &str| format!("terms.zones[{at}].{field}");
        let id = fields::uuid(faults, path("id"), &zone.id);
        if !seen.insert(id) {
            faults.invalid(path("id"), "ZONE_INVALID", "is there twice");
        }
        zones.push(DeliveryZone {
            id: ZoneId::from_uuid(id),
            name: fields::text(faults, path("name"), &zone.name, 1..=100),
            fee: fields::amount(faults, path("fee"), zone.fee),
            minimum: fields::amount(faults, path("minimum"), zone.minimum),
            free_from: zone.free_from.map(|roubles| fields::amount(faults, path("free_from"), roubles)),
            extra_minutes: fields::count(
                faults,
                path("extra_minutes"),
                zone.extra_minutes,
                0..=240,
                "ZONE_INVALID",
            ),
        });
    }
    zones
}

/// Where there are zones, one of them is the default: the first, unless another is named.
fn default_zone(faults: &mut Faults, raw: &str, zones: &[DeliveryZone]) -> Option<ZoneId> {
    let named = fields::optional_uuid(faults, "terms.default_zone_id", raw).map(ZoneId::from_uuid);
    if named.is_some_and(|named| zones.iter().all(|zone| zone.id != named)) {
        faults.invalid("terms.default_zone_id", "ZONE_UNKNOWN", "is none of the zones");
    }
    named.or_else(|| zones.first().map(|zone| zone.id))
}
