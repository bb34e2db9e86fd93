//! Prices.

use contracts::menu::v1::AddPriceRequest;
use domain::ids::BranchId;
use domain::menu::PriceSubject;
use domain::{Faults, Refused};

use super::fields;
use crate::app::add_price::AddPrice;
use crate::subject::priced;

/// A price to be added.
pub fn add_price(request: &AddPriceRequest) -> Result<AddPrice, Refused> {
    let mut faults = Faults::new();
    let subject = subject(&mut faults, &request.subject_kind, &request.subject_id);
    let branch = fields::optional_uuid(&mut faults, "branch_id", &request.branch_id);
    let amount = fields::amount(&mut faults, "amount", request.amount);
    let valid_from = fields::instant(&mut faults, "valid_from", "VALID_FROM_INVALID", request.valid_from);
    let subject = fields::faultless(subject, faults)?;
    Ok(AddPrice { subject, branch: branch.map(BranchId::from_uuid), amount, valid_from })
}

/// What a price list is asked for.
pub fn price_subject(kind: &str, id: &str) -> Result<PriceSubject, Refused> {
    let mut faults = Faults::new();
    let subject = subject(&mut faults, kind, id);
    fields::faultless(subject, faults)
}

fn subject(faults: &mut Faults, kind: &str, id: &str) -> Option<PriceSubject> {
    let id = fields::uuid(faults, "subject_id", id);
    fields::named(faults, "subject_kind", "SUBJECT_KIND_UNKNOWN", kind, |kind| priced(kind, id))
}
