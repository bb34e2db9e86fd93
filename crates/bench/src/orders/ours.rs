//! The system, with slots that never fill up.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use testkit::{BRANCH_MAIN, System, SystemSettings};

use super::customers::Customers;
use crate::run::place::SERVERS;

/// Neither has a part in taking an order.
const BEHIND_THE_LOG: [&str; 2] = ["order-consumer", "ws-fanout"];
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest that there is.
const LIMIT_ROUBLES: u32 = 10_000_000;

/// The system with its customers.
pub struct Ours {
    /// All services, on the servers' processor.
    pub system: System,
    /// Those who order.
    pub customers: Customers,
}

impl Ours {
    /// Starts everything.
    pub async fn start() -> anyhow::Result<Self> {
        let settings = SystemSettings { log: "info", processors: Some(SERVERS), ..SystemSettings::default() };
        let system = System::with(settings).await;
        raise_limits(&system).await?;
        let customers = Customers::connect(&system.grpc("order-gateway")).await?;
        Ok(Self { system, customers })
    }

    /// Stops whoever works on orders after they were acknowledged.
    pub fn rest_behind_the_log(&mut self) {
        for name in BEHIND_THE_LOG {
            self.system.terminate(name);
        }
    }

    /// Whether whoever works on orders after they were acknowledged is there.
    pub fn is_whole(&mut self) -> bool {
        BEHIND_THE_LOG.iter().all(|name| self.system.is_alive(name))
    }
}

/// The largest limit in roubles, none else, and a kitchen that sees an order at once.
async fn raise_limits(system: &System) -> anyhow::Result<()> {
    let config = json!({
        "branch_id": BRANCH_MAIN,
        "limit_roubles": LIMIT_ROUBLES,
        "lead_minutes": 240,
        "min_lead_minutes": 0,
        "horizon_days": 30,
        "clear": ["limit_orders", "limit_units", "limit_work_seconds", "limit_oven_places", "limit_deliveries",
            "max_shift_minutes"],
    });
    let answer = reqwest::Client::new()
        .put(system.rest("/api/v1/erp/slots/config"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", system.keys.token("manager", BRANCH_MAIN)))
        .timeout(PATIENCE)
        .body(config.to_string())
        .send()
        .await
        .context("setting the limits of slots")?;
    let status = answer.status();
    let said: Value = serde_json::from_str(&answer.text().await?)?;
    ensure!(status.is_success(), "the limits of slots could not be set: {status} {said}");
    Ok(())
}
