//! A short proof that two parties know the same live orders at the same versions.

use sha2::{Digest, Sha256};

use crate::ids::OrderId;

/// The first 16 hex digits of SHA-256 over lines `<order id>:<version>\n`, sorted by id.
pub fn state_hash(live: impl IntoIterator<Item = (OrderId, i64)>) -> String {
    let mut live: Vec<_> = live.into_iter().collect();
    live.sort_unstable();
    let mut hash = Sha256::new();
    for (order, version) in live {
        hash.update(format!("{order}:{version}\n"));
    }
    let mut digits = hex::encode(hash.finalize());
    digits.truncate(16);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rts_2_the_hash_is_over_ids_and_versions_sorted_by_id() {
        let one = ("019c1a00-0000-7000-8000-000000000001".parse().unwrap(), 3);
        let two = ("019c1a00-0000-7000-8000-000000000002".parse().unwrap(), 1);

        assert_eq!(state_hash([two, one]), "bad4c6294a6cf99d");
        assert_eq!(state_hash([]), "e3b0c44298fc1c14");
    }
}
