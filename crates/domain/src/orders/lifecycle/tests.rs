use std::fmt::Write as _;

use uuid::Uuid;

use super::*;
use crate::error::{ErrorKind, ServiceError};
use crate::permissions::Role;

const PIZZA: ItemFacts = ItemFacts { has_route: true, has_oven: true };
const SALAD: ItemFacts = ItemFacts { has_route: true, has_oven: false };
const DRINK: ItemFacts = ItemFacts { has_route: false, has_oven: false };
const ANNA: PersonId = PersonId::from_uuid(Uuid::from_u128(0xA));
const BORIS: PersonId = PersonId::from_uuid(Uuid::from_u128(0xB));

fn noon() -> DateTime<Utc> {
    "2026-02-01T12:00:00Z".parse().unwrap()
}

fn order(status: OrderStatus, items: &[ItemFacts]) -> OrderFacts {
    OrderFacts {
        id: OrderId::from_uuid(Uuid::from_u128(1)),
        branch: BranchId::MAIN,
        status,
        version: 3,
        visible_at: noon(),
        fulfilment: Fulfilment::Delivery,
        courier: None,
        items: items.to_vec(),
    }
}

fn staff(role: Role) -> Actor {
    Actor::Staff { person: Some(ANNA), roles: vec![role] }
}

fn to(status: OrderStatus) -> Command {
    Command::ToStatus(ToStatus::plain(status))
}

fn cancel(reason: Option<CancelReason>, text: &str) -> Command {
    let reason_text = text.to_owned();
    Command::ToStatus(ToStatus { reason, reason_text, ..ToStatus::plain(OrderStatus::Cancelled) })
}

fn path(changes: &[Change]) -> Vec<(&'static str, i64)> {
    changes.iter().map(|change| (change.to.as_str(), change.version)).collect()
}

