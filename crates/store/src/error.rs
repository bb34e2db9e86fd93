//! What can go wrong with PostgreSQL, and whether another try may cure it.

use std::error::Error;

use diesel::result::{DatabaseErrorKind as Db, Error as Sql};
use domain::error::{ErrorKind, ServiceError};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection in time.
    #[error("no connection to PostgreSQL")]
    Pool(#[source] Box<dyn Error + Send + Sync>),
    /// A query failed.
    #[error("PostgreSQL did not carry out a query")]
    Query(#[from] Sql),
    /// A row that the domain refuses: a fault of ours to look at, nobody's request.
    #[error("row {row} of {table} is corrupt: {reason}")]
    Corrupt {
        /// Whose row.
        table: &'static str,
        /// Which row.
        row: String,
        /// What the domain says.
        reason: String,
    },
}

impl StoreError {
    /// A row that the domain refuses.
    pub fn corrupt(table: &'static str, row: impl std::fmt::Display, reason: impl std::fmt::Display) -> Self {
        Self::Corrupt { table, row: row.to_string(), reason: reason.to_string() }
    }

    /// Whether a row of that unique key exists already.
    pub const fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Query(Sql::DatabaseError(Db::UniqueViolation, _)))
    }
}

impl ServiceError for StoreError {
    /// In doubt another try: it costs a second, a lost order costs a guest.
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Pool(_) => ErrorKind::Unavailable,
            Self::Query(Sql::DatabaseError(
                Db::UniqueViolation
                | Db::ForeignKeyViolation
                | Db::NotNullViolation
                | Db::CheckViolation
                | Db::ExclusionViolation
                | Db::RestrictViolation,
                _,
            )) => ErrorKind::Internal,
            Self::Query(
                Sql::DatabaseError(..)
                | Sql::BrokenTransactionManager
                | Sql::RollbackErrorOnCommit { .. }
                | Sql::RollbackTransaction,
            ) => ErrorKind::Unavailable,
            Self::Query(_) | Self::Corrupt { .. } => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self.kind() {
            ErrorKind::Unavailable => "DEPENDENCY_DOWN",
            _ => "INTERNAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: Db) -> StoreError {
        Sql::DatabaseError(kind, Box::new("as PostgreSQL put it".to_owned())).into()
    }

    #[test]
    fn what_another_try_may_cure_is_unavailable() {
        // a deadlock and a server that shuts down both arrive as `Unknown`
        for kind in [Db::Unknown, Db::SerializationFailure, Db::ClosedConnection] {
            assert_eq!(said(kind).kind(), ErrorKind::Unavailable);
        }
        assert_eq!(said(Db::CheckViolation).kind(), ErrorKind::Internal);
        assert_eq!(StoreError::from(Sql::NotFound).kind(), ErrorKind::Internal);
    }

    #[test]
    fn a_client_reads_neither_query_nor_row() {
        let corrupt = StoreError::corrupt("orders", 7, "status is cold");

        assert_eq!(corrupt.public_message(), "internal error");
        assert!(!said(Db::Unknown).public_message().contains("as PostgreSQL put it"));
        assert!(said(Db::UniqueViolation).is_unique_violation());
    }
}
