mod arbitrary; // whatever is asked, pricing answers
mod faults; // what is refused, and where
mod halves; // two halves on one base
mod old; // bodies of the first clients
mod sets; // sets, chosen and spelled out
mod sums; // goods, fee, need

use super::*;
use crate::error::ServiceError;
use crate::menu::samples::{menu, noon};
use crate::orders::request::{Line, Ordered};

/// Prices with the sample menu at noon; orders are taken a week ahead.
fn priced(request: &PlaceOrder) -> Result<Priced, Refused> {
    priced_with(request, &menu())
}

fn priced_with(request: &PlaceOrder, menu: &Menu) -> Result<Priced, Refused> {
    price(request, menu, noon(), Duration::days(7))
}

/// Field and reason of every fault.
fn faults(request: &PlaceOrder) -> Vec<(String, &'static str)> {
    faults_of(&priced(request).unwrap_err())
}

fn faults_of(refused: &Refused) -> Vec<(String, &'static str)> {
    refused.violations().into_iter().map(|fault| (fault.field, fault.reason)).collect()
}

fn fault(field: &str, reason: &'static str) -> (String, &'static str) {
    (field.to_owned(), reason)
}

/// Unit price in roubles and quantity of every item.
fn prices(order: &Priced) -> Vec<(i64, u32)> {
    order.items.iter().map(|item| (item.unit_price.roubles(), item.quantity)).collect()
}
