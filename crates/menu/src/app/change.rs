//! What every change of the menu has in common: one at a time, once per key, with its audit rows, all or nothing.

use chrono::{DateTime, Utc};
use prost::Message;
use serde::Serialize;
use serde_json::{Value, json};
use store::commands::{self, Remembered};
use store::{Connection, StoreError};
use uuid::Uuid;

use super::{App, MenuError};
use crate::storage::audit::{self, Entry};
use crate::storage::transaction;

/// Who changes something, and by what a repeat is known.
#[derive(Clone, Debug)]
pub struct Command {
    /// The identity as the audit names it.
    pub actor: String,
    /// The key, if there is one.
    pub key: Option<Key>,
}

/// By what a repeated command is known.
#[derive(Clone, Debug)]
pub struct Key {
    /// Chosen by the caller.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: Vec<u8>,
}

/// One verb: looks, decides and saves on one connection, inside a transaction.
pub trait Change: Send {
    /// What the caller gets, and a repeat gets again.
    type Answer: Message + Default;

    /// Does it.
    fn apply(
        self,
        conn: &mut Connection,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<Changed<Self::Answer>, MenuError>> + Send;
}

/// A change that is done but for its audit rows.
pub struct Changed<A> {
    answer: A,
    acts: Vec<Act>,
}

/// What the audit says about one thing.
struct Act {
    action: &'static str,
    entity_kind: &'static str,
    entity_id: Uuid,
    change: Value,
}

impl<A: Serialize> Changed<A> {
    /// Something was created or replaced; the answer is how it is now.
    pub fn put(
        entity_kind: &'static str,
        entity_id: Uuid,
        before: Option<&A>,
        answer: A,
    ) -> Result<Self, MenuError> {
        let acts = vec![Act::put(entity_kind, entity_id, before, &answer)?];
        Ok(Self { answer, acts })
    }

    /// Another thing was replaced on the way.
    pub fn and_put(
        mut self,
        entity_kind: &'static str,
        entity_id: Uuid,
        before: &A,
        after: &A,
    ) -> Result<Self, MenuError> {
        self.acts.push(Act::put(entity_kind, entity_id, Some(before), after)?);
        Ok(self)
    }
}

impl<A: Default> Changed<A> {
    /// Something was archived.
    pub fn archived(entity_kind: &'static str, entity_id: Uuid) -> Self {
        let act = Act { action: "archive", entity_kind, entity_id, change: json!({}) };
        Self { answer: A::default(), acts: vec![act] }
    }

    /// Something is gone; the audit keeps how it was.
    pub fn gone(
        entity_kind: &'static str,
        entity_id: Uuid,
        action: &'static str,
        before: &impl Serialize,
    ) -> Result<Self, MenuError> {
        let act = Act { action, entity_kind, entity_id, change: json!({ "before": value(before)? }) };
        Ok(Self { answer: A::default(), acts: vec![act] })
    }
}

impl Act {
    fn put(
        entity_kind: &'static str,
        entity_id: Uuid,
        before: Option<&impl Serialize>,
        after: &impl Serialize,
    ) -> Result<Self, MenuError> {
        let change = json!({ "before": value(before)?, "after": value(after)? });
        Ok(Self { action: "put", entity_kind, entity_id, change })
    }
}

impl App {
    /// Makes a change, once however often its command comes, and lets the snapshot follow.
    pub async fn change<C: Change>(&self, command: Command, change: C) -> Result<C::Answer, MenuError> {
        let at = self.clock.now();
        let mut conn = self.pool.get().await?;
        let answer = transaction::change(&mut conn, async |conn| {
            if let Some(first) = recalled(conn, &command).await? {
                return Ok(first);
            }
            let Changed { answer, acts } = change.apply(conn, at).await?;
            for Act { action, entity_kind, entity_id, change } in acts {
                let actor = command.actor.clone();
                audit::add(conn, &Entry { at, actor, action, entity_kind, entity_id, change }).await?;
            }
            if let Some(Key { key, fingerprint }) = &command.key {
                let first = Remembered { fingerprint: fingerprint.clone(), answer: answer.encode_to_vec() };
                commands::remember(conn, &command.actor, key, &first, at).await?;
            }
            Ok::<_, MenuError>(answer)
        })
        .await?;
        self.changed.notify_one();
        Ok(answer)
    }
}

/// The version after this change.
pub fn next_version(present: Option<i64>, expected: Option<i64>) -> Result<i64, MenuError> {
    let actual = present.unwrap_or_default();
    match expected {
        Some(expected) if expected != actual => Err(MenuError::VersionConflict { actual }),
        _ => Ok(actual + 1),
    }
}

/// The first answer to this command, if it comes again.
async fn recalled<A: Message + Default>(
    conn: &mut Connection,
    command: &Command,
) -> Result<Option<A>, MenuError> {
    let Some(Key { key, fingerprint }) = &command.key else { return Ok(None) };
    let Some(kept) = commands::recall(conn, &command.actor, key).await? else { return Ok(None) };
    if kept.fingerprint != *fingerprint {
        return Err(MenuError::KeyReused);
    }
    let answer = A::decode(kept.answer.as_slice());
    Ok(Some(answer.map_err(|fault| StoreError::corrupt("commands", key, fault))?))
}

fn value(of: impl Serialize) -> Result<Value, MenuError> {
    Ok(serde_json::to_value(of).map_err(|fault| StoreError::corrupt("audit", "to be added", fault))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_was_not_seen_is_a_conflict_and_zero_means_nothing_yet() {
        assert_eq!(next_version(None, None).unwrap(), 1);
        assert_eq!(next_version(Some(4), None).unwrap(), 5);
        assert_eq!(next_version(Some(4), Some(4)).unwrap(), 5);
        assert_eq!(next_version(None, Some(0)).unwrap(), 1);
        assert!(matches!(next_version(Some(4), Some(0)), Err(MenuError::VersionConflict { actual: 4 })));
        assert!(matches!(next_version(None, Some(1)), Err(MenuError::VersionConflict { actual: 0 })));
    }
}
