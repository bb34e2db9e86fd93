//! Tokens that have been verified already: a signature costs more than a hash.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Caller;

const CAPACITY: usize = 4096;

/// SHA-256 of a token.
pub(super) type Key = [u8; 32];

/// A bounded memory of verified tokens; when full it forgets everything, which costs one round of signatures.
#[derive(Default)]
pub(super) struct Verified(Mutex<HashMap<Key, Caller>>);

impl Verified {
    pub(super) fn key(token: &str) -> Key {
        Sha256::digest(token.as_bytes()).into()
    }

    pub(super) fn get(&self, key: &Key) -> Option<Caller> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn keep(&self, key: Key, caller: Caller) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(key, caller);
    }
}
