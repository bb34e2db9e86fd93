//! Faults in PostgreSQL.

use contracts::menu::v1::MenuSnapshot;
use prost::Message as _;

use super::{Fault, Plant, fault};
use crate::day::Day;

pub fn faults(day: &Day) -> Vec<Fault> {
    let mut faults = of_orders(day);
    faults.extend(of_prices(day));
    faults.extend(of_histories(day));
    faults.extend(of_reservations(day));
    faults
}

fn of_orders(day: &Day) -> Vec<Fault> {
    let (plain, large, cancelled) = (day.order("plain"), day.order("large"), day.order("cancelled"));
    let set = day.order("set");
    vec![
        fault(
            "an order is gone",
            sql(format!(
                "DELETE FROM orders.orders WHERE id = '{large}'; \
                 DELETE FROM orders.order_items WHERE order_id = '{large}'"
            )),
            &["I1", "I5", "I7", "I13"],
            "which is neither stored nor a dead letter",
        ),
        fault(
            "a record is torn",
            sql(format!("UPDATE orders.orders SET record = '\\x0a' WHERE id = '{large}'")),
            &["I1"],
            "cannot be read",
        ),
        fault(
            "an order has an item too many",
            sql(format!(
                "INSERT INTO orders.order_items SELECT order_id, created_at, 99, item_id, product_id, name, 1, 0 \
                 FROM orders.order_items WHERE order_id = '{large}' LIMIT 1"
            )),
            &["I1"],
            "instead of [0]",
        ),
        fault(
            "an order is stored for another slot",
            sql(format!("UPDATE orders.orders SET slot_end = slot_end + interval '1h' WHERE id = '{large}'")),
            &["I1"],
            "for another slot",
        ),
        fault("an order is stored twice", sql(twice(cancelled)), &["I2"], "is stored twice"),
        fault(
            "a key belongs to an order that is none",
            sql(format!(
                "UPDATE orders.order_keys SET order_id = gen_random_uuid() WHERE order_id = '{plain}'"
            )),
            &["I2"],
            "instead of the stored order",
        ),
        fault(
            "a key belongs to nobody",
            sql(format!("DELETE FROM orders.order_keys WHERE order_id = '{plain}'")),
            &["I2"],
            "belongs to None",
        ),
        fault(
            "two orders of a day have one number",
            sql(format!(
                "UPDATE orders.orders SET display_id = other.display_id, business_date = other.business_date \
                 FROM orders.orders AS other WHERE orders.id = '{large}' AND other.id = '{set}'"
            )),
            &["I2"],
            "are both called",
        ),
        fault(
            "an event waits in an outbox",
            sql(
                "UPDATE orders.outbox SET published_at = NULL WHERE seq = (SELECT min(seq) FROM orders.outbox)",
            ),
            &["I12"],
            "1 events wait in the outbox of orders",
        ),
    ]
}

fn of_prices(day: &Day) -> Vec<Fault> {
    let large = day.order("large");
    vec![
        fault(
            "an order costs more than its items",
            sql(format!(
                "UPDATE orders.orders SET total = total + 100, final = final + 100 WHERE id = '{large}'"
            )),
            &["I6"],
            "is stored with the amounts",
        ),
        fault(
            "an item has another price",
            sql(format!(
                "UPDATE orders.order_items SET unit_price = unit_price + 100 WHERE order_id = '{large}'"
            )),
            &["I6"],
            "the items of order",
        ),
        fault(
            "the menu says another price",
            sql(dearer(&day.menu)),
            &["I6"],
            "goods, discount, fee and final price are",
        ),
        fault(
            "a menu is torn",
            sql("UPDATE menu.revisions SET snapshot = '\\x0a'"),
            &["I6"],
            "cannot be read",
        ),
    ]
}

/// The events and copies tell the same history, so they differ too.
fn of_histories(day: &Day) -> Vec<Fault> {
    let (plain, halves, large, soon) =
        (day.order("plain"), day.order("halves"), day.order("large"), day.order("soon"));
    let of = |order: &str, change: &str| {
        sql(format!("UPDATE orders.order_history SET {change} WHERE order_id = '{order}'"))
    };
    vec![
        fault(
            "an order took a way that there is not",
            of(plain, "status = 'preparing'"),
            &["I9", "I12", "I13"],
            "which no move does",
        ),
        fault(
            "a history goes back in time",
            of(halves, "at = at - interval '1 day'"),
            &["I9", "I12", "I13"],
            "before what came before it",
        ),
        fault(
            "a history ends elsewhere",
            sql(format!("DELETE FROM orders.order_history WHERE order_id = '{halves}'")),
            &["I9", "I12", "I13"],
            "its history ends with pending",
        ),
        fault(
            "versions have gaps",
            sql(format!("UPDATE orders.orders SET version = version + 2 WHERE id = '{large}'")),
            &["I7", "I9", "I12", "I13"],
            "nothing is known of the versions [2, 3]",
        ),
        fault(
            "a hidden order has a version that nobody made",
            sql(format!("UPDATE orders.orders SET version = 2, shown = true WHERE id = '{large}'")),
            &["I7", "I9", "I12", "I13"],
            "neither a status nor told as its showing",
        ),
        fault(
            "a version is lost",
            sql(format!("UPDATE orders.orders SET version = 1 WHERE id = '{soon}'")),
            &["I7", "I12", "I13"],
            "was told with the versions [2]",
        ),
    ]
}

