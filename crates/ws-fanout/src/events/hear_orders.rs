//! `order-events`: what happens to orders.

use bus::{Message, UnknownSchema};
use chassis::trace;
use chrono::{DateTime, Utc};

use crate::app::heard::{Heard, Unreadable};
use crate::app::hub::Hub;
use crate::app::seq::Seq;

/// Why an event is not shown.
#[derive(Debug, thiserror::Error)]
enum PassedOver {
    #[error(transparent)]
    Schema(#[from] UnknownSchema),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Applies one event and tells everybody. A record that cannot be read is passed over: nobody could repair it.
pub fn hear(message: &Message, hub: &Hub, now: DateTime<Utc>) {
    let seq = Seq { partition: message.partition, offset: message.offset };
    let trace = message.headers.trace();
    let trace_id = trace.map(|trace| trace.trace_id_hex());
    match read(seq, trace_id, message) {
        Ok(heard) => {
            if let Some(trace) = trace {
                trace::span("show", &trace).in_scope(|| {
                    tracing::debug!(target: "orders", { %seq }, "the event at {seq} goes to the screens");
                });
            }
            let age = now - message.timestamp;
            metrics::histogram!("ws_event_age_seconds").record(age.as_seconds_f64().max(0.0));
            hub.hear(&heard, now);
        }
        Err(error) => {
            tracing::error!(%error, %seq, "the order event at {seq} is passed over: {error}");
            metrics::counter!("ws_events_unreadable_total", "topic" => "order-events").increment(1);
            hub.pass(seq);
        }
    }
}

fn read(seq: Seq, trace_id: Option<String>, message: &Message) -> Result<Heard, PassedOver> {
    let payload = message.known_payload()?.clone();
    Ok(Heard::read(seq, message.timestamp, trace_id, payload)?)
}
