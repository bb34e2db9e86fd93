//! `slot-events`: slots and their settings, told with their whole state.

use bus::Message;
use contracts::events::v1::SlotEvent;
use contracts::events::v1::slot_event::What;
use prost::Message as _;

use crate::app::frame;
use crate::app::hub::Hub;

/// The key under which a branch's settings hang beside its slots; no slot is called so.
const SETTINGS: &str = "settings";

/// Tells a branch about one slot, or about its slot settings.
pub fn hear(message: &Message, hub: &Hub) {
    let event = SlotEvent::decode(message.payload.clone()).ok();
    let Some((branch, event)) = event.and_then(|event| Some((event.branch_id.parse().ok()?, event))) else {
        tracing::error!(offset = message.offset, "a slot event cannot be read, it is passed over");
        metrics::counter!("ws_events_unreadable_total", "topic" => "slot-events").increment(1);
        return;
    };
    let at = event.at.and_then(|at| at.try_into().ok()).unwrap_or(message.timestamp);
    match event.what {
        Some(What::SlotChanged(slot)) => {
            let text = frame::slot(branch, &slot, at);
            hub.slot(branch, slot.slot_id, &text, at);
        }
        Some(What::ConfigChanged(config)) => {
            hub.slot(branch, SETTINGS.to_owned(), &frame::slot_config(branch, &config, at), at);
        }
        // the calendar concerns nobody who looks at a board
        Some(What::BranchChanged(_)) | None => {}
    }
}
