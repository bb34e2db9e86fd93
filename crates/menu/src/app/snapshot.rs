//! Content as a snapshot, and the hash by which a change is known.

use chrono::{DateTime, Utc};
use contracts::menu::v1::{MenuSnapshot, Price};
use contracts::timestamp::Timestamp;
use domain::channel::Channel;
use domain::menu::Menu;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::wire;
use crate::storage::content::Content;

/// Everything but revision, time and hash. Versions stay out: saving a thing unchanged changes no menu.
pub fn assemble(content: &Content) -> MenuSnapshot {
    MenuSnapshot {
        revision: 0,
        built_at: None,
        branches: content.branches.iter().map(|record| wire::terms(record, 0)).collect(),
        categories: content.categories.iter().map(wire::category).collect(),
        products: content.products.iter().map(|product| wire::product(product, 0)).collect(),
        extras: content.extras.iter().map(|extra| wire::extra(extra, 0)).collect(),
        sets: content.sets.iter().map(|set| wire::set(set, 0)).collect(),
        prices: content.prices.iter().map(wire::price).collect(),
        stops: content.stops.iter().map(wire::stop).collect(),
        content_hash: Vec::new(),
    }
}

/// SHA-256 of what an assembled snapshot says at `now`: a price that begins changes it; since when one is in force,
/// and what it was before, do not.
pub fn content_hash(assembled: &MenuSnapshot, now: DateTime<Utc>) -> Vec<u8> {
    let prices = in_force_or_to_come(&assembled.prices, now.into());
    let said = MenuSnapshot { prices, ..assembled.clone() };
    Sha256::digest(said.encode_to_vec()).to_vec()
}

/// Whether anything can be ordered anywhere.
pub fn has_orderable(menu: &Menu, now: DateTime<Utc>) -> bool {
    let branches = || menu.parts().branches.iter().filter(|branch| branch.active);
    menu.parts().products.iter().any(|product| {
        branches().any(|branch| {
            let through = |channel| menu.orderable_product(product, branch.id, channel, now).is_ok();
            Channel::ALL.into_iter().any(through)
        })
    })
}

/// Rows come in the order of subject, place and time: a row is replaced when the next one of its place has begun.
fn in_force_or_to_come(prices: &[Price], now: Timestamp) -> Vec<Price> {
    let place =
        |price: &Price| (price.subject_kind.clone(), price.subject_id.clone(), price.branch_id.clone());
    let begun = |price: &Price| {
        let from = price.valid_from.unwrap_or_default();
        (from.seconds, from.nanos) <= (now.seconds, now.nanos)
    };
    let next = prices.iter().skip(1).map(Some).chain([None]);
    let holds = |(price, next): &(&Price, Option<&Price>)| {
        !next.is_some_and(|next| place(next) == place(price) && begun(next))
    };
    let said = |(price, _): (&Price, Option<&Price>)| {
        let valid_from = price.valid_from.filter(|_| !begun(price));
        Price { valid_from, ..price.clone() }
    };
    prices.iter().zip(next).filter(holds).map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn price(branch: &str, amount: i32, from: &str) -> Price {
        Price {
            subject_kind: "product".to_owned(),
            subject_id: "p".to_owned(),
            branch_id: branch.to_owned(),
            amount,
            valid_from: Some(at(from).into()),
        }
    }

    fn amounts(prices: &[Price], now: &str) -> Vec<i32> {
        in_force_or_to_come(prices, at(now).into()).iter().map(|price| price.amount).collect()
    }

    #[test]
    fn a_replaced_price_no_longer_counts_and_one_to_come_does() {
        let rows = [
            price("", 500, "2026-01-01T00:00:00Z"),
            price("", 549, "2026-01-02T00:00:00Z"),
            price("", 599, "2026-02-01T15:00:00Z"),
            price("a", 579, "2026-01-01T00:00:00Z"),
        ];

        assert_eq!(amounts(&rows, "2026-02-01T14:59:59.999Z"), [549, 599, 579]);
        assert_eq!(amounts(&rows, "2026-02-01T15:00:00Z"), [599, 579]);
    }

    #[test]
    fn the_first_price_of_all_changes_the_hash_too_and_the_same_price_again_does_not() {
        let menu = |prices: &[Price]| MenuSnapshot { prices: prices.to_vec(), ..MenuSnapshot::default() };
        let first = [price("", 549, "2026-02-01T15:00:00Z")];
        let both = [price("", 549, "2026-02-01T15:00:00Z"), price("", 549, "2026-02-01T16:00:00Z")];
        let hash = |prices: &[Price], now| content_hash(&menu(prices), at(now));
        let (before, after) = ("2026-02-01T14:00:00Z", "2026-02-01T17:00:00Z");

        assert_ne!(hash(&first, before), hash(&first, after));
        assert_eq!(hash(&first, after), hash(&both, after));
    }

    #[test]
    fn the_hash_changes_when_a_price_begins_and_not_before() {
        let menu = MenuSnapshot {
            prices: vec![price("", 549, "2026-01-02T00:00:00Z"), price("", 599, "2026-02-01T15:00:00Z")],
            ..MenuSnapshot::default()
        };
        let hash = |now| content_hash(&menu, at(now));

        assert_eq!(hash("2026-01-03T00:00:00Z"), hash("2026-02-01T14:59:59.999Z"));
        assert_ne!(hash("2026-02-01T14:59:59.999Z"), hash("2026-02-01T15:00:00Z"));
    }
}
