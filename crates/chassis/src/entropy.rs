//! Random bits for trace ids and jitter: unpredictable enough not to collide, no secret.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// 64 random bits.
pub fn random() -> u64 {
    // every RandomState has keys of its own, seeded by the operating system
    RandomState::new().build_hasher().finish()
}
