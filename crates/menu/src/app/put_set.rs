//! Sets: create, replace, archive.

use chrono::{DateTime, Utc};
use contracts::menu::v1 as wire;
use domain::ids::{ProductId, SetId};
use domain::menu::{Component, PriceSubject, Set};
use domain::permissions::Action;
use domain::{ErrorKind, Faults};
use edge::Caller;
use store::Connection;

use super::change::{Change, Changed, next_version};
use super::{MenuError, wire as encode};
use crate::storage::{names, products, sets};

/// Creates a set, or replaces it with its components.
pub struct PutSet {
    /// The set as it is to be.
    pub set: Set,
    /// The version that the caller saw; 0: none.
    pub expected_version: Option<i64>,
    /// Who wants it; options carry surcharges, and not everybody may change those.
    pub caller: Caller,
}

/// Takes a set off the menu for good.
pub struct ArchiveSet(pub SetId);

impl Change for PutSet {
    type Answer = wire::Set;

    async fn apply(
        self,
        conn: &mut Connection,
        _at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let set = self.set;
        let before = sets::find(conn, set.id).await?;
        let version = next_version(before.as_ref().map(|kept| kept.version), self.expected_version)?;
        let present = before.as_ref().map(|kept| kept.value.surcharges()).unwrap_or_default();
        if set.surcharges() != present {
            self.caller.require_chain(Action::EditPrices)?;
        }
        check(conn, &set).await?;

        sets::put(conn, &set, version).await?;
        names::give(conn, &set.v1_name, PriceSubject::Set(set.id)).await?;
        let before = before.map(|kept| encode::set(&kept.value, kept.version));
        Changed::put("set", set.id.as_uuid(), before.as_ref(), encode::set(&set, version))
    }
}

impl Change for ArchiveSet {
    type Answer = wire::DeleteItemResponse;

    async fn apply(
        self,
        conn: &mut Connection,
        at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        if !sets::archive(conn, self.0, at).await? {
            return Err(MenuError::NotFound("set"));
        }
        Ok(Changed::archived("set", self.0.as_uuid()))
    }
}

async fn check(conn: &mut Connection, set: &Set) -> Result<(), MenuError> {
    let mut faults = Faults::new();
    if names::is_taken(conn, &set.v1_name, PriceSubject::Set(set.id)).await? {
        faults.add(
            ErrorKind::AlreadyExists,
            "set.v1_name",
            "NAME_TAKEN",
            "is another product's or set's name",
        );
    }
    let held = held_products(set);
    let ids: Vec<ProductId> = held.iter().map(|(_, id)| *id).collect();
    let present = products::present(conn, &ids).await?;
    for (path, _) in held.into_iter().filter(|(_, id)| !present.contains(id)) {
        faults.invalid(path, "UNKNOWN_PRODUCT", "is no product");
    }
    Ok(faults.into_result()?)
}

/// Every product in a set, with its place in the request.
fn held_products(set: &Set) -> Vec<(String, ProductId)> {
    let mut held = Vec::new();
    for (at, component) in set.components.iter().enumerate() {
        match component {
            Component::Fixed { product, .. } => {
                held.push((format!("set.components[{at}].fixed.product_id"), *product));
            }
            Component::Choice { options, .. } => {
                held.extend(options.iter().enumerate().map(|(choice, option)| {
                    (format!("set.components[{at}].choice.options[{choice}].product_id"), option.product)
                }));
            }
        }
    }
    held
}
