//! What can go wrong with Redis.

use domain::{ErrorKind, ServiceError};

/// A command that Redis did not carry out, or not as far as we know.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It does not answer, or answers an error.
    #[error("redis does not answer")]
    Down(#[source] redis::RedisError),
    /// It holds a value that we have not written like this.
    #[error("redis holds something unreadable under {key}")]
    Unreadable {
        /// Where.
        key: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl From<redis::RedisError> for CacheError {
    fn from(error: redis::RedisError) -> Self {
        Self::Down(error)
    }
}

impl ServiceError for CacheError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Down(_) => ErrorKind::Unavailable,
            Self::Unreadable { .. } => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Down(_) => "DEPENDENCY_DOWN",
            Self::Unreadable { .. } => "INTERNAL",
        }
    }
}
