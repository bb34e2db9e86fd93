//! Starts the live streams.

use std::time::Duration;

use chassis::Lifecycle;
use chassis::settings::{self, Command};
use ws_fanout::config::{ABOUT, Config, SERVICE};
use ws_fanout::service::Service;

/// How long parts may take to end.
const GRACE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = settings::command(&ABOUT);
    let config = Config::from_env()?;
    config.process.start_telemetry(SERVICE)?;

    match command {
        Command::Serve => {
            let lifecycle = Lifecycle::new(GRACE);
            let service = Service::bind(&config).await?;
            let addresses = service.addresses()?;
            tracing::info!(sockets = %addresses.sockets, ops = %addresses.ops, "{SERVICE} listens at {}", addresses.sockets);
            service.start(&lifecycle);
            lifecycle.run_until_stopped().await
        }
        // there is no database to migrate
        Command::CheckConfig | Command::Migrate | Command::Other(..) => Ok(()),
    }
}