#[test]
fn every_move_is_decided() {
    let kinds =
        [("pizza, delivery", PIZZA, Fulfilment::Delivery), ("drink, pickup", DRINK, Fulfilment::Pickup)];
    let mut table = String::new();
    for (name, item, fulfilment) in kinds {
        writeln!(table, "{name}").unwrap();
        for from in OrderStatus::ALL {
            let order = OrderFacts { fulfilment, ..order(from, &[item]) };
            let moves: Vec<_> = OrderStatus::ALL
                .into_iter()
                .filter_map(|to| legal_move(&order, from, to).map(|by| format!("{to} ({by:?})")))
                .collect();
            writeln!(table, "  {from} -> {}", moves.join(", ")).unwrap();
        }
    }

    insta::assert_snapshot!(table.replace("-> \n", "-> nothing\n"), @r"
    pizza, delivery
      pending -> preparing (Start), cancelled (Cancel)
      preparing -> cooking (Bake)
      cooking -> ready (Finish)
      ready -> delivery (HandToCourier)
      delivery -> delivered (Deliver)
      delivered -> nothing
      cancelled -> nothing
      archived -> nothing
    drink, pickup
      pending -> preparing (Start), ready (FinishWithoutKitchen), cancelled (Cancel)
      preparing -> cooking (Bake), ready (Finish)
      cooking -> ready (Finish)
      ready -> delivered (HandToCustomer)
      delivery -> delivered (Deliver)
      delivered -> nothing
      cancelled -> nothing
      archived -> nothing
    ");
}

#[test]
fn every_move_has_its_roles() {
    let moves = [
        Move::Start,
        Move::Bake,
        Move::FinishWithoutKitchen,
        Move::Finish,
        Move::HandToCourier,
        Move::HandToCustomer,
        Move::Deliver,
        Move::Cancel,
    ];
    let mut table = String::new();
    for by in moves {
        let roles = Role::ALL.into_iter().filter(|role| staff(*role).may(by)).map(Role::as_str);
        let mut who: Vec<_> = roles.collect();
        who.extend(Actor::Worker.may(by).then_some("(worker)"));
        who.extend(Actor::System.may(by).then_some("(system)"));
        who.extend(Actor::Customer.may(by).then_some("(customer)"));
        writeln!(table, "{by:?}: {}", who.join(", ")).unwrap();
    }

    insta::assert_snapshot!(table, @r"
    Start: super_admin, admin, manager, cook, packer, (worker), (system)
    Bake: super_admin, admin, manager, cook, (worker), (system)
    FinishWithoutKitchen: super_admin, admin, manager, packer, cashier
    Finish: super_admin, admin, manager, cook, packer, (worker), (system)
    HandToCourier: super_admin, admin, manager, packer, courier, cashier
    HandToCustomer: super_admin, admin, manager, packer, cashier
    Deliver: super_admin, admin, manager, courier
    Cancel: super_admin, admin, manager, cashier, (customer)
    ");
}

#[test]
fn ord_18_a_move_raises_the_version_by_one_and_repeating_it_changes_nothing() {
    let preparing = order(OrderStatus::Preparing, &[PIZZA]);

    let changes = step(&preparing, &to(OrderStatus::Cooking), &staff(Role::Cook), noon()).unwrap();
    let moved = OrderFacts { status: OrderStatus::Cooking, version: 4, ..preparing };
    let again = step(&moved, &to(OrderStatus::Cooking), &staff(Role::Cook), noon()).unwrap();

    assert_eq!(path(&changes), [("cooking", 4)]);
    assert_eq!(again, []);
}

#[test]
fn ord_19_processed_goes_the_shortest_way_and_says_every_status_passed() {
    let cook = staff(Role::Cook);
    let way =
        |status, items| step(&order(status, items), &Command::Processed, &cook, noon()).map(|c| path(&c));

    assert_eq!(
        way(OrderStatus::Pending, &[PIZZA, PIZZA]),
        Ok(vec![("preparing", 4), ("cooking", 5), ("ready", 6)])
    );
    assert_eq!(way(OrderStatus::Pending, &[SALAD, DRINK]), Ok(vec![("preparing", 4), ("ready", 5)]));
    assert_eq!(way(OrderStatus::Preparing, &[PIZZA]), Ok(vec![("cooking", 4), ("ready", 5)]));
    for done in [OrderStatus::Ready, OrderStatus::Delivery, OrderStatus::Delivered] {
        assert_eq!(way(done, &[PIZZA]), Ok(vec![]));
    }
    assert_eq!(way(OrderStatus::Cancelled, &[PIZZA]).unwrap_err().reason(), "ILLEGAL_TRANSITION");
}

#[test]
fn processed_finishes_an_order_of_drinks_in_one_move_for_those_who_pack() {
    let drinks = order(OrderStatus::Pending, &[DRINK]);
    let way = |role| step(&drinks, &Command::Processed, &staff(role), noon()).map(|changes| path(&changes));

    assert_eq!(way(Role::Cashier), Ok(vec![("ready", 4)]));
    assert_eq!(way(Role::Cook), Ok(vec![("preparing", 4), ("ready", 5)]));
    assert_eq!(way(Role::Courier), Err(LifecycleRefusal::RoleNotAllowed));
}

#[test]
fn ord_23_another_couriers_order_and_a_move_outside_the_table_are_refused() {
    let on_its_way = OrderFacts { courier: Some(BORIS), ..order(OrderStatus::Delivery, &[PIZZA]) };
    let pizza = order(OrderStatus::Pending, &[PIZZA]);

    let other = step(&on_its_way, &to(OrderStatus::Delivered), &staff(Role::Courier), noon()).unwrap_err();
    let jump = step(&pizza, &to(OrderStatus::Ready), &staff(Role::Manager), noon()).unwrap_err();

    assert_eq!((other.kind(), other.reason()), (ErrorKind::PermissionDenied, "ROLE_NOT_ALLOWED"));
    assert_eq!((jump.kind(), jump.reason()), (ErrorKind::FailedPrecondition, "ILLEGAL_TRANSITION"));
    let facts: Vec<_> = jump.metadata().into_iter().map(|(_, fact)| fact).collect();
    assert_eq!(facts, ["pending", "ready", "preparing,cancelled"]);
}

#[test]
fn a_delivery_is_ended_by_its_courier_or_a_manager() {
    let end = |courier, role| {
        let on_its_way = OrderFacts { courier, ..order(OrderStatus::Delivery, &[PIZZA]) };
        step(&on_its_way, &to(OrderStatus::Delivered), &staff(role), noon()).map(|changes| path(&changes))
    };

    assert_eq!(end(Some(ANNA), Role::Courier), Ok(vec![("delivered", 4)]));
    assert_eq!(end(Some(BORIS), Role::Manager), Ok(vec![("delivered", 4)]));
    assert_eq!(end(None, Role::Courier), Err(LifecycleRefusal::RoleNotAllowed));
}

#[test]
fn an_order_for_later_is_started_early_by_a_manager_only() {
    let later = OrderFacts {
        visible_at: noon() + chrono::Duration::milliseconds(1),
        ..order(OrderStatus::Pending, &[PIZZA])
    };
    let early = Command::ToStatus(ToStatus { early: true, ..ToStatus::plain(OrderStatus::Preparing) });
    let start = |command, role| step(&later, command, &staff(role), noon());

    let usual = to(OrderStatus::Preparing);
    assert_eq!(start(&usual, Role::Manager).unwrap_err().reason(), "NOT_YET_VISIBLE");
    assert_eq!(start(&early, Role::Cook).unwrap_err().reason(), "NOT_YET_VISIBLE");
    assert_eq!(start(&early, Role::Manager).unwrap().len(), 1);
}

#[test]
fn a_courier_takes_an_order_personally_others_name_one() {
    let ready = order(OrderStatus::Ready, &[PIZZA]);
    let hand = |role, courier| {
        let command = Command::ToStatus(ToStatus { courier, ..ToStatus::plain(OrderStatus::Delivery) });
        step(&ready, &command, &staff(role), noon()).map(|changes| changes[0].courier)
    };

    assert_eq!(hand(Role::Courier, None), Ok(Some(ANNA)));
    assert_eq!(hand(Role::Courier, Some(BORIS)), Err(LifecycleRefusal::RoleNotAllowed));
    assert_eq!(hand(Role::Packer, Some(BORIS)), Ok(Some(BORIS)));
    assert_eq!(hand(Role::Packer, None), Err(LifecycleRefusal::CourierRequired));
}

#[test]
fn a_cancel_needs_a_reason_and_other_needs_words() {
    let pending = order(OrderStatus::Pending, &[PIZZA]);
    let by = |command| step(&pending, &command, &staff(Role::Cashier), noon());

    assert_eq!(by(cancel(None, "because")), Err(LifecycleRefusal::ReasonRequired));
    assert_eq!(by(cancel(Some(CancelReason::Other), " ")), Err(LifecycleRefusal::ReasonRequired));
    let changes = by(cancel(Some(CancelReason::Other), " the roof ")).unwrap();
    let told = changes[0].cancellation.clone().unwrap();
    assert_eq!((told.reason, told.text.as_str()), (CancelReason::Other, "the roof"));
}

#[test]
fn what_is_missing_in_a_command_is_told_by_its_field() {
    let ready = order(OrderStatus::Ready, &[PIZZA]);
    let pending = order(OrderStatus::Pending, &[PIZZA]);
    let too_long = cancel(Some(CancelReason::Other), &"я".repeat(1_000));
    let refused = [
        step(&pending, &cancel(None, ""), &staff(Role::Cashier), noon()),
        step(&pending, &too_long, &staff(Role::Cashier), noon()),
        step(&ready, &to(OrderStatus::Delivery), &staff(Role::Packer), noon()),
    ];

    let fields = refused.map(|refused| refused.unwrap_err().violations().remove(0).field);

    assert_eq!(fields, ["reason", "reason_text", "courier_id"]);
}

#[test]
fn a_cook_does_not_cancel_and_nobody_cancels_what_was_begun() {
    let refused = |status, role| {
        step(&order(status, &[PIZZA]), &cancel(Some(CancelReason::Test), ""), &staff(role), noon())
            .unwrap_err()
            .reason()
    };

    assert_eq!(refused(OrderStatus::Pending, Role::Cook), "ROLE_NOT_ALLOWED");
    assert_eq!(refused(OrderStatus::Preparing, Role::Manager), "ILLEGAL_TRANSITION");
}

#[test]
fn every_reason_of_a_cancel_is_read_back_from_its_name() {
    for reason in CancelReason::ALL {
        assert_eq!(CancelReason::parse(reason.as_str()), Some(reason));
    }
    assert_eq!(CancelReason::parse("mood"), None);
    assert_eq!(CancelReason::KitchenProblem.as_str(), "kitchen_problem");
}
