//! The same command again gets the same answer.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

use crate::error::StoreError;
use crate::lock::lock_for_transaction;

diesel::table! {
    commands (scope, key) {
        scope -> Text,
        key -> Text,
        fingerprint -> Binary,
        answer -> Binary,
        answered_at -> Timestamptz,
    }
}

/// The answer that a command got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Of the request it answered; another fingerprint under the same key is a mistake of the caller.
    pub fingerprint: Vec<u8>,
    /// The encoded answer.
    pub answer: Vec<u8>,
}

/// What the key of a command got for an answer, if it was used before. Until the transaction that `conn` is in
/// ends, everybody else with this key waits: of two equal commands at once one works, the other reads.
pub async fn recall(
    conn: &mut AsyncPgConnection,
    scope: &str,
    key: &str,
) -> Result<Option<Remembered>, StoreError> {
    // the look comes second: in one statement it would not see what the lock was waiting for
    lock_for_transaction(conn, &format!("command:{scope}:{key}")).await?;
    let found: Option<(Vec<u8>, Vec<u8>)> = commands::table
        .find((scope, key))
        .select((commands::fingerprint, commands::answer))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(fingerprint, answer)| Remembered { fingerprint, answer }))
}

/// Notes the answer in the transaction of its effect. Call [`recall`] before, in the same transaction.
pub async fn remember(
    conn: &mut AsyncPgConnection,
    scope: &str,
    key: &str,
    answered: &Remembered,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(commands::table)
        .values((
            commands::scope.eq(scope),
            commands::key.eq(key),
            commands::fingerprint.eq(&answered.fingerprint),
            commands::answer.eq(&answered.answer),
            commands::answered_at.eq(at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets answers given before `before`, `limit` of them at most; answers how many.
pub async fn purge(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<usize, StoreError> {
    let old: Vec<(String, String)> = commands::table
        .filter(commands::answered_at.lt(before))
        .order(commands::answered_at)
        .limit(limit)
        .select((commands::scope, commands::key))
        .load(conn)
        .await?;
    let (scopes, keys): (Vec<String>, Vec<String>) = old.into_iter().unzip();
    let gone = commands::table
        .filter(commands::scope.eq_any(scopes))
        .filter(commands::key.eq_any(keys))
        .filter(commands::answered_at.lt(before));
    Ok(diesel::delete(gone).execute(conn).await?)
}
