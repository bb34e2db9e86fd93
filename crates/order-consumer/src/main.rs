//! Starts the order book.

use std::time::Duration;

use chassis::Lifecycle;
use chassis::settings::{self, Command};
use order_consumer::config::{ABOUT, Config, SERVICE};
use order_consumer::replay;
use order_consumer::service::Service;
use order_consumer::storage::MIGRATIONS;

/// How long parts may take to end.
const GRACE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = settings::command(&ABOUT);
    let config = Config::from_env()?;
    config.process.start_telemetry(SERVICE)?;

    match command {
        Command::CheckConfig => Ok(()),
        Command::Migrate => {
            let applied = store::migrate::run(&config.store, MIGRATIONS).await?;
            tracing::info!(
                ?applied,
                "the schema is at this version, {} migrations were applied",
                applied.len()
            );
            Ok(())
        }
        Command::Other(_, arguments) => replay::run(&config, &arguments).await,
        Command::Serve => {
            let lifecycle = Lifecycle::new(GRACE);
            let service = Service::bind(&config).await?;
            let addresses = service.addresses()?;
            tracing::info!(grpc = %addresses.grpc, ops = %addresses.ops, "{SERVICE} listens at {}", addresses.grpc);
            service.start(&lifecycle);
            lifecycle.run_until_stopped().await
        }
    }
}
