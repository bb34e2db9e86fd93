//! Starts slot-scheduler: see the crate's documentation for what it does.

use std::time::Duration;

use chassis::settings::Command;
use chassis::{Lifecycle, settings, telemetry};
use slot_scheduler::config::{self, Config};
use slot_scheduler::service::Service;
use slot_scheduler::storage;

const GRACE: Duration = Duration::from_secs(25);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = settings::command(&config::ABOUT);
    let config = Config::from_env()?;
    match command {
        Command::CheckConfig => return Ok(()),
        Command::Migrate => {
            store::migrate::run(&config.store(), storage::MIGRATIONS).await?;
            return Ok(());
        }
        Command::Serve | Command::Other(..) => {}
    }
    telemetry::init("slot-scheduler", config.log_format, &config.rust_log)?;
    let lifecycle = Lifecycle::new(GRACE);

    let service = Service::bind(config).await?;
    tracing::info!(grpc.addr = %service.grpc_addr()?, "slot-scheduler listens");
    service.start(&lifecycle);

    lifecycle.run_until_stopped().await
}
