//! A record of the order log: whatever lies there, a reader accepts it or says why not.

use chrono::Datelike as _;
use contracts::order::{PizzaItem, PizzaOrder};
use contracts::orders_view::{customer_view, view};
use contracts::record::{Accepted, BadRecord, accepted};
use contracts::topics::SCHEMA_VERSION;
use domain::orders::audience::Audience;
use domain::permissions::Role;
use domain::slots::Need;
use prost::Message as _;

/// Far above what can be ordered: 50 lines, each a set.
const MOST_ITEMS: usize = 5_000;
/// What is said of a record goes into a header of its dead letter and into a line of the log.
const LONGEST_REASON: usize = 2_000;

/// An accepted record has sums that agree and times and needs that every store can hold, survives being written
/// again, and can be shown to everybody; a refused one takes no more memory than one that anybody could order, and a short reason.
pub fn record(data: &[u8]) {
    let read = match accepted(data, SCHEMA_VERSION) {
        Ok(read) => read,
        Err(fault) => return refused(data, &fault),
    };
    sums_agree(&read);
    stores_can_hold(&read);
    let again = accepted(&read.order.encode_to_vec(), SCHEMA_VERSION);
    assert_eq!(again.as_ref().ok(), Some(&read), "written again, it is another record");
    for role in Role::ALL {
        let _shown = view(&read.order, Audience::of(&[role], true));
    }
    let _tracked = customer_view(&read.order);
}

fn refused(data: &[u8], fault: &BadRecord) {
    let reason = fault.to_string();
    assert!(reason.len() <= LONGEST_REASON, "{} bytes of reason", reason.len());
    let was_decoded = !matches!(
        fault,
        BadRecord::TooManyItems(_) | BadRecord::TooLarge(_) | BadRecord::Group | BadRecord::Schema(_)
    );
    if was_decoded && let Ok(order) = PizzaOrder::decode(data) {
        assert!(order.items.len() <= MOST_ITEMS, "{} items were made, then refused", order.items.len());
    }
}

fn sums_agree(read: &Accepted) {
    let order = &read.order;
    let price = |item: &PizzaItem| i128::from(item.price) * i128::from(item.quantity);
    let goods: i128 = order.items.iter().map(price).sum();
    let pays = goods - i128::from(order.discount_amount) + i128::from(order.delivery_fee);
    assert_eq!(i128::from(order.total_price), goods);
    assert_eq!(i128::from(order.final_price), pays);
    assert!(order.items.iter().all(|item| item.price >= 0 && item.quantity > 0));
    assert!(read.items.len() == order.items.len() && order.items.len() <= MOST_ITEMS);
    assert!(read.slot_start < read.slot_end);
}

fn stores_can_hold(read: &Accepted) {
    let times = [read.created_at, read.slot_start, read.slot_end, read.visible_at];
    assert!(times.iter().all(|at| (1..=9999).contains(&at.year())), "{times:?}");
    assert!((1..=9999).contains(&read.business_date.year()), "{}", read.business_date);
    assert!(i32::try_from(read.order.display_number).is_ok(), "{}", read.order.display_number);
    let need = read.order.need.as_ref().map_or(Need::ZERO, Need::from);
    assert!(need.faults().is_empty(), "{need:?}");
}
