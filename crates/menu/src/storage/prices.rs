//! The price list: rows are added, never edited.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::BranchId;
use domain::menu::{Price, PriceSubject};
use store::StoreError;
use uuid::Uuid;

use super::money;
use super::schema::{extras, prices, products, sets};
use crate::subject::{self, Columns as _};

#[derive(Insertable)]
#[diesel(table_name = prices)]
struct NewPrice {
    subject_kind: &'static str,
    subject_id: Uuid,
    branch_id: Option<Uuid>,
    amount: i64,
    valid_from: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = prices, check_for_backend(diesel::pg::Pg))]
struct PriceRow {
    id: i64,
    subject_kind: String,
    subject_id: Uuid,
    branch_id: Option<Uuid>,
    amount: i64,
    valid_from: DateTime<Utc>,
}

/// Adds a row.
pub async fn add(conn: &mut AsyncPgConnection, price: &Price) -> Result<(), StoreError> {
    let (subject_kind, subject_id) = price.subject.columns();
    let row = NewPrice {
        subject_kind,
        subject_id,
        branch_id: price.branch.map(BranchId::as_uuid),
        amount: price.amount.kopecks(),
        valid_from: price.valid_from,
    };
    diesel::insert_into(prices::table).values(&row).execute(conn).await?;
    Ok(())
}

/// The rows of one subject from the oldest on, each with its number, after the row `after`.
pub async fn of_subject(
    conn: &mut AsyncPgConnection,
    subject: PriceSubject,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Price)>, StoreError> {
    let (kind, id) = subject.columns();
    let rows: Vec<PriceRow> = prices::table
        .filter(prices::subject_kind.eq(kind))
        .filter(prices::subject_id.eq(id))
        .filter(prices::id.gt(after))
        .order(prices::id)
        .limit(limit)
        .select(PriceRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(|row| Ok((row.id, Price::try_from(row)?))).collect()
}

/// Rows of everything that is not archived: those that begin after `since`, and the last one before of each place.
pub async fn since(conn: &mut AsyncPgConnection, since: DateTime<Utc>) -> Result<Vec<Price>, StoreError> {
    let present = present_subjects(conn).await?;
    let place = (prices::subject_kind, prices::subject_id, prices::branch_id);
    let mut rows: Vec<PriceRow> = prices::table
        .filter(prices::subject_id.eq_any(&present))
        .filter(prices::valid_from.le(since))
        .distinct_on(place)
        .order((
            prices::subject_kind,
            prices::subject_id,
            prices::branch_id,
            prices::valid_from.desc(),
            prices::id.desc(),
        ))
        .select(PriceRow::as_select())
        .load(conn)
        .await?;
    let later =
        prices::table.filter(prices::subject_id.eq_any(&present)).filter(prices::valid_from.gt(since));
    rows.extend(later.select(PriceRow::as_select()).load::<PriceRow>(conn).await?);
    // of two rows that begin together the one added later holds: it comes last
    rows.sort_by(|one, other| one.order().cmp(&other.order()));
    rows.into_iter().map(Price::try_from).collect()
}

async fn present_subjects(conn: &mut AsyncPgConnection) -> Result<Vec<Uuid>, StoreError> {
    let mut ids: Vec<Uuid> =
        products::table.filter(products::archived_at.is_null()).select(products::id).load(conn).await?;
    ids.extend(
        extras::table.filter(extras::archived_at.is_null()).select(extras::id).load::<Uuid>(conn).await?,
    );
    ids.extend(sets::table.filter(sets::archived_at.is_null()).select(sets::id).load::<Uuid>(conn).await?);
    Ok(ids)
}

impl PriceRow {
    fn order(&self) -> (&str, Uuid, Option<Uuid>, DateTime<Utc>, i64) {
        (&self.subject_kind, self.subject_id, self.branch_id, self.valid_from, self.id)
    }
}

impl TryFrom<PriceRow> for Price {
    type Error = StoreError;

    fn try_from(row: PriceRow) -> Result<Self, StoreError> {
        let subject = subject::priced(&row.subject_kind, row.subject_id)
            .ok_or_else(|| StoreError::corrupt("prices", row.id, "unknown kind of subject"))?;
        Ok(Self {
            subject,
            branch: row.branch_id.map(BranchId::from_uuid),
            amount: money("prices", row.id, row.amount)?,
            valid_from: row.valid_from,
        })
    }
}
