//! Starts slot-scheduler: see the crate's documentation for what it does.

use std::time::Duration;

use chassis::Lifecycle;
use chassis::settings::{self, Command};
use slot_scheduler::config::{ABOUT, Config, SERVICE};
use slot_scheduler::service::Service;
use slot_scheduler::storage;

const GRACE: Duration = Duration::from_secs(25);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = settings::command(&ABOUT);
    let config = Config::from_env()?;
    match command {
        Command::CheckConfig => return Ok(()),
        Command::Migrate => {
            store::migrate::run(&config.store, storage::MIGRATIONS).await?;
            return Ok(());
        }
        Command::Serve | Command::Other(..) => {}
    }
    config.process.start_telemetry(SERVICE)?;
    let lifecycle = Lifecycle::new(GRACE);

    let service = Service::bind(config).await?;
    tracing::info!(grpc.addr = %service.grpc_addr()?, "{SERVICE} listens");
    service.start(&lifecycle);

    lifecycle.run_until_stopped().await
}
