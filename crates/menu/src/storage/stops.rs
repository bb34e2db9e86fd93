//! The stop-lists of the branches.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::channel::Channel;
use domain::ids::{BranchId, StopId};
use domain::menu::Stop;
use store::StoreError;
use uuid::Uuid;

use super::Page;
use super::schema::stops;
use crate::subject::{self, Columns as _};

/// An entry of a stop-list, and who made it when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopEntry {
    /// Which entry.
    pub id: StopId,
    /// What it stops.
    pub stop: Stop,
    /// Subject of the identity that made it.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = stops, check_for_backend(diesel::pg::Pg))]
struct StopRow {
    id: Uuid,
    branch_id: Uuid,
    subject_kind: String,
    subject_id: Uuid,
    channels: Vec<String>,
    until: Option<DateTime<Utc>>,
    reason: String,
    set_by: String,
    set_at: DateTime<Utc>,
}

/// Adds an entry, and answers it. One for the same thing and channels at the same branch takes the new end and
/// reason, and keeps its id.
pub async fn set(conn: &mut AsyncPgConnection, entry: &StopEntry) -> Result<StopEntry, StoreError> {
    let row = StopRow::from(entry);
    let same = (stops::branch_id, stops::subject_kind, stops::subject_id, stops::channels);
    let renewed = (
        stops::until.eq(row.until),
        stops::reason.eq(&row.reason),
        stops::set_by.eq(&row.set_by),
        stops::set_at.eq(row.set_at),
    );
    let kept: StopRow = diesel::insert_into(stops::table)
        .values(&row)
        .on_conflict(same)
        .do_update()
        .set(renewed)
        .returning(StopRow::as_returning())
        .get_result(conn)
        .await?;
    kept.try_into()
}

/// One entry.
pub async fn find(conn: &mut AsyncPgConnection, id: StopId) -> Result<Option<StopEntry>, StoreError> {
    let query = stops::table.find(id.as_uuid()).select(StopRow::as_select());
    let row: Option<StopRow> = query.first(conn).await.optional()?;
    row.map(StopEntry::try_from).transpose()
}

/// The entry for the same thing and channels at the same branch, be it ended or not.
pub async fn same(conn: &mut AsyncPgConnection, stop: &Stop) -> Result<Option<StopEntry>, StoreError> {
    let (kind, subject_id) = stop.subject.columns();
    let query = stops::table
        .filter(stops::branch_id.eq(stop.branch.as_uuid()))
        .filter(stops::subject_kind.eq(kind))
        .filter(stops::subject_id.eq(subject_id))
        .filter(stops::channels.eq(names(&stop.channels)));
    let row: Option<StopRow> = query.select(StopRow::as_select()).first(conn).await.optional()?;
    row.map(StopEntry::try_from).transpose()
}

/// Takes an entry away.
pub async fn lift(conn: &mut AsyncPgConnection, id: StopId) -> Result<(), StoreError> {
    diesel::delete(stops::table.find(id.as_uuid())).execute(conn).await?;
    Ok(())
}

/// A page of a branch's entries that hold at `at` or will, by id.
pub async fn page(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    at: DateTime<Utc>,
    page: Page,
) -> Result<Vec<StopEntry>, StoreError> {
    let mut query = stops::table
        .filter(stops::branch_id.eq(branch.as_uuid()))
        .filter(stops::until.is_null().or(stops::until.gt(at)))
        .select(StopRow::as_select())
        .order(stops::id)
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(stops::id.gt(after));
    }
    let rows: Vec<StopRow> = query.limit(page.limit).load(conn).await?;
    rows.into_iter().map(StopEntry::try_from).collect()
}

/// Every entry that holds at `at`.
pub async fn holding(conn: &mut AsyncPgConnection, at: DateTime<Utc>) -> Result<Vec<StopEntry>, StoreError> {
    let live = stops::table.filter(stops::until.is_null().or(stops::until.gt(at)));
    let rows: Vec<StopRow> = live.order(stops::id).select(StopRow::as_select()).load(conn).await?;
    rows.into_iter().map(StopEntry::try_from).collect()
}

/// Takes away entries that ended before `before`.
pub async fn forget(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(stops::table.filter(stops::until.lt(before))).execute(conn).await?)
}

fn names(channels: &[Channel]) -> Vec<String> {
    channels.iter().map(|channel| channel.as_str().to_owned()).collect()
}

impl From<&StopEntry> for StopRow {
    fn from(entry: &StopEntry) -> Self {
        let (kind, subject_id) = entry.stop.subject.columns();
        Self {
            id: entry.id.as_uuid(),
            branch_id: entry.stop.branch.as_uuid(),
            subject_kind: kind.to_owned(),
            subject_id,
            channels: names(&entry.stop.channels),
            until: entry.stop.until,
            reason: entry.stop.reason.clone(),
            set_by: entry.set_by.clone(),
            set_at: entry.set_at,
        }
    }
}

impl TryFrom<StopRow> for StopEntry {
    type Error = StoreError;

    fn try_from(row: StopRow) -> Result<Self, StoreError> {
        let unreadable = |reason: &'static str| StoreError::corrupt("stops", row.id, reason);
        let subject = subject::stopped(&row.subject_kind, row.subject_id)
            .ok_or_else(|| unreadable("unknown kind of subject"))?;
        let channels: Option<Vec<_>> = row.channels.iter().map(|name| Channel::parse(name)).collect();
        Ok(Self {
            id: StopId::from_uuid(row.id),
            stop: Stop {
                subject,
                branch: BranchId::from_uuid(row.branch_id),
                channels: channels.ok_or_else(|| unreadable("unknown channel"))?,
                until: row.until,
                reason: row.reason,
            },
            set_by: row.set_by,
            set_at: row.set_at,
        })
    }
}
