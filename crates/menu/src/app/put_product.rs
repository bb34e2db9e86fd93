//! Products: create, replace, archive.

use chrono::{DateTime, Utc};
use contracts::menu::v1 as wire;
use domain::ids::{ExtraId, ProductId};
use domain::menu::{PriceSubject, Product};
use domain::permissions::Action;
use domain::{ErrorKind, Faults};
use edge::Caller;
use store::Connection;

use super::change::{Change, Changed, next_version};
use super::{MenuError, wire as encode};
use crate::storage::{categories, extras, names, products};

/// Creates a product, or replaces it with its composition and links.
pub struct PutProduct {
    /// The product as it is to be.
    pub product: Product,
    /// The version that the caller saw; 0: none.
    pub expected_version: Option<i64>,
    /// Who wants it; links carry prices, and not everybody may change those.
    pub caller: Caller,
}

/// Takes a product off the menu for good.
pub struct ArchiveProduct(pub ProductId);

impl Change for PutProduct {
    type Answer = wire::Product;

    async fn apply(
        self,
        conn: &mut Connection,
        _at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let product = self.product;
        let before = products::find(conn, product.id).await?;
        let version = next_version(before.as_ref().map(|kept| kept.version), self.expected_version)?;
        let present = before.as_ref().map(|kept| kept.value.link_prices()).unwrap_or_default();
        if product.link_prices() != present {
            self.caller.require_chain(Action::EditPrices)?;
        }
        check(conn, &product).await?;

        products::put(conn, &product, version).await?;
        names::give(conn, &product.v1_name, PriceSubject::Product(product.id)).await?;
        let before = before.map(|kept| encode::product(&kept.value, kept.version));
        Changed::put("product", product.id.as_uuid(), before.as_ref(), encode::product(&product, version))
    }
}

impl Change for ArchiveProduct {
    type Answer = wire::DeleteItemResponse;

    async fn apply(
        self,
        conn: &mut Connection,
        at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let users = products::users(conn, self.0).await?;
        if !users.is_empty() {
            return Err(MenuError::InUse { users });
        }
        if !products::archive(conn, self.0, at).await? {
            return Err(MenuError::NotFound("product"));
        }
        Ok(Changed::archived("product", self.0.as_uuid()))
    }
}

async fn check(conn: &mut Connection, product: &Product) -> Result<(), MenuError> {
    let mut faults = Faults::new();
    if !categories::exists(conn, product.category).await? {
        faults.invalid("product.category_id", "UNKNOWN_CATEGORY", "is no category");
    }
    if names::is_taken(conn, &product.v1_name, PriceSubject::Product(product.id)).await? {
        faults.add(
            ErrorKind::AlreadyExists,
            "product.v1_name",
            "NAME_TAKEN",
            "is another product's or set's name",
        );
    }
    let linked: Vec<ExtraId> = product.extras.iter().map(|link| link.extra).collect();
    let present = extras::present(conn, &linked).await?;
    for (at, _) in linked.iter().enumerate().filter(|(_, id)| !present.contains(id)) {
        faults.invalid(format!("product.extras[{at}].extra_id"), "UNKNOWN_EXTRA", "is no extra");
    }
    Ok(faults.into_result()?)
}
