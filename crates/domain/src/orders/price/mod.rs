//! The price of a request, or everything that is wrong with it.
//!
//! Only the server prices. [`price`] reads the whole request against one snapshot of the menu and names every
//! fault at once, by its path in the request.

mod customer; // who orders, where to, how it is paid
mod extras; // what is added to an item
mod ingredients; // what is in an item, and what is left out
mod items; // lines become items
mod set; // sets become items
mod shop; // the menu at one branch, through one channel, at one time
mod spelled; // sets that are spelled out
mod spread; // a set's price over its components

use chrono::{DateTime, Duration, Utc};

use super::need::need_of;
use super::priced::{Priced, PricedItem};
use super::request::PlaceOrder;
use crate::error::{ErrorKind, Faults, Refused};
use crate::ids::{BranchId, ZoneId};
use crate::menu::{DeliveryZone, Menu, MenuBranch};
use crate::money::Money;
use customer::Customer;
use shop::Shop;

/// The most lines of an order.
pub const MOST_LINES: usize = 50;

/// The most units of an order, over all items.
pub const MOST_UNITS: u32 = 200;

/// The highest goods total.
pub const MOST_GOODS: Money = Money::from_roubles(1_000_000);

/// Checks a request and prices it with the menu as it is now.
///
/// `horizon` is how far ahead a branch takes orders.
pub fn price(
    request: &PlaceOrder,
    menu: &Menu,
    now: DateTime<Utc>,
    horizon: Duration,
) -> Result<Priced, Refused> {
    let mut faults = Faults::new();
    let customer = Customer::read(request, &mut faults);
    let not_before = not_before(request, now, horizon, &mut faults);
    let branch = branch(request, menu, customer.fulfilment.is_pickup(), &mut faults);
    let shop = Shop { menu, branch, channel: request.channel, now, not_before, v1: request.v1 };
    let basket = basket(&shop, request, &mut faults);
    let fee = match branch {
        Some(branch) => delivery(branch, request, &customer, &basket, &mut faults),
        None => Delivery::NONE,
    };

    let total = basket.goods.checked_add(fee.price);
    if total.is_none() {
        faults.invalid(request.list_field(), "ORDER_TOO_LARGE", "cost too much");
    }
    faults.into_result()?;
    let (Some(branch), Some(final_price)) = (branch, total) else {
        return Err(unknown_branch());
    };
    let Basket { items, goods, set_name, .. } = basket;
    Ok(Priced {
        branch: branch.id,
        channel: request.channel,
        fulfilment: customer.fulfilment,
        pickup_location: customer.fulfilment.is_pickup().then_some(branch.id),
        customer_id: request.customer_id,
        first_name: customer.first_name,
        last_name: customer.last_name,
        phone: customer.phone,
        delivery_address: customer.delivery_address,
        zone: fee.zone,
        not_before,
        payment_method: customer.payment_method,
        call_before_minutes: customer.call_before_minutes,
        notes: customer.notes,
        external_ref: customer.external_ref,
        is_set: set_name.is_some(),
        set_name: set_name.unwrap_or_default(),
        goods,
        discount: Money::ZERO,
        fee: fee.price,
        final_price,
        menu_revision: menu.revision(),
        need: need_of(goods, &items, customer.fulfilment),
        items,
    })
}

/// The branch a request goes to, whatever else is wrong with it.
pub fn branch_of(request: &PlaceOrder, menu: &Menu) -> Option<BranchId> {
    let is_pickup = customer::fulfilment(request).is_pickup();
    branch(request, menu, is_pickup, &mut Faults::new()).map(|branch| branch.id)
}

/// What is ordered, with its sum.
struct Basket {
    items: Vec<PricedItem>,
    goods: Money,
    /// Name of the set, when the order is nothing but one.
    set_name: Option<String>,
    /// Whether the sum is that of the whole request.
    sound: bool,
}

/// Where the order goes, and what that costs.
struct Delivery {
    zone: Option<ZoneId>,
    price: Money,
}

impl Delivery {
    const NONE: Self = Self { zone: None, price: Money::ZERO };
}

fn not_before(
    request: &PlaceOrder,
    now: DateTime<Utc>,
    horizon: Duration,
    faults: &mut Faults,
) -> DateTime<Utc> {
    let preferred = request.preferred.unwrap_or(now).max(now);
    if now.checked_add_signed(horizon).is_some_and(|last| preferred > last) {
        let text = "is further ahead than orders are taken";
        faults.add(ErrorKind::OutOfRange, "preferred_time", "PREFERRED_TIME_TOO_FAR", text);
    }
    preferred
}

