//! `menu-events`: revisions of the menu; clients fetch the menu itself.

use bus::Message;
use contracts::events::v1::MenuEvent;
use prost::Message as _;

use crate::app::hub::Hub;

/// Tells everybody that there is a new menu.
pub fn hear(message: &Message, hub: &Hub) {
    match MenuEvent::decode(message.payload.clone()) {
        Ok(event) => {
            let at = event.at.and_then(|at| at.try_into().ok()).unwrap_or(message.timestamp);
            hub.menu(event.revision, at);
        }
        Err(error) => {
            tracing::error!(%error, offset = message.offset, "a menu event is passed over: {error}");
            metrics::counter!("ws_events_unreadable_total", "topic" => "menu-events").increment(1);
        }
    }
}
