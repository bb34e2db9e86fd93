//! Whether two requests with one idempotency key are the same request.
//!
//! The channel is left out, so that a repeat over gRPC and one over REST are the same; so are spelling, case and
//! the order of extras.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::choices::{Fulfilment, PaymentMethod};
use super::request::{ExtraPick, Line, Ordered, PlaceOrder, ProductLine, Ref, Side};
use crate::phone::Phone;
use crate::text::{name_key, normal};

/// SHA-256 over the normalised request.
pub fn fingerprint(request: &PlaceOrder) -> [u8; 32] {
    let mut canon = Canon(Sha256::new());
    canon.text(&request.branch_id.trim().to_lowercase());
    canon.text(&request.pickup_location_id.trim().to_lowercase());
    canon.number(i64::from(request.customer_id));
    canon.spaced(&request.first_name);
    canon.spaced(&request.last_name);
    canon.phone(&request.phone);
    canon.delivery(request);
    canon.number(request.preferred.map_or(i64::MIN, |at| at.timestamp_millis()));
    canon.payment(&request.payment_method);
    canon.number(i64::from(request.call_before_minutes));
    canon.spaced(&request.notes);
    canon.spaced(&request.external_ref);
    canon.count(request.lines.len());
    for line in &request.lines {
        canon.line(line, request.v1);
    }
    canon.0.finalize().into()
}

/// Writes values so that no two lists of values look the same: every text with its length.
struct Canon(Sha256);

impl Canon {
    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(i64::try_from(count).unwrap_or(i64::MAX));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text);
    }

    fn spaced(&mut self, text: &str) {
        self.text(&normal(text));
    }

    fn phone(&mut self, raw: &str) {
        match Phone::parse(raw) {
            Ok(phone) => self.text(phone.as_str()),
            Err(_) => self.text(raw.trim()),
        }
    }

    fn payment(&mut self, raw: &str) {
        match PaymentMethod::parse(raw) {
            Some(method) => self.text(method.as_str()),
            None => self.text(raw),
        }
    }

    /// A v1 request without an address is a pickup, and a pickup has no address.
    fn delivery(&mut self, request: &PlaceOrder) {
        let delivery = request.fulfilment == Fulfilment::Delivery
            && !(request.v1 && request.delivery_address.trim().is_empty());
        self.number(i64::from(delivery));
        if delivery {
            self.spaced(&request.delivery_address);
            self.text(&request.zone_id.trim().to_lowercase());
        }
    }

    fn line(&mut self, line: &Line, v1: bool) {
        self.quantity(line.quantity, v1);
        match &line.what {
            Ordered::Product(product) => {
                self.number(1);
                self.product(product);
            }
            Ordered::Halves(halves) => {
                self.number(2);
                self.name(&halves.left);
                self.name(&halves.right);
                self.extras(&halves.extras);
                self.names(&halves.excluded_left);
                self.names(&halves.excluded_right);
            }
            Ordered::Set(set) => {
                self.number(3);
                self.name(&set.set);
                self.count(set.choices.len());
                for choice in &set.choices {
                    self.name(&choice.group);
                    self.names(&choice.products);
                }
                self.count(set.changes.len());
                for change in &set.changes {
                    self.number(i64::from(change.component));
                    self.extras(&change.extras);
                    self.names(&change.excluded);
                }
            }
            Ordered::SpelledSet(set) => {
                self.number(4);
                self.text(&name_key(&set.name));
                self.count(set.items.len());
                for item in &set.items {
                    self.quantity(item.quantity, v1);
                    self.product(&item.line);
                }
            }
        }
    }

    fn product(&mut self, line: &ProductLine) {
        self.name(&line.product);
        self.extras(&line.extras);
        self.names(&line.excluded);
    }

    fn quantity(&mut self, quantity: i32, v1: bool) {
        self.number(if v1 && quantity == 0 { 1 } else { i64::from(quantity) });
    }

    /// Taken twice is the same as taken with count 2, in whatever order.
    fn extras(&mut self, picks: &[ExtraPick]) {
        let mut counts: BTreeMap<(String, Side), i64> = BTreeMap::new();
        for pick in picks {
            let count = if pick.count == 0 { 1 } else { i64::from(pick.count) };
            *counts.entry((written(&pick.extra), pick.side)).or_default() += count;
        }
        self.count(counts.len());
        for ((name, side), count) in counts {
            self.text(&name);
            self.text(side.as_str());
            self.number(count);
        }
    }

    fn names<I: ToString>(&mut self, names: &[Ref<I>]) {
        let mut written: Vec<_> = names.iter().map(written).collect();
        written.sort_unstable();
        self.count(written.len());
        for name in written {
            self.text(&name);
        }
    }

    fn name<I: ToString>(&mut self, name: &Ref<I>) {
        self.text(&written(name));
    }
}

fn written<I: ToString>(name: &Ref<I>) -> String {
    match name {
        Ref::Id(id) => format!("id:{}", id.to_string()),
        Ref::Name(name) => format!("name:{}", name_key(name)),
        Ref::BadId(text) => format!("bad:{text}"),
    }
}

#[cfg(test)]
mod tests;