fn of_reservations(day: &Day) -> Vec<Fault> {
    let (plain, large, cancelled) = (day.order("plain"), day.order("large"), day.order("cancelled"));
    let of = |order: &str, change: &str| {
        sql(format!("UPDATE slots.reservations SET {change} WHERE order_id = '{order}'"))
    };
    let mut too_small = fault(
        "a slot holds more than it may",
        sql(format!(
            "INSERT INTO slots.overrides (branch_id, slot_start, slot_end, disabled, limit_roubles) \
             SELECT branch_id, slot_start, slot_end, false, 100 FROM slots.reservations WHERE order_id = '{plain}'"
        )),
        &["I4"],
        "roubles of at most 100",
    );
    too_small.shows_in_samples = true;
    let mut lowered = fault(
        "a limit that was lowered later is none",
        sql(format!(
            "INSERT INTO slots.audit (at, actor, action, entity, change) \
             SELECT now(), 'test', 'slot.capacity', 'slot:' || branch_id || ':' || extract(epoch FROM slot_start)::bigint, \
             '{{\"limits\": [100, null, null, null, null, null]}}' FROM slots.reservations WHERE order_id = '{plain}'"
        )),
        &[],
        "holds",
    );
    lowered.breaks.clear();
    vec![
        too_small,
        lowered,
        fault(
            "a live order lost its place",
            of(large, "state = 'freed'"),
            &["I5"],
            "its reservation is freed",
        ),
        fault(
            "a stored order has no reservation",
            sql(format!("DELETE FROM slots.reservations WHERE order_id = '{large}'")),
            &["I5"],
            "has no reservation",
        ),
        fault(
            "a cancelled order keeps its place",
            of(cancelled, "state = 'confirmed'"),
            &["I5"],
            "is cancelled and keeps its place",
        ),
        fault(
            "a place is of no order",
            sql(format!(
                "CREATE TEMP TABLE strange AS SELECT * FROM slots.reservations WHERE order_id = '{cancelled}'; \
                 UPDATE strange SET order_id = gen_random_uuid(), state = 'confirmed'; \
                 INSERT INTO slots.reservations SELECT * FROM strange"
            )),
            &["I5"],
            "is not stored and keeps its place",
        ),
        fault(
            "a place is larger here than there",
            of(large, "need_units = need_units + 1"),
            &["I5"],
            "in PostgreSQL",
        ),
        fault(
            "a mark is here and not there",
            of(large, "over = true"),
            &["I5"],
            "(over: true) in PostgreSQL",
        ),
        fault(
            "a reservation is of another slot than the record's",
            of(large, "slot_start = slot_start + interval '1s'"),
            &["I5"],
            "than its record names",
        ),
    ]
}

fn twice(order: &str) -> String {
    let columns = "branch_id, display_id, business_date, channel, fulfilment, customer_id, phone, total, discount, \
        fee, final, menu_revision, slot_start, slot_end, visible_at, placed_by, record, status, version, shown, \
        courier_id, cancel_reason, cancel_text";
    let again = "created_at + interval '1 microsecond'";
    format!(
        "INSERT INTO orders.orders (id, created_at, {columns}) \
         SELECT id, {again}, {columns} FROM orders.orders WHERE id = '{order}'; \
         INSERT INTO orders.order_items SELECT order_id, {again}, item_index, item_id, product_id, name, quantity, \
         unit_price, status, version FROM orders.order_items WHERE order_id = '{order}'; \
         INSERT INTO orders.order_history SELECT order_id, {again}, version, status, at, actor \
         FROM orders.order_history WHERE order_id = '{order}'"
    )
}

/// The same menu, with everything a hundred roubles dearer.
fn dearer(menu: &MenuSnapshot) -> String {
    let mut menu = menu.clone();
    for price in &mut menu.prices {
        price.amount += 100;
    }
    let bytes = menu.encode_to_vec().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    format!("UPDATE menu.revisions SET snapshot = '\\x{bytes}' WHERE revision = {}", menu.revision)
}

fn sql(text: impl Into<String>) -> Plant {
    Plant::Sql(text.into())
}
