//! Display numbers that are skipped after a loss: nobody knows which of them were given out.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Integer, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::calendar::BusinessDate;
use domain::ids::BranchId;
use domain::slots::DisplayNumber;
use store::StoreError;

use super::schema::numbers_skipped;

/// What a row of the answer holds.
#[derive(QueryableByName)]
struct Skipped {
    #[diesel(sql_type = Date)]
    business_date: NaiveDate,
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// Where each date goes on: `many` beyond its highest known number, and beyond where it went on after the loss before.
pub async fn skip(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    highest: &BTreeMap<BusinessDate, DisplayNumber>,
    many: u32,
) -> Result<Vec<(BusinessDate, DisplayNumber)>, StoreError> {
    let sql = "INSERT INTO numbers_skipped AS before (branch_id, business_date, number)
               SELECT $1, date, highest + $4 FROM UNNEST($2, $3) AS known (date, highest)
               ON CONFLICT (branch_id, business_date)
               DO UPDATE SET number = greatest(before.number + $4, EXCLUDED.number)
               RETURNING business_date, number";
    let column = |number: u32| i32::try_from(number).unwrap_or(i32::MAX / 2);
    let dates: Vec<NaiveDate> = highest.keys().map(|date| date.day()).collect();
    let numbers: Vec<i32> = highest.values().map(|number| column(number.0)).collect();
    let rows: Vec<Skipped> = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(branch.as_uuid())
        .bind::<Array<Date>, _>(dates)
        .bind::<Array<Integer>, _>(numbers)
        .bind::<Integer, _>(column(many))
        .load(conn)
        .await?;
    let read = |row: Skipped| {
        let number = u32::try_from(row.number).unwrap_or(0);
        (BusinessDate::new(row.business_date), DisplayNumber(number))
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Forgets dates before `date`.
pub async fn forget(conn: &mut AsyncPgConnection, date: NaiveDate) -> Result<usize, StoreError> {
    let over = numbers_skipped::table.filter(numbers_skipped::business_date.lt(date));
    Ok(diesel::delete(over).execute(conn).await?)
}
