//! A stored order is asked for once more, against the menu that it names: the price must be the same.
//!
//! What was left out of an item, and to whom and where the order goes, has no part in its price and is not asked for.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use contracts::order::{PizzaItem, PizzaOrder};
use domain::channel::Channel;
use domain::error::ServiceError as _;
use domain::menu::{Component, Menu};
use domain::money::Money;
use domain::orders::choices::Fulfilment;
use domain::orders::price::price;
use domain::orders::request::{
    ChoicePick, ComponentChange, ExtraPick, HalvesLine, Line, Ordered, PlaceOrder, ProductLine, Ref, SetLine,
    Side,
};
use domain::slots::Need;

/// Further ahead than any branch takes orders.
const HORIZON: Duration = Duration::days(400);

/// Prices the order of a record again; an error says what differs.
pub fn price_again(record: &PizzaOrder, menu: &Menu) -> Result<(), String> {
    let placed = DateTime::from_timestamp_nanos(record.created_at);
    let mut wish = request(record, menu)?;
    let mut priced = price(&wish, menu, placed, HORIZON);
    if priced.is_err() {
        // it may have been ordered for a time when everything is there again
        wish.preferred = DateTime::<Utc>::from_timestamp(record.slot_start, 0);
        priced = price(&wish, menu, placed, HORIZON);
    }
    let priced = priced.map_err(|refused| {
        let why: Vec<_> = refused.violations().iter().map(|fault| fault.description.clone()).collect();
        format!("would be refused ({})", why.join(", "))
    })?;
    let again = [priced.goods, priced.discount, priced.fee, priced.final_price].map(Money::roubles);
    let named = [record.total_price, record.discount_amount, record.delivery_fee, record.final_price];
    if again != named.map(i64::from) {
        return Err(format!("goods, discount, fee and final price are {named:?} instead of {again:?}"));
    }
    let again = priced.items.iter();
    let again: Vec<_> =
        again.map(|item| (item.product.to_string(), item.quantity, item.unit_price.roubles())).collect();
    let named = record.items.iter();
    let named: Vec<_> = named
        .map(|item| (item.product_id.clone(), item.quantity.unsigned_abs(), i64::from(item.price)))
        .collect();
    if again != named {
        return Err(format!("products, quantities and unit prices are {named:?} instead of {again:?}"));
    }
    match record.need.as_ref().map(Need::from) {
        Some(need) if need != priced.need => Err(format!("needs {need:?} instead of {:?}", priced.need)),
        _ => Ok(()),
    }
}

fn request(record: &PizzaOrder, menu: &Menu) -> Result<PlaceOrder, String> {
    let mut lines: BTreeMap<i32, Vec<&PizzaItem>> = BTreeMap::new();
    for item in &record.items {
        lines.entry(item.line_index).or_default().push(item);
    }
    Ok(PlaceOrder {
        channel: Channel::parse(&record.channel).ok_or("the record names no channel")?,
        v1: false,
        branch_id: record.branch_id.clone(),
        pickup_location_id: String::new(),
        customer_id: 0,
        first_name: String::new(),
        last_name: String::new(),
        phone: "+79990000000".to_owned(),
        fulfilment: Fulfilment::from_is_pickup(record.is_pickup),
        delivery_address: "-".to_owned(),
        zone_id: record.zone_id.clone(),
        preferred: None,
        payment_method: String::new(),
        call_before_minutes: 0,
        notes: String::new(),
        external_ref: String::new(),
        lines: lines.values().map(|items| line(items, menu)).collect::<Result<_, _>>()?,
    })
}

fn line(items: &[&PizzaItem], menu: &Menu) -> Result<Line, String> {
    let Some(first) = items.first() else { return Err("a line has no items".to_owned()) };
    let what = match (&first.left, &first.right) {
        _ if first.is_set_item => Ordered::Set(set(items, menu)?),
        (Some(left), Some(right)) => Ordered::Halves(HalvesLine {
            left: Ref::read_either(&left.product_id),
            right: Ref::read_either(&right.product_id),
            extras: extras(first),
            excluded_left: Vec::new(),
            excluded_right: Vec::new(),
        }),
        _ => Ordered::Product(ProductLine {
            product: Ref::read_either(&first.product_id),
            extras: extras(first),
            excluded: Vec::new(),
        }),
    };
    Ok(Line { path: String::new(), quantity: first.quantity, what })
}

/// The items of a set come in the order of its components, so each of them says what was chosen.
fn set(items: &[&PizzaItem], menu: &Menu) -> Result<SetLine, String> {
    let name = items.first().map_or("", |item| item.set_name.as_str());
    let set = menu.set_by_v1_name(name).ok_or_else(|| format!("{name:?} is no set"))?;
    let mut left = items.iter();
    let mut choices = Vec::new();
    for component in &set.components {
        let units = usize::try_from(component.units()).unwrap_or(usize::MAX);
        let chosen = left.by_ref().take(units).map(|item| Ref::read_either(&item.product_id)).collect();
        if let Component::Choice { group, .. } = component {
            choices.push(ChoicePick { group: Ref::Id(*group), products: chosen });
        }
    }
    let change = |(at, item): (usize, &&PizzaItem)| ComponentChange {
        component: i32::try_from(at).unwrap_or(i32::MAX),
        extras: extras(item),
        excluded: Vec::new(),
    };
    Ok(SetLine { set: Ref::Id(set.id), choices, changes: items.iter().enumerate().map(change).collect() })
}

fn extras(item: &PizzaItem) -> Vec<ExtraPick> {
    let pick = |extra: &contracts::order::ItemExtra| ExtraPick {
        extra: Ref::read_either(&extra.extra_id),
        count: extra.count,
        side: Side::parse(&extra.side).unwrap_or_default(),
    };
    item.extra_details.iter().map(pick).collect()
}
