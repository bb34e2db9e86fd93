//! The schema belongs to the program: brought to its version by `migrate`, refused by `serve` when it differs.

use std::collections::BTreeSet;
use std::time::Duration;

use chassis::Backoff;
use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource as _, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _};
use domain::error::{ErrorKind, ServiceError};
use tokio_util::sync::CancellationToken;

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
    Versions::compare(&mut conn, schema, &migrations).await?.refuse_unknown(schema)?;
    // diesel's migrations are synchronous, so they run beside the runtime
    let migrating = tokio::task::spawn_blocking(move || {
        let applied = Harness::from(conn).run_pending_migrations(migrations).map(|versions| texts(&versions));
        applied.map_err(|source| MigrateError::Failed { schema, source })
    });
    migrating.await.map_err(|panic| MigrateError::Failed { schema, source: Box::new(panic) })?
}

/// Refuses a schema that is older or newer than the program. Only looks.
pub async fn check(settings: &StoreSettings, migrations: EmbeddedMigrations) -> Result<(), MigrateError> {
    let mut conn = connect(settings).await?;
    let versions = Versions::compare(&mut conn, settings.schema, &migrations).await?;
    versions.refuse_unknown(settings.schema)?;
    versions.refuse_pending(settings.schema)
}

/// Waits until PostgreSQL can be asked, then refuses a schema that is not this program's. `false`: stopped before.
pub async fn until_known(
    settings: &StoreSettings,
    migrations: fn() -> EmbeddedMigrations,
    stop: &CancellationToken,
) -> Result<bool, MigrateError> {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(3));
    loop {
        match check(settings, migrations()).await {
            Ok(()) => return Ok(true),
            Err(error) if error.kind().is_retryable() => {}
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(false),
            () = backoff.pause() => {}
        }
    }
}

/// The same as a part of a service: ends, and with it the service, when the schema is another one.
pub async fn watch(
    settings: StoreSettings,
    migrations: fn() -> EmbeddedMigrations,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    until_known(&settings, migrations, &stop).await?;
    stop.cancelled().await;
    Ok(())
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

fn texts(versions: &[MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

struct Versions {
    unknown: Vec<String>,
    pending: Vec<String>,
}

impl Versions {
    async fn compare(
        conn: &mut AsyncPgConnection,
        schema: &'static str,
        migrations: &EmbeddedMigrations,
    ) -> Result<Self, MigrateError> {
        let own = own(schema, migrations)?;
        let applied = applied(conn).await?;
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

/// What the program brings. A migration cannot travel between threads, its version can.
fn own(schema: &'static str, migrations: &EmbeddedMigrations) -> Result<BTreeSet<String>, MigrateError> {
    let own: Vec<Box<dyn Migration<Pg>>> =
        migrations.migrations().map_err(|source| MigrateError::Failed { schema, source })?;
    Ok(own.iter().map(|one| one.name().version().to_string()).collect())
}

/// What diesel has noted as applied; nothing where it has never been.
async fn applied(conn: &mut AsyncPgConnection) -> Result<BTreeSet<String>, StoreError> {
    let found: Vec<Applied> = diesel::sql_query(
        "SELECT relname::text AS version FROM pg_class \
         WHERE oid = to_regclass('__diesel_schema_migrations')",
    )
    .load(conn)
    .await?;
    if found.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<Applied> =
        diesel::sql_query("SELECT version::text AS version FROM __diesel_schema_migrations")
            .load(conn)
            .await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
