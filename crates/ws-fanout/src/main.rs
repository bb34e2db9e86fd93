//! Starts the live streams.

use std::time::Duration;

use chassis::settings::{self, Command};
use chassis::{Lifecycle, telemetry};
use ws_fanout::config::{ABOUT, Config, SERVICE};
use ws_fanout::service::Service;

/// How long parts may take to end.
const GRACE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = settings::command(&ABOUT);
    let config = Config::from_env()?;
    telemetry::init(SERVICE, config.log_format, &config.rust_log)?;

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
