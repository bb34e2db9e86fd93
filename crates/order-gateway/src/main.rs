//! Starts order-gateway: see the crate's documentation for what it does.

use std::time::Duration;

use chassis::settings::Command;
use chassis::{Lifecycle, settings, telemetry};
use order_gateway::config::{self, Config};
use order_gateway::service::Service;

const GRACE: Duration = Duration::from_secs(40);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = settings::command(&config::ABOUT);
    let config = Config::from_env()?;
    match command {
        // it keeps nothing, so there is nothing to migrate
        Command::CheckConfig | Command::Migrate => return Ok(()),
        Command::Serve | Command::Other(..) => {}
    }
    telemetry::init("order-gateway", config.log_format, &config.rust_log)?;
    let lifecycle = Lifecycle::new(GRACE);

    let service = Service::bind(&config).await?;
    let at = service.addresses()?;
    tracing::info!(grpc.addr = %at.grpc, rest.addr = %at.rest, "order-gateway listens");
    service.start(&lifecycle);

    lifecycle.run_until_stopped().await
}
