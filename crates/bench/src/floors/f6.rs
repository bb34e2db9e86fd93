//! F6: the skeleton of an order's way to a tablet. An order goes onto the log, is drained from it, written to
//! PostgreSQL in one statement with whatever else waits, told to a second log, read from there and sent to the tablets.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use contracts::order::{PizzaOrder, PizzaOrderRequest};
use futures_util::FutureExt as _;
use prost::Message as _;
use rdkafka::Message as _;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::OwnedMessage;
use rdkafka::producer::FutureProducer;
use tokio_postgres::{Client, NoTls, Statement};
use tonic::Status;

use super::f0::one_pizza;
use super::f1::new_id;
use super::f2::Log;
use super::kafka;
use super::order_door::{Step, serve};
use super::rail::Rail;

/// As many as ours.
const BATCH: usize = 500;
const TABLE: &str = "CREATE TABLE IF NOT EXISTS floor_orders (id uuid PRIMARY KEY, record bytea NOT NULL)";
const INSERT: &str =
    "INSERT INTO floor_orders SELECT * FROM unnest($1::text[]::uuid[], $2::bytea[]) ON CONFLICT DO NOTHING";

/// `floor f6 DATABASE BROKERS ORDERS EVENTS TABLETS`: two topics and the port for tablets.
pub async fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [database, brokers, orders, events, tablets] = arguments else {
        bail!("f6 DATABASE BROKERS ORDERS EVENTS TABLETS")
    };
    let rail = Arc::new(Rail::new());
    let store = Store::open(database, brokers, orders, events).await?;
    let heard = reader(brokers, events)?;
    tokio::spawn(Arc::clone(&rail).serve(tablets.parse().context("a port")?));
    tokio::spawn(end_on_failure(store.run()));
    tokio::spawn(end_on_failure(tell(heard, rail)));
    serve(Written { order: one_pizza(), log: Log::open(brokers, orders)? }).await
}

/// A floor of which one part has failed measures nothing.
async fn end_on_failure(part: impl Future<Output = anyhow::Result<()>>) {
    if let Err(error) = part.await {
        eprintln!("floor f6: {error:#}");
        std::process::exit(1);
    }
}

struct Written {
    order: PizzaOrder,
    log: Log,
}

impl Step for Written {
    async fn take(&self, _: &PizzaOrderRequest) -> Result<PizzaOrder, Status> {
        let order = PizzaOrder { id: new_id(), ..self.order.clone() };
        self.log.write(&order).await?;
        Ok(order)
    }
}

/// From the log into the table, and from there to the second log.
struct Store {
    reader: StreamConsumer,
    client: Client,
    insert: Statement,
    producer: FutureProducer,
    events: String,
}

impl Store {
    async fn open(database: &str, brokers: &str, orders: &str, events: &str) -> anyhow::Result<Self> {
        let (client, connection) = tokio_postgres::connect(database, NoTls).await.context("PostgreSQL")?;
        tokio::spawn(connection);
        client.batch_execute(TABLE).await.context("the table")?;
        let insert = client.prepare(INSERT).await.context("the statement")?;
        let producer = kafka::producer(brokers)?;
        kafka::warm_up(&producer, events)?;
        Ok(Self { reader: reader(brokers, orders)?, client, insert, producer, events: events.to_owned() })
    }

    async fn run(self) -> anyhow::Result<()> {
        loop {
            let batch = drain(&self.reader).await?;
            let (ids, records): (Vec<&str>, Vec<&[u8]>) = batch.iter().filter_map(row).unzip();
            self.client.execute(&self.insert, &[&ids, &records]).await.context("writing orders")?;
            let mut underway = Vec::with_capacity(batch.len());
            for record in &records {
                underway.push(kafka::enqueue(&self.producer, &self.events, "branch", record)?);
            }
            for told in underway {
                kafka::acknowledged(told).await?;
            }
            for message in &batch {
                self.reader.store_offset(message.topic(), message.partition(), message.offset())?;
            }
        }
    }
}

/// Frames for the tablets, one per order, made once.
async fn tell(reader: StreamConsumer, rail: Arc<Rail>) -> anyhow::Result<()> {
    loop {
        for message in drain(&reader).await? {
            let order = PizzaOrder::decode(message.payload().unwrap_or_default()).context("an order")?;
            rail.send(&frame(&order));
        }
    }
}

fn frame(order: &PizzaOrder) -> Bytes {
    let item = &order.items[0];
    let text = format!(
        r#"{{"type":"order:created","seq":"0:1","data":{{"order":{{"id":"{}","display_id":"{}","branch_id":"{}","status":"{}","channel":"{}","items":[{{"id":"{}","pizza_name":"{}","quantity":{}}}],"notes":"{}","visible_at":"{}","pad":"{:900}"}}}}}}"#,
        order.id,
        order.display_id,
        order.branch_id,
        order.status,
        order.channel,
        item.id,
        item.pizza_name,
        item.quantity,
        order.notes,
        order.visible_at,
        "",
    );
    crate::tablets::frames::framed(text.as_bytes()).into()
}

fn reader(brokers: &str, topic: &str) -> anyhow::Result<StreamConsumer> {
    let reader = kafka::consumer(brokers, &format!("{topic}.floor"), "earliest")?;
    reader.subscribe(&[topic])?;
    Ok(reader)
}

/// A record, and whatever else is there already.
async fn drain(reader: &StreamConsumer) -> anyhow::Result<Vec<OwnedMessage>> {
    let mut batch = vec![reader.recv().await?.detach()];
    while batch.len() < BATCH
        && let Some(next) = reader.recv().now_or_never()
    {
        batch.push(next?.detach());
    }
    Ok(batch)
}

fn row(message: &OwnedMessage) -> Option<(&str, &[u8])> {
    Some((std::str::from_utf8(message.key()?).ok()?, message.payload()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_names_its_order_where_ours_does() {
        let order = one_pizza();

        let frame = frame(&order);

        // two bytes of header and two of length
        let text: serde_json::Value = serde_json::from_slice(&frame[4..]).unwrap();
        assert_eq!(text["type"], "order:created");
        assert_eq!(text["data"]["order"]["id"], order.id);
    }
}
