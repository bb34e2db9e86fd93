//! A record of `pizza-orders` on its way into the tables.

use bus::Message;
use contracts::record::{self, BadRecord};

use crate::storage::NewOrder;

/// Reads a record, and keeps it to the byte.
pub fn accepted(message: &Message) -> Result<NewOrder, BadRecord> {
    let accepted = record::accepted(&message.payload, message.schema_version())?;
    Ok(NewOrder { accepted, bytes: message.payload.clone() })
}