/// The cooking branch: the one named, else the pickup branch if it is one, else the default one.
fn branch<'a>(
    request: &PlaceOrder,
    menu: &'a Menu,
    is_pickup: bool,
    faults: &mut Faults,
) -> Option<&'a MenuBranch> {
    let active = |id: &str| menu.branch(id.trim().parse().ok()?).filter(|branch| branch.active);
    let pickup = active(&request.pickup_location_id);
    let branch = if request.branch_id.trim().is_empty() {
        pickup.or_else(|| menu.default_branch())
    } else {
        active(&request.branch_id)
    };
    let Some(branch) = branch else {
        faults.invalid("branch_id", "BRANCH_UNKNOWN", "is no branch that takes orders");
        return None;
    };
    if is_pickup && pickup.is_some_and(|pickup| pickup.id != branch.id) {
        let text = "is another branch than the one that cooks";
        faults.invalid("pickup_location_id", "PICKUP_BRANCH_MISMATCH", text);
    }
    Some(branch)
}

fn basket(shop: &Shop<'_>, request: &PlaceOrder, faults: &mut Faults) -> Basket {
    let mut basket = Basket { items: Vec::new(), goods: Money::ZERO, set_name: None, sound: false };
    let list = request.list_field();
    if request.lines.is_empty() || request.lines.len() > MOST_LINES {
        let text = format!("must be 1..={MOST_LINES} lines");
        faults.invalid(list, "LINES_COUNT", text);
        return basket;
    }
    let mut found = Faults::new();
    basket.items = items::items(shop, &request.lines, &mut found);
    basket.sound = found.is_empty();
    faults.append(found);

    let units: u32 = basket.items.iter().map(|item| item.quantity).sum();
    if units > MOST_UNITS {
        faults.invalid(list, "ORDER_TOO_LARGE", format!("hold {units} units, more than {MOST_UNITS}"));
    }
    let mut lines = basket.items.iter().map(|item| item.unit_price.checked_mul(item.quantity));
    let goods = lines.try_fold(Money::ZERO, |sum, line| sum.checked_add(line?));
    match goods.filter(|goods| *goods <= MOST_GOODS) {
        Some(goods) => basket.goods = goods,
        None => faults.invalid(list, "ORDER_TOO_LARGE", format!("cost more than {MOST_GOODS}")),
    }
    basket.set_name = match (request.lines.as_slice(), basket.items.first()) {
        ([_], Some(item)) => item.set.as_ref().map(|set| set.name.clone()),
        _ => None,
    };
    basket
}

fn delivery(
    branch: &MenuBranch,
    request: &PlaceOrder,
    customer: &Customer,
    basket: &Basket,
    faults: &mut Faults,
) -> Delivery {
    if customer.fulfilment.is_pickup() {
        return Delivery::NONE;
    }
    let Some(zone) = zone(branch, &request.zone_id, faults) else { return Delivery::NONE };
    if let Some(missing) = zone.minimum.checked_sub(basket.goods).filter(|missing| *missing > Money::ZERO)
        && basket.sound
    {
        let text = format!("are {missing} short of the least sum for a delivery to {:?}", zone.name);
        faults.add(ErrorKind::FailedPrecondition, request.list_field(), "MIN_ORDER_NOT_REACHED", text);
    }
    let free = zone.free_from.is_some_and(|from| basket.goods >= from);
    Delivery { zone: Some(zone.id), price: if free { Money::ZERO } else { zone.fee } }
}

fn zone<'a>(branch: &'a MenuBranch, named: &str, faults: &mut Faults) -> Option<&'a DeliveryZone> {
    let found = match named.trim() {
        "" => Some(branch.terms.zone(None)),
        id => id.parse().ok().map(|id| branch.terms.zone(Some(id))),
    };
    if let Some(Ok(zone)) = found {
        zone
    } else {
        faults.invalid("zone_id", "ZONE_UNKNOWN", "is no delivery zone of the branch");
        None
    }
}

fn unknown_branch() -> Refused {
    Refused::one(ErrorKind::InvalidArgument, "branch_id", "BRANCH_UNKNOWN", "is no branch that takes orders")
}

#[cfg(test)]
mod tests;
