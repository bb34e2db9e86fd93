//! The schema belongs to the program: brought to its version by `migrate`, refused by `serve` when it differs.

use std::collections::BTreeSet;

use diesel::migration::{Migration, MigrationSource as _};
use diesel::pg::Pg;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _};
use domain::error::{ErrorKind, ServiceError};

use crate::connection::connect;
use crate::error::StoreError;
use crate::settings::StoreSettings;

/// Why a schema is not what the program needs.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// PostgreSQL does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The schema is older than the program.
    #[error("schema {schema} lacks the migrations {}: run `migrate` first", .versions.join(", "))]
    Pending {
        /// Whose tables.
        schema: &'static str,
        /// What is missing.
        versions: Vec<String>,
    },
    /// The schema is newer than the program.
    #[error("schema {schema} has migrations this program does not know: {}", .versions.join(", "))]
    Unknown {
        /// Whose tables.
        schema: &'static str,
        /// What is beyond the program.
        versions: Vec<String>,
    },
    /// A migration failed, and is undone.
    #[error("a migration of schema {schema} failed")]
    Failed {
        /// Whose tables.
        schema: &'static str,
        /// What PostgreSQL said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ServiceError for MigrateError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Pending { .. } | Self::Unknown { .. } | Self::Failed { .. } => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Store(error) => error.reason(),
            Self::Pending { .. } | Self::Unknown { .. } | Self::Failed { .. } => "INTERNAL",
        }
    }
}

/// Makes the schema and brings it to this version; answers the versions that were applied now. Several
/// programs may start it at once: one migrates, the others wait and find nothing left to do.
pub async fn run(
    settings: &StoreSettings,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, MigrateError> {
    let mut conn = connect(settings).await?;
    prepare(&mut conn, settings.schema).await?;
    let schema = settings.schema;
    in_harness(conn, schema, move |harness| {
        let known = Versions::compare(harness, &migrations)?;
        known.refuse_unknown(schema)?;
        let applied = harness.run_pending_migrations(migrations).map_err(|source| failed(schema, source))?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
    .await
}

/// Refuses a schema that is older or newer than the program.
pub async fn check(settings: &StoreSettings, migrations: EmbeddedMigrations) -> Result<(), MigrateError> {
    let conn = connect(settings).await?;
    let schema = settings.schema;
    in_harness(conn, schema, move |harness| {
        let versions = Versions::compare(harness, &migrations)?;
        versions.refuse_unknown(schema)?;
        versions.refuse_pending(schema)
    })
    .await
}

type Harness = AsyncConnectionWrapper<AsyncPgConnection>;

/// Locks out other migrators until the connection ends, and makes the schema.
async fn prepare(conn: &mut AsyncPgConnection, schema: &str) -> Result<(), StoreError> {
    let words = format!(
        "SET statement_timeout TO 0; SET idle_in_transaction_session_timeout TO 0; \
         SELECT pg_advisory_lock(hashtextextended('{schema}:migrate', 0)); \
         CREATE SCHEMA IF NOT EXISTS \"{schema}\""
    );
    Ok(conn.batch_execute(&words).await?)
}

/// diesel's migrations are synchronous, so they run beside the runtime.
async fn in_harness<T: Send + 'static>(
    conn: AsyncPgConnection,
    schema: &'static str,
    work: impl FnOnce(&mut Harness) -> Result<T, MigrateError> + Send + 'static,
) -> Result<T, MigrateError> {
    tokio::task::spawn_blocking(move || work(&mut Harness::from(conn)))
        .await
        .map_err(|panic| failed(schema, Box::new(panic)))?
}

fn failed(schema: &'static str, source: Box<dyn std::error::Error + Send + Sync>) -> MigrateError {
    MigrateError::Failed { schema, source }
}

struct Versions {
    unknown: Vec<String>,
    pending: Vec<String>,
}

impl Versions {
    fn compare(harness: &mut Harness, migrations: &EmbeddedMigrations) -> Result<Self, MigrateError> {
        let broken = |source| MigrateError::Failed { schema: "", source };
        let own: Vec<Box<dyn Migration<Pg>>> = migrations.migrations().map_err(broken)?;
        let own: BTreeSet<String> = own.iter().map(|one| one.name().version().to_string()).collect();
        let applied = harness.applied_migrations().map_err(broken)?;
        let applied: BTreeSet<String> = applied.iter().map(ToString::to_string).collect();
        Ok(Self {
            unknown: applied.difference(&own).cloned().collect(),
            pending: own.difference(&applied).cloned().collect(),
        })
    }

    fn refuse_unknown(&self, schema: &'static str) -> Result<(), MigrateError> {
        if self.unknown.is_empty() {
            return Ok(());
        }
        Err(MigrateError::Unknown { schema, versions: self.unknown.clone() })
    }

    fn refuse_pending(self, schema: &'static str) -> Result<(), MigrateError> {
        if self.pending.is_empty() {
            Ok(())
        } else {
            Err(MigrateError::Pending { schema, versions: self.pending })
        }
    }
}
