//! What an order takes of a slot, dimension by dimension.

use super::choices::Fulfilment;
use super::priced::PricedItem;
use crate::menu::StageKind;
use crate::money::Money;
use crate::slots::Need;

/// The need of an order with these goods; items without a route cost the kitchen nothing.
pub fn need_of(goods: Money, items: &[PricedItem], fulfilment: Fulfilment) -> Need {
    let order = Need {
        roubles: u64::try_from(goods.roubles()).unwrap_or(0),
        orders: 1,
        deliveries: u64::from(!fulfilment.is_pickup()),
        ..Need::ZERO
    };
    items.iter().fold(order, |need, item| need.plus(&need_of_item(item)))
}

fn need_of_item(item: &PricedItem) -> Need {
    let quantity = u64::from(item.quantity);
    let mut need = Need { units: if item.route.is_empty() { 0 } else { quantity }, ..Need::ZERO };
    for stage in &item.route {
        need.oven_places += u64::from(stage.oven_places) * quantity;
        match stage.kind {
            StageKind::Prep => need.work_seconds += u64::from(stage.seconds) * quantity,
            StageKind::Oven => {}
        }
    }
    need
}
