//! I6: what an order costs follows from its items, and its items' prices from the menu it names.

use contracts::record;

use crate::facts::Facts;
use crate::facts::orders::StoredOrder;
use crate::report::Tally;
use crate::{Journal, Verdict};

use super::priced_again::price_again;

pub fn check(facts: &Facts, journal: Option<&Journal>) -> Verdict {
    let mut tally = Tally::default();
    let mut without_menu = 0_u64;
    for order in &facts.book.orders {
        sums(order, &mut tally);
        let Some(record) = &order.record else { continue };
        match facts.menus.get(&record.menu_revision) {
            None => without_menu += 1,
            Some(None) => tally.find(format!("menu revision {} cannot be read", record.menu_revision)),
            Some(Some(menu)) => {
                let fault = price_again(record, menu).err();
                tally.expect(fault.is_none(), || {
                    format!(
                        "order {} by menu {}: {}",
                        record.id,
                        record.menu_revision,
                        fault.unwrap_or_default()
                    )
                });
            }
        }
    }
    if let Some(journal) = journal {
        told(facts, journal, &mut tally);
    }
    match Verdict::from(tally) {
        Verdict::Holds { checked: 0 } if without_menu > 0 => {
            Verdict::Skipped { why: format!("no menu is kept for {without_menu} orders") }
        }
        verdict => verdict,
    }
}

/// The record agrees with itself, and the columns with the record.
fn sums(order: &StoredOrder, tally: &mut Tally) {
    let row = &order.row;
    let Some(record) = &order.record else { return };
    let fault = record::check(record).err();
    tally.expect(fault.is_none(), || {
        format!(
            "the record of order {}: {}",
            row.id,
            fault.map(|fault| fault.to_string()).unwrap_or_default()
        )
    });
    let kopecks = |roubles: i32| i64::from(roubles) * 100;
    let named =
        [record.total_price, record.discount_amount, record.delivery_fee, record.final_price].map(kopecks);
    let stored = [row.total, row.discount, row.fee, row.final_price];
    tally.expect(stored == named, || {
        format!("order {} is stored with the amounts {stored:?} instead of {named:?}", row.id)
    });
    let items: i64 = order.items.iter().map(|item| item.unit_price * i64::from(item.quantity)).sum();
    tally.expect(items == row.total, || {
        format!("the items of order {} make {items}, its total is {}", row.id, row.total)
    });
}

/// A customer pays what the answer said.
fn told(facts: &Facts, journal: &Journal, tally: &mut Tally) {
    let stored = facts.book.by_id();
    for entry in journal.entries.iter().filter(|entry| entry.roubles != 0) {
        let order = entry.order_id().and_then(|id| id.parse().ok()).and_then(|id| stored.get(&id));
        let Some(order) = order else { continue };
        tally.expect(order.row.final_price == entry.roubles * 100, || {
            format!(
                "order {} was acknowledged for {} roubles, stored: {}",
                order.row.id,
                entry.roubles,
                order.row.final_price / 100
            )
        });
    }
}
