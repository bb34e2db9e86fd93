//! What is added to an item, and what it costs.
//!
//! On one half an extra is half the price, rounded up to a rouble, and half the portion; on both halves it is the
//! whole extra.

use super::super::priced::PickedExtra;
use super::super::request::{ExtraPick, Ref, Side};
use super::ingredients::Portion;
use super::shop::{Shop, join};
use crate::error::Faults;
use crate::menu::{Extra, PriceSubject, Product};
use crate::money::Money;

/// The most different extras of an item.
const MOST_EXTRAS: usize = 20;

/// The most of one extra per unit, whatever the extra itself allows.
const MOST_OF_ONE: i64 = 5;

/// The most picks of a request for one item: every extra as often as may be, on either side.
const MOST_PICKS: usize = 200;

/// What extras are added to.
#[derive(Clone, Copy)]
pub(super) enum Base<'a> {
    One(&'a Product),
    Halves(&'a Product, &'a Product),
}

/// One extra with all that was picked of it.
struct Wanted<'a> {
    extra: &'a Extra,
    path: String,
    whole: i64,
    left: i64,
    right: i64,
}

/// Price and grams of one portion.
#[derive(Clone, Copy)]
struct Offer {
    price: Money,
    grams: u32,
}

/// The extras of an item, by extra and side; picks of one extra count together.
pub(super) fn extras(
    shop: &Shop<'_>,
    base: Base<'_>,
    picks: &[ExtraPick],
    path: &str,
    faults: &mut Faults,
) -> Vec<PickedExtra> {
    let mut all: Vec<Wanted<'_>> = Vec::new();
    if picks.len() > MOST_PICKS {
        faults.invalid(join(path, "extras"), "EXTRA_COUNT", format!("must be at most {MOST_PICKS}"));
        return Vec::new();
    }
    for (at, pick) in picks.iter().enumerate() {
        let field = shop.name_field(&pick.extra, ".extra_id", ".extra_name", "");
        let path = join(path, &format!("extras[{at}]{field}"));
        let Some(extra) = find(shop, pick) else {
            faults.invalid(path, "UNKNOWN_EXTRA", "is no extra on the menu");
            continue;
        };
        if pick.side != Side::Whole && matches!(base, Base::One(_)) {
            faults.invalid(path, "EXTRA_NOT_ALLOWED", "can only be on one side of a product of two halves");
            continue;
        }
        if let Some(wanted) = all.iter_mut().find(|wanted| wanted.extra.id == extra.id) {
            wanted.add(pick);
        } else {
            let mut wanted = Wanted { extra, path, whole: 0, left: 0, right: 0 };
            wanted.add(pick);
            all.push(wanted);
        }
    }
    if all.len() > MOST_EXTRAS {
        let text = format!("must be at most {MOST_EXTRAS} different ones");
        faults.invalid(join(path, "extras"), "EXTRA_COUNT", text);
        return Vec::new();
    }
    all.into_iter().flat_map(|wanted| wanted.picked(shop, base, faults)).collect()
}

/// What extras cost per unit; `None` beyond all amounts.
pub(super) fn sum(extras: &[PickedExtra]) -> Option<Money> {
    extras.iter().try_fold(Money::ZERO, |sum, extra| sum.checked_add(extra.price))
}

fn find<'a>(shop: &Shop<'a>, pick: &ExtraPick) -> Option<&'a Extra> {
    match &pick.extra {
        Ref::Id(id) => shop.menu.extra(*id),
        Ref::Name(name) => shop.menu.extra_by_name(name),
        Ref::BadId(_) => None,
    }
}

impl Wanted<'_> {
    fn add(&mut self, pick: &ExtraPick) {
        // a missing count is one; a negative one must not make up for another pick
        let count = match pick.count {
            0 => 1,
            count @ 1.. => i64::from(count),
            _ => MOST_OF_ONE + 1,
        };
        match pick.side {
            Side::Whole => self.whole += count,
            Side::Left => self.left += count,
            Side::Right => self.right += count,
        }
    }

    fn picked(mut self, shop: &Shop<'_>, base: Base<'_>, faults: &mut Faults) -> Vec<PickedExtra> {
        let both = self.left.min(self.right);
        self.whole += both;
        self.left -= both;
        self.right -= both;

        let most = MOST_OF_ONE.min(i64::from(self.extra.max_per_unit));
        if self.whole + self.left + self.right > most {
            faults.invalid(&self.path, "EXTRA_COUNT", format!("must be 1..={most} per unit"));
            return Vec::new();
        }
        shop.check_extra(self.extra, &self.path, faults);
        let sides = [(Side::Whole, self.whole), (Side::Left, self.left), (Side::Right, self.right)];
        let mut picked = Vec::new();
        for (side, count) in sides {
            let Some(count) = u32::try_from(count).ok().filter(|count| *count > 0) else { continue };
            let Some(offer) = self.offer(shop, base, side, faults) else {
                faults.invalid(&self.path, "EXTRA_NOT_ALLOWED", "cannot be added to this product");
                return Vec::new();
            };
            picked.push(PickedExtra {
                id: self.extra.id,
                name: self.extra.name.clone(),
                count,
                side,
                grams: offer.grams.saturating_mul(count),
                price: offer.price.checked_mul(count).unwrap_or(Money::ZERO),
            });
        }
        picked
    }

    /// One portion on that side; `None` where the extra is not linked to what it would be on.
    fn offer(&self, shop: &Shop<'_>, base: Base<'_>, side: Side, faults: &mut Faults) -> Option<Offer> {
        match (base, side) {
            (Base::One(product), _) => self.offer_on(shop, product, faults),
            (Base::Halves(left, right), Side::Whole) => {
                let left = self.offer_on(shop, left, faults)?;
                let right = self.offer_on(shop, right, faults)?;
                let grams = left.half().grams.saturating_add(right.half().grams);
                let grams = if left.grams == right.grams { left.grams } else { grams };
                Some(Offer { price: left.price.max(right.price), grams })
            }
            (Base::Halves(left, _), Side::Left) => self.offer_on(shop, left, faults).map(Offer::half),
            (Base::Halves(_, right), Side::Right) => self.offer_on(shop, right, faults).map(Offer::half),
        }
    }

    fn offer_on(&self, shop: &Shop<'_>, product: &Product, faults: &mut Faults) -> Option<Offer> {
        let link = product.link(self.extra.id)?;
        let price = match link.price {
            Some(price) => price,
            None => shop.price_of(PriceSubject::Extra(self.extra.id), &self.path, faults),
        };
        Some(Offer { price, grams: link.portion_grams.unwrap_or(self.extra.portion_grams) })
    }
}

impl Offer {
    const fn half(self) -> Self {
        Self { price: self.price.half_up_to_rouble(), grams: Portion::Half.of(self.grams) }
    }
}
