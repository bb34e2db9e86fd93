//! What can go wrong with Redis.

use cache::CacheError;
use domain::{ErrorKind, ServiceError};

/// Redis did not answer, or not as we wrote it.
#[derive(Debug, thiserror::Error)]
pub enum SlotStoreError {
    /// It does not answer.
    #[error("the slot store does not answer")]
    Down(#[source] CacheError),
    /// It holds something that we have not written.
    #[error("the slot store holds {0} that cannot be read")]
    Unreadable(&'static str),
}

impl From<redis::RedisError> for SlotStoreError {
    fn from(error: redis::RedisError) -> Self {
        Self::Down(error.into())
    }
}

impl From<CacheError> for SlotStoreError {
    fn from(error: CacheError) -> Self {
        Self::Down(error)
    }
}

impl ServiceError for SlotStoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Down(_) => ErrorKind::Unavailable,
            Self::Unreadable(_) => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Down(_) => "SLOTS_DOWN",
            Self::Unreadable(_) => "INTERNAL",
        }
    }
}
