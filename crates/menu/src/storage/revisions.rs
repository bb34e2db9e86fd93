//! Revisions of the snapshot: added, read, and forgotten after a while.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use store::StoreError;

use super::schema::revisions;

/// One revision.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = revisions, check_for_backend(diesel::pg::Pg))]
pub struct Revision {
    /// Its number.
    pub revision: i64,
    /// When it was built.
    pub built_at: DateTime<Utc>,
    /// SHA-256 of its content.
    pub content_hash: Vec<u8>,
    /// The snapshot as protobuf.
    pub snapshot: Vec<u8>,
}

/// Number and content hash of the newest revision.
pub async fn newest(conn: &mut AsyncPgConnection) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let newest = revisions::table.order(revisions::revision.desc());
    Ok(newest.select((revisions::revision, revisions::content_hash)).first(conn).await.optional()?)
}

/// The newest revision, if it is newer than `than`.
pub async fn newer(conn: &mut AsyncPgConnection, than: i64) -> Result<Option<Revision>, StoreError> {
    let newer = revisions::table.filter(revisions::revision.gt(than)).order(revisions::revision.desc());
    Ok(newer.select(Revision::as_select()).first(conn).await.optional()?)
}

/// Adds a revision.
pub async fn add(conn: &mut AsyncPgConnection, revision: &Revision) -> Result<(), StoreError> {
    diesel::insert_into(revisions::table).values(revision).execute(conn).await?;
    Ok(())
}

/// Forgets revisions built before `before`; the newest stays whatever its age.
pub async fn forget(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize, StoreError> {
    let Some((newest, _)) = newest(conn).await? else { return Ok(0) };
    let old = revisions::table.filter(revisions::built_at.lt(before)).filter(revisions::revision.lt(newest));
    Ok(diesel::delete(old).execute(conn).await?)
}
