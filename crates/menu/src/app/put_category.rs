//! Categories: create, replace.

use chrono::{DateTime, Utc};
use contracts::menu::v1 as wire;
use domain::menu::Category;
use store::Connection;

use super::change::{Change, Changed};
use super::{MenuError, wire as encode};
use crate::storage::categories;

/// Creates a category, or replaces it.
pub struct PutCategory(pub Category);

impl Change for PutCategory {
    type Answer = wire::Category;

    async fn apply(
        self,
        conn: &mut Connection,
        _at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let before = categories::find(conn, self.0.id).await?.map(|category| encode::category(&category));
        categories::put(conn, &self.0).await?;
        Changed::put("category", self.0.id.as_uuid(), before.as_ref(), encode::category(&self.0))
    }
}
