//! A record of `pizza-orders` on its way into the tables.

use bus::Message;
use contracts::record::{self, Accepted, BadRecord};

use crate::storage::NewOrder;

/// Reads a record, and keeps it to the byte.
pub fn accepted(message: &Message) -> Result<NewOrder, BadRecord> {
    let read = record::accepted(&message.payload, message.schema_version())?;
    let Accepted { id, created_at, branch, business_date, slot_start, slot_end, visible_at, items, order } =
        read;
    let bytes = message.payload.to_vec();
    Ok(NewOrder {
        id,
        created_at,
        branch,
        business_date,
        slot_start,
        slot_end,
        visible_at,
        items,
        record: order,
        bytes,
    })
}
