//! Extras: create, replace, archive.

use chrono::{DateTime, Utc};
use contracts::menu::v1 as wire;
use domain::ids::ExtraId;
use domain::menu::Extra;
use domain::{ErrorKind, Refused};
use store::Connection;

use super::change::{Change, Changed, next_version};
use super::{MenuError, wire as encode};
use crate::storage::extras;

/// Creates an extra, or replaces it.
pub struct PutExtra {
    /// The extra as it is to be.
    pub extra: Extra,
    /// The version that the caller saw; 0: none.
    pub expected_version: Option<i64>,
}

/// Takes an extra off the menu for good.
pub struct ArchiveExtra(pub ExtraId);

impl Change for PutExtra {
    type Answer = wire::Extra;

    async fn apply(
        self,
        conn: &mut Connection,
        _at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let extra = self.extra;
        let before = extras::find(conn, extra.id).await?;
        let version = next_version(before.as_ref().map(|kept| kept.version), self.expected_version)?;
        if extras::name_is_taken(conn, &extra.name, extra.id).await? {
            let why = "is another extra's name";
            return Err(Refused::one(ErrorKind::AlreadyExists, "extra.name", "NAME_TAKEN", why).into());
        }

        extras::put(conn, &extra, version).await?;
        let before = before.map(|kept| encode::extra(&kept.value, kept.version));
        Changed::put("extra", extra.id.as_uuid(), before.as_ref(), encode::extra(&extra, version))
    }
}

impl Change for ArchiveExtra {
    type Answer = wire::DeleteItemResponse;

    async fn apply(
        self,
        conn: &mut Connection,
        at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let users = extras::users(conn, self.0).await?;
        if !users.is_empty() {
            return Err(MenuError::InUse { users });
        }
        if !extras::archive(conn, self.0, at).await? {
            return Err(MenuError::NotFound("extra"));
        }
        Ok(Changed::archived("extra", self.0.as_uuid()))
    }
}
