//! Names of the keys, made in this one place.

use chrono::{DateTime, Utc};
use domain::calendar::BusinessDate;
use domain::ids::{BranchId, OrderId};
use sha2::{Digest, Sha256};

/// What the names of a branch's keys begin with; the braces keep them on one node of a cluster.
pub(super) fn prefix(branch: BranchId) -> String {
    format!("slot:{{{branch}}}:")
}

/// Hash of one slot.
pub(super) fn slot(branch: BranchId, start: DateTime<Utc>) -> String {
    format!("{}{}", prefix(branch), start.timestamp())
}

/// Hash of one order.
pub(super) fn order(branch: BranchId, order: OrderId) -> String {
    format!("{}order:{order}", prefix(branch))
}

/// The order that an idempotency key is bound to.
pub(super) fn key(branch: BranchId, key_hash: &str) -> String {
    format!("{}key:{key_hash}", prefix(branch))
}

/// Orders that hold a place, by the moment their holds end.
pub(super) fn holds(branch: BranchId) -> String {
    format!("{}holds", prefix(branch))
}

/// Counter of display numbers of one business date.
pub(super) fn numbers(branch: BranchId, date: BusinessDate) -> String {
    format!("{}no:{date}", prefix(branch))
}

/// What is known of full slots.
pub(super) fn full(branch: BranchId) -> String {
    format!("{}full", prefix(branch))
}

/// Present while what Redis knows of the branch is complete.
pub(super) fn epoch(branch: BranchId) -> String {
    format!("{}epoch", prefix(branch))
}

/// Present while the branch is being filled and nothing of it was lost.
pub(super) fn filling(branch: BranchId) -> String {
    format!("{}filling", prefix(branch))
}

/// The text form under which the pair (scope, key) is remembered; empty without a key.
pub fn key_hash(scope: &str, key: &str) -> String {
    if key.is_empty() {
        return String::new();
    }
    // The length keeps ("ab", "c") and ("a", "bc") apart.
    let hash = Sha256::new()
        .chain_update(scope.len().to_be_bytes())
        .chain_update(scope)
        .chain_update(key)
        .finalize();
    hex::encode(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_branch_share_its_hash_tag() {
        let start = "2026-02-01T10:15:00Z".parse().unwrap();

        assert_eq!(slot(BranchId::MAIN, start), "slot:{01900000-0000-7000-8000-000000000001}:1769940900");
    }

    #[test]
    fn scope_and_key_are_kept_apart() {
        assert_ne!(key_hash("ab", "c"), key_hash("a", "bc"));
        assert_eq!(key_hash("ab", ""), "");
    }
}
