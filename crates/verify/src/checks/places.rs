//! I5: the load of a slot is the sum of its orders; Redis, PostgreSQL and the order book know the same ones.

use chrono::{DateTime, TimeDelta};
use contracts::order::PizzaOrder;
use domain::orders::status::OrderStatus;
use domain::slots::{Need, ReservationState};

use crate::Verdict;
use crate::facts::Facts;
use crate::facts::orders::StoredOrder;
use crate::facts::places::Places;
use crate::facts::reservations::Reservation;
use crate::report::Tally;

/// Redis forgets a slot two hours after its end; the minutes before are left to the clocks.
const REMEMBERED: TimeDelta = TimeDelta::minutes(110);
/// A hold whose time is over ends at the next turn of the sweeper, and the sweeper first looks at the log.
const SWEEPING: TimeDelta = TimeDelta::seconds(20);

pub fn check(facts: &Facts) -> Verdict {
    let mut tally = Tally::default();
    sums(&facts.places, &mut tally);
    for branch in facts.limits.branches() {
        tally.expect(facts.places.filled.contains(&branch), || {
            format!("Redis is not filled with branch {branch}")
        });
    }
    inside_redis(facts, &mut tally);
    held(facts, &mut tally);
    let stored = facts.book.by_id();
    for place in facts.reservations.values() {
        in_redis(facts, place, &mut tally);
        of_an_order(stored.get(&place.order_id).copied(), place, &mut tally);
    }
    for order in &facts.book.orders {
        with_a_place(facts, order, &mut tally);
    }
    tally.into()
}

/// What a slot says it holds is what its orders take.
pub fn sums(places: &Places, tally: &mut Tally) {
    for ((branch, start), slot) in &places.slots {
        let sum = slot.sum();
        tally.expect(slot.load == sum, || {
            format!("slot {start} of {branch} says {:?}, its orders take {sum:?}", slot.load)
        });
        let orders = u64::try_from(slot.orders.len()).unwrap_or(u64::MAX);
        tally.expect(slot.count == orders, || {
            format!("slot {start} of {branch} says {} orders and holds {orders}", slot.count)
        });
    }
    for name in &places.unreadable {
        tally.find(format!("{name} in Redis cannot be read"));
    }
}

/// Every order of a slot in Redis has a reason to be there.
fn inside_redis(facts: &Facts, tally: &mut Tally) {
    for ((branch, start), slot) in &facts.places.slots {
        for (order, inside) in &slot.orders {
            let place = facts.reservations.get(order);
            let own = facts.places.orders.get(&(*branch, *order));
            let named = (inside.state.as_str().to_owned(), start.to_string());
            tally.expect(own == Some(&named), || {
                format!("order {order} is {named:?} inside its slot, and {own:?} by itself")
            });
            match inside.state {
                ReservationState::Held => {
                    let ends = facts.places.holds.contains_key(&(*branch, *order));
                    tally.expect(ends, || format!("the hold of order {order} in slot {start} never ends"));
                    tally.expect(place.is_none(), || {
                        format!("order {order} was read from the log and is still held in slot {start}")
                    });
                }
                _ => tally.expect(place.is_some_and(|place| place.state != "freed"), || {
                    format!("order {order} takes a place in slot {start} and has no live reservation")
                }),
            }
        }
    }
}

/// Every hold is of an order that is held, and ends in time.
fn held(facts: &Facts, tally: &mut Tally) {
    for ((branch, order), ends) in &facts.places.holds {
        let start = facts.places.orders.get(&(*branch, *order)).and_then(|(_, start)| start.parse().ok());
        let slot = start.and_then(|start| facts.places.slots.get(&(*branch, start)));
        let inside = slot.and_then(|slot| slot.orders.get(order));
        let is_held = inside.is_some_and(|inside| inside.state == ReservationState::Held);
        tally.expect(is_held, || format!("order {order} has a hold and takes no place"));
        let ends = DateTime::from_timestamp_millis(*ends).unwrap_or_default();
        tally.expect(facts.now <= ends + SWEEPING, || {
            format!("the hold of order {order} ran out at {ends} and still takes its place")
        });
    }
}

/// A confirmed reservation takes exactly its place in Redis.
fn in_redis(facts: &Facts, place: &Reservation, tally: &mut Tally) {
    if place.state != "confirmed" || place.slot_end < facts.now - REMEMBERED {
        return;
    }
    let Reservation { order_id, branch, slot_start, need, over, .. } = place;
    let slot = facts.places.slots.get(&(*branch, slot_start.timestamp()));
    let inside = slot.and_then(|slot| slot.orders.get(order_id));
    tally.expect(inside.is_some(), || {
        format!("order {order_id} has a reservation and takes no place in slot {}", slot_start.timestamp())
    });
    if let Some(inside) = inside {
        tally.expect((inside.need, inside.over) == (*need, *over), || {
            format!(
                "order {order_id} takes {:?} (over: {}) in Redis and {need:?} (over: {over}) in PostgreSQL",
                inside.need, inside.over
            )
        });
    }
}

/// A live reservation is of a stored order that was not cancelled.
fn of_an_order(order: Option<&StoredOrder>, place: &Reservation, tally: &mut Tally) {
    if place.state != "confirmed" {
        return;
    }
    let is_alive = order.is_some_and(|order| order.status() != Some(OrderStatus::Cancelled));
    tally.expect(is_alive, || {
        let what = order.map_or("not stored", |_| "cancelled");
        format!("order {} is {what} and keeps its place in the slot of {}", place.order_id, place.slot_start)
    });
}

/// A stored order has the place that its record names.
fn with_a_place(facts: &Facts, order: &StoredOrder, tally: &mut Tally) {
    let id = order.row.id;
    let Some(place) = facts.reservations.get(&id) else {
        tally.look();
        tally.find(format!("order {id} is stored and has no reservation"));
        return;
    };
    let is_cancelled = order.status() == Some(OrderStatus::Cancelled);
    tally.expect(place.state != "freed" || is_cancelled, || {
        format!("order {id} is {} and its reservation is freed", order.row.status)
    });
    let Some(record) = &order.record else { return };
    let named = (order.row.branch_id, order.row.slot_start, need_of(record));
    tally.expect((place.branch, place.slot_start, place.need) == named, || {
        format!("the reservation of order {id} is of another slot or need than its record names")
    });
}

fn need_of(record: &PizzaOrder) -> Need {
    let unsaid = || Need {
        roubles: u64::try_from(record.total_price).unwrap_or(0),
        orders: 1,
        deliveries: u64::from(!record.is_pickup),
        ..Need::ZERO
    };
    record.need.as_ref().map_or_else(unsaid, Need::from)
}
