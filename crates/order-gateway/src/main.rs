//! Starts order-gateway: see the crate's documentation for what it does.

use std::time::Duration;

use chassis::Lifecycle;
use chassis::settings::{self, Command};
use order_gateway::config::{ABOUT, Config, SERVICE};
use order_gateway::service::Service;

const GRACE: Duration = Duration::from_secs(40);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = settings::command(&ABOUT);
    let config = Config::from_env()?;
    match command {
        // it keeps nothing, so there is nothing to migrate
        Command::CheckConfig | Command::Migrate => return Ok(()),
        Command::Serve | Command::Other(..) => {}
    }
    config.process.start_telemetry(SERVICE)?;
    let lifecycle = Lifecycle::new(GRACE);

    let service = Service::bind(&config).await?;
    let at = service.addresses()?;
    tracing::info!(grpc.addr = %at.grpc, rest.addr = %at.rest, "{SERVICE} listens");
    service.start(&lifecycle);

    lifecycle.run_until_stopped().await
}
