//! What people set for a single slot.

use chrono::{DateTime, Duration, Utc};
use domain::ids::BranchId;
use domain::slots::Limits;
use redis::Pipeline;

use super::look::letter;
use super::{SlotStore, SlotStoreError, keys};
use crate::storage::Override;

/// How long a slot's hash outlives the slot.
pub(super) const AFTER_END: Duration = Duration::hours(2);

/// How many slots' settings go out together.
const CHUNK: usize = 100;

impl SlotStore {
    /// Makes a slot's own settings known to the next order.
    pub async fn set_override(
        &self,
        branch: BranchId,
        changed: &Override,
        now: DateTime<Utc>,
    ) -> Result<(), SlotStoreError> {
        self.set_overrides(&[(branch, *changed)], now).await
    }

    /// The same for several slots.
    pub async fn set_overrides(
        &self,
        changed: &[(BranchId, Override)],
        now: DateTime<Utc>,
    ) -> Result<(), SlotStoreError> {
        for some in changed.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            pipe.atomic();
            for (branch, changed) in some {
                add_override(&mut pipe, *branch, changed, now);
            }
            pipe.exec_async(&mut self.cache.conn()).await?;
        }
        Ok(())
    }
}

/// Writes a slot's own settings over whatever was set before.
pub(super) fn add_override(pipe: &mut Pipeline, branch: BranchId, changed: &Override, now: DateTime<Utc>) {
    let key = keys::slot(branch, changed.slot_start);
    // The next order looks closely at this slot, and only then says that it is plain.
    pipe.hdel(&key, "plain").ignore();
    pipe.del(keys::full(branch)).ignore();
    if changed.disabled {
        pipe.hset(&key, "d", 1).ignore();
    } else {
        pipe.hdel(&key, "d").ignore();
    }
    add_limits(pipe, &key, &changed.limits);
    pipe.pexpire(key, (changed.slot_end + AFTER_END - now).num_milliseconds()).ignore();
}

fn add_limits(pipe: &mut Pipeline, key: &str, limits: &Limits) {
    for (dimension, limit) in limits.iter() {
        let field = format!("c:{}", letter(dimension));
        match limit {
            Some(limit) => pipe.hset(key, field, limit).ignore(),
            None => pipe.hdel(key, field).ignore(),
        };
    }
}
