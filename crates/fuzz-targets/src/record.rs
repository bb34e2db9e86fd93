//! A record of the order log: whatever lies there, a reader accepts it or says why not.

use contracts::orders_view::{customer_view, view};
use contracts::record::{Accepted, accepted};
use contracts::topics::SCHEMA_VERSION;
use domain::orders::audience::Audience;
use domain::permissions::Role;
use prost::Message as _;

/// An accepted record has sums that agree, survives being written again, and can be shown to everybody.
pub fn record(data: &[u8]) {
    let Ok(read) = accepted(data, SCHEMA_VERSION) else { return };
    sums_agree(&read);
    let again = accepted(&read.order.encode_to_vec(), SCHEMA_VERSION);
    assert_eq!(again.as_ref().ok(), Some(&read), "written again, it is another record");
    for role in Role::ALL {
        let _shown = view(&read.order, Audience::of(&[role], true));
    }
    let _tracked = customer_view(&read.order);
}

fn sums_agree(read: &Accepted) {
    let order = &read.order;
    let price = |item: &contracts::order::PizzaItem| i128::from(item.price) * i128::from(item.quantity);
    let goods: i128 = order.items.iter().map(price).sum();
    let pays = goods - i128::from(order.discount_amount) + i128::from(order.delivery_fee);
    assert_eq!(i128::from(order.total_price), goods);
    assert_eq!(i128::from(order.final_price), pays);
    assert!(order.items.iter().all(|item| item.price >= 0 && item.quantity > 0));
    assert_eq!(read.items.len(), order.items.len());
    assert!(read.slot_start < read.slot_end);
}
