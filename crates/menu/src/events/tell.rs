//! Tells of new revisions: the outbox, in order, to `menu-events`.

use bus::Producer;
use chassis::Check;
use store::{StoreSettings, relay};
use tokio_util::sync::CancellationToken;

/// Publishes until `stop`.
pub async fn run(
    settings: StoreSettings,
    producer: Producer,
    health: Check,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    // Redis gets a revision as soon as it is in force: who starts from `menu:full` and then follows the topic from
    // its end must not fall between the two
    relay::run(settings, producer, |_published| async { Ok(()) }, health, stop).await
}
