//! The menu at one branch, through one channel, at one time: finds what is named and says why it is not sold.

use chrono::{DateTime, Utc};

use super::super::request::{ProductRef, Ref, SetRef};
use crate::channel::Channel;
use crate::error::{ErrorKind, Faults};
use crate::menu::{Extra, HalfPriceRule, Menu, MenuBranch, NotOrderable, PriceSubject, Product, Set};
use crate::money::Money;

/// What a request is checked against.
pub(super) struct Shop<'a> {
    pub(super) menu: &'a Menu,
    /// Without a branch nothing has a price, but everything else is still checked.
    pub(super) branch: Option<&'a MenuBranch>,
    pub(super) channel: Channel,
    /// Prices are those of now.
    pub(super) now: DateTime<Utc>,
    /// Availability is that of the time the order is for.
    pub(super) not_before: DateTime<Utc>,
    pub(super) v1: bool,
}

impl<'a> Shop<'a> {
    pub(super) fn half_price_rule(&self) -> HalfPriceRule {
        self.branch.map_or(HalfPriceRule::Max, |branch| branch.terms.half_price_rule)
    }

    /// The price of now; a fault has been noted where there is none.
    pub(super) fn price_of(&self, subject: PriceSubject, path: &str, faults: &mut Faults) -> Money {
        let Some(branch) = self.branch else { return Money::ZERO };
        self.menu.price_of(subject, branch.id, self.now).unwrap_or_else(|| {
            refuse(NotOrderable::NotOnSale, path, faults);
            Money::ZERO
        })
    }

    /// The product that is named, on sale or not.
    pub(super) fn find_product(&self, product: &ProductRef) -> Option<&'a Product> {
        match product {
            Ref::Id(id) => self.menu.product(*id),
            Ref::Name(name) => self.menu.product_by_v1_name(name),
            Ref::BadId(_) => None,
        }
    }

    /// The set that is named, on sale or not.
    pub(super) fn find_set(&self, set: &SetRef) -> Option<&'a Set> {
        match set {
            Ref::Id(id) => self.menu.set(*id),
            Ref::Name(name) => self.menu.set_by_v1_name(name),
            Ref::BadId(_) => None,
        }
    }

    /// Whether a product has a price now and is sold at the time of the order; notes why not.
    pub(super) fn sell_product(&self, product: &Product, path: &str, faults: &mut Faults) -> Money {
        let sold = |branch: &MenuBranch| {
            self.menu.orderable_product(product, branch.id, self.channel, self.not_before)
        };
        self.sell(self.branch.map_or(Ok(()), sold), PriceSubject::Product(product.id), path, faults)
    }

    /// As [`Shop::sell_product`], for a set as a whole.
    pub(super) fn sell_set(&self, set: &Set, path: &str, faults: &mut Faults) -> Money {
        let sold =
            |branch: &MenuBranch| self.menu.orderable_set(set, branch.id, self.channel, self.not_before);
        self.sell(self.branch.map_or(Ok(()), sold), PriceSubject::Set(set.id), path, faults)
    }

    /// Whether an extra can be had at the time of the order; its price is up to the product.
    pub(super) fn check_extra(&self, extra: &Extra, path: &str, faults: &mut Faults) {
        let sold =
            |branch: &MenuBranch| self.menu.orderable_extra(extra, branch.id, self.channel, self.not_before);
        if let Err(why) = self.branch.map_or(Ok(()), sold) {
            refuse(why, path, faults);
        }
    }

    fn sell(
        &self,
        sold: Result<(), NotOrderable>,
        subject: PriceSubject,
        path: &str,
        faults: &mut Faults,
    ) -> Money {
        match sold {
            Ok(()) => self.price_of(subject, path, faults),
            Err(why) => {
                refuse(why, path, faults);
                Money::ZERO
            }
        }
    }

    /// Where a product was named.
    pub(super) fn product_path(&self, line: &str, product: &ProductRef) -> String {
        join(line, self.name_field(product, "product_id", "product_name", "pizza_name"))
    }

    /// Where a set was named.
    pub(super) fn set_path(line: &str, set: &SetRef) -> String {
        let field = if matches!(set, Ref::Name(_)) { "set_name" } else { "set_id" };
        join(line, field)
    }

    /// The field of a thing that can be named by id, by name, or by the name of the first apps.
    pub(super) fn name_field<'f, I>(
        &self,
        name: &Ref<I>,
        by_id: &'f str,
        by_name: &'f str,
        by_v1_name: &'f str,
    ) -> &'f str {
        match name {
            Ref::Id(_) | Ref::BadId(_) => by_id,
            Ref::Name(_) if self.v1 => by_v1_name,
            Ref::Name(_) => by_name,
        }
    }
}

/// Notes that something is not sold.
pub(super) fn refuse(why: NotOrderable, path: &str, faults: &mut Faults) {
    faults.add(ErrorKind::FailedPrecondition, path, why.reason(), why.to_string());
}

/// A path within a path; the first apps' only line has none.
pub(super) fn join(path: &str, field: &str) -> String {
    match (path.is_empty(), field.is_empty()) {
        (true, _) => field.to_owned(),
        (false, true) => path.to_owned(),
        (false, false) => format!("{path}.{field}"),
    }
}
