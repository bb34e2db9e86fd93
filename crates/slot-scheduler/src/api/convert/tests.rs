use domain::ServiceError;
use domain::slots::Dimension;

use super::*;

fn request() -> pb::AssignSlotRequest {
    pb::AssignSlotRequest {
        branch_id: BranchId::MAIN.to_string(),
        order_id: "019c1a00-0000-7000-8000-000000000001".to_owned(),
        need: Some(pb::Need { roubles: 1_496, orders: 1, ..pb::Need::default() }),
        ..pb::AssignSlotRequest::default()
    }
}

#[test]
fn every_fault_of_a_request_is_named_at_once() {
    let raw = pb::AssignSlotRequest {
        order_id: "7".to_owned(),
        need: Some(pb::Need { roubles: -1, units: 1_000_000_001, ..pb::Need::default() }),
        required_slot_id: "slot:now".to_owned(),
        order: vec![0; LARGEST_DRAFT + 1],
        ..request()
    };

    let refused = assign(raw, BranchId::MAIN).unwrap_err();

    let faults: Vec<_> = refused.violations().into_iter().map(|fault| (fault.field, fault.reason)).collect();
    let expected = [
        ("order_id", "ORDER_ID_INVALID"),
        ("order", "ORDER_TOO_LARGE"),
        ("need.roubles", "NEED_INVALID"),
        ("need.units", "NEED_INVALID"),
        ("required_slot_id", "SLOT_ID_INVALID"),
    ];
    assert_eq!(faults, expected.map(|(field, reason)| (field.to_owned(), reason)));
}

#[test]
fn the_short_slot_id_means_the_default_branch() {
    let raw = pb::AssignSlotRequest { required_slot_id: "slot:1769940900".to_owned(), ..request() };

    let command = assign(raw, BranchId::MAIN).unwrap();

    assert_eq!(command.required.unwrap().branch, BranchId::MAIN);
    assert_eq!(command.need.get(Dimension::Roubles), 1_496);
}

#[test]
fn limits_are_taken_away_by_name() {
    let raw = pb::UpdateSlotConfigRequest {
        clear: vec!["limit_orders".to_owned(), "max_shift_minutes".to_owned()],
        ..pb::UpdateSlotConfigRequest::default()
    };
    let unknown =
        pb::UpdateSlotConfigRequest { clear: vec!["limit_roubles".to_owned()], ..Default::default() };

    let cleared = patch(&raw).unwrap();

    assert_eq!((cleared.limits[1], cleared.limits[2]), (Some(None), None));
    assert_eq!(cleared.max_shift_minutes, Some(None));
    assert_eq!(patch(&unknown).unwrap_err().reason(), "SLOT_CONFIG_INVALID");
}

#[test]
fn two_names_of_one_limit_must_not_disagree() {
    let raw = |limit_roubles| pb::SetSlotCapacityRequest {
        max_capacity: Some(5_000),
        limit_roubles,
        ..pb::SetSlotCapacityRequest::default()
    };

    assert!(capacity(&raw(None)).is_ok());
    assert!(capacity(&raw(Some(5_000))).is_ok());
    assert_eq!(capacity(&raw(Some(6_000))).unwrap_err().reason(), "SLOT_CONFIG_INVALID");
}
