//! Requests for tests: valid ones, of which a test changes what it is about.

use super::choices::Fulfilment;
use super::request::*;
use crate::channel::Channel;
use crate::ids::{ProductId, SetId};

/// A pickup at the default branch.
pub(crate) fn request(lines: Vec<Line>) -> PlaceOrder {
    PlaceOrder {
        channel: Channel::Mobile,
        v1: false,
        branch_id: String::new(),
        pickup_location_id: String::new(),
        customer_id: 1,
        first_name: "Анна".to_owned(),
        last_name: String::new(),
        phone: String::new(),
        fulfilment: Fulfilment::Pickup,
        delivery_address: String::new(),
        zone_id: String::new(),
        preferred: None,
        payment_method: "cash".to_owned(),
        call_before_minutes: 0,
        notes: String::new(),
        external_ref: String::new(),
        lines,
    }
}

/// A delivery from the default branch.
pub(crate) fn delivery(lines: Vec<Line>) -> PlaceOrder {
    PlaceOrder {
        fulfilment: Fulfilment::Delivery,
        phone: "8 (912) 345-67-89".to_owned(),
        delivery_address: "Невский, 1".to_owned(),
        ..request(lines)
    }
}

pub(crate) fn line(at: usize, quantity: i32, what: Ordered) -> Line {
    Line { path: format!("lines[{at}]"), quantity, what }
}

pub(crate) fn product(product: ProductId, extras: Vec<ExtraPick>) -> Ordered {
    Ordered::Product(ProductLine { product: Ref::Id(product), extras, excluded: Vec::new() })
}

pub(crate) fn halves(left: ProductId, right: ProductId, extras: Vec<ExtraPick>) -> Ordered {
    Ordered::Halves(HalvesLine {
        left: Ref::Id(left),
        right: Ref::Id(right),
        extras,
        excluded_left: Vec::new(),
        excluded_right: Vec::new(),
    })
}

pub(crate) fn set(set: SetId, choices: Vec<ChoicePick>) -> Ordered {
    Ordered::Set(SetLine { set: Ref::Id(set), choices, changes: Vec::new() })
}

pub(crate) fn extra(extra: crate::ids::ExtraId, side: Side) -> ExtraPick {
    ExtraPick { extra: Ref::Id(extra), count: 1, side }
}
