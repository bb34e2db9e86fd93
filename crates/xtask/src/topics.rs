//! Creates the topics that are missing, as `contracts::topics` lays them out.

use bus::BusSettings;
use contracts::topics::Topic;

use crate::settings::Settings;

/// Makes what is missing on `KAFKA_BROKERS`; topics that exist are left as they are.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut broker = BusSettings::new(settings.need("KAFKA_BROKERS")?, "xtask");
    broker.username = settings.get("KAFKA_USERNAME").map(str::to_owned);
    broker.password = settings.get("KAFKA_PASSWORD").map(Into::into);
    broker.ca_cert = settings.get("KAFKA_CA_CERT").map(str::to_owned);
    settings.get("KAFKA_TOPIC_PREFIX").unwrap_or_default().clone_into(&mut broker.topic_prefix);
    let replication = settings.get("KAFKA_REPLICATION_FACTOR").unwrap_or("1").parse()?;
    let created = bus::ensure_topics(&broker, &Topic::ALL.map(Topic::spec), replication).await?;
    for name in &created {
        println!("created topic {name}");
    }
    if created.is_empty() {
        println!("all {} topics exist", Topic::ALL.len());
    }
    Ok(())
}
