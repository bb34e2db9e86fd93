//! Records that are no orders, each wrong in its own way.

use bus::OutRecord;
use chassis::{Clock as _, IdSource as _, SystemClock, SystemIds};
use contracts::events::v1::OrderEvent;
use contracts::order::PizzaOrder;
use contracts::topics::Topic;
use prost::Message as _;

/// A record as large as a producer may write: as a dead letter, with its headers, it is too large.
const LARGEST: usize = 999_800;
/// Two bytes each on the log, most of a kilobyte each once decoded.
const ITEMS: usize = 400_000;
/// An item of which nothing is said, as field 4 of an order.
const NO_ITEM: [u8; 2] = [0x22, 0x00];
/// Notes that no request is large enough to hold.
const LONG_NOTES: usize = 300 * 1024;

/// A way to be no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poison {
    /// The first third of an order.
    Truncated,
    /// Another message, in good order.
    WrongType,
    /// What a person typed.
    Text,
    /// Rubbish as large as a record may be.
    Large,
    /// A schema that this version does not know.
    FutureVersion,
    /// A name that is no UTF-8.
    BadUtf8,
    /// Somebody gets money for a pizza.
    NegativePrice,
    /// More items than anybody can carry, or decode.
    ManyItems,
    /// A text that PostgreSQL does not keep.
    Nul,
    /// An item without an id.
    NoItemId,
    /// An id without a time in it.
    NotTimed,
    /// A slot that ends before it starts.
    Backwards,
    /// A date that chrono knows and PostgreSQL does not.
    BeforeHistory,
    /// An order in good order, and larger than any.
    TooLong,
    /// More work than all slots of a year can hold.
    EndlessWork,
}

impl Poison {
    /// Every way.
    pub const ALL: [Self; 15] = [
        Self::Truncated,
        Self::WrongType,
        Self::Text,
        Self::Large,
        Self::FutureVersion,
        Self::BadUtf8,
        Self::NegativePrice,
        Self::ManyItems,
        Self::Nul,
        Self::NoItemId,
        Self::NotTimed,
        Self::Backwards,
        Self::BeforeHistory,
        Self::TooLong,
        Self::EndlessWork,
    ];

    /// A record that looks like `order` as far as it can. It has an id of its own and no key.
    pub fn record(self, order: &PizzaOrder) -> OutRecord {
        let now = SystemClock.now();
        let id = SystemIds.new_v7(now);
        let mut order = PizzaOrder {
            id: id.to_string(),
            created_at: now.timestamp_millis() * 1_000_000,
            idempotency_scope: String::new(),
            idempotency_key: String::new(),
            ..order.clone()
        };
        let mut headers = Vec::new();
        match self {
            Self::FutureVersion => headers.push(("schema-version".to_owned(), "2".to_owned())),
            Self::BadUtf8 => MARK.clone_into(&mut order.customer_first_name),
            Self::NegativePrice => make_negative(&mut order),
            Self::Nul => order.customer_phone.push('\0'),
            Self::NoItemId => order.items.iter_mut().for_each(|item| item.id.clear()),
            Self::NotTimed => "6f1c2b3a-1111-4222-8333-444455556666".clone_into(&mut order.id),
            Self::Backwards => std::mem::swap(&mut order.slot_start, &mut order.slot_end),
            Self::BeforeHistory => "-10000-01-01".clone_into(&mut order.business_date),
            Self::TooLong => order.notes = "n".repeat(LONG_NOTES),
            Self::EndlessWork => order.need.get_or_insert_default().work_seconds = i64::MAX,
            Self::Truncated | Self::WrongType | Self::Text | Self::Large | Self::ManyItems => {}
        }
        OutRecord {
            topic: Topic::PizzaOrders,
            key: id.to_string(),
            payload: self.bytes(order),
            event_id: id,
            message: Topic::PizzaOrders.message(),
            trace: None,
            extra_headers: headers,
        }
    }

    fn bytes(self, order: PizzaOrder) -> Vec<u8> {
        let mut bytes = order.encode_to_vec();
        match self {
            Self::Truncated => bytes.truncate(bytes.len() / 3),
            Self::WrongType => {
                let event =
                    OrderEvent { event_id: order.id.clone(), order: Some(order), ..OrderEvent::default() };
                bytes = event.encode_to_vec();
            }
            Self::Text => bytes = br#"{"pizza": "Margherita", "quantity": "two"}"#.to_vec(),
            Self::Large => bytes = vec![b'x'; LARGEST],
            Self::ManyItems => bytes.extend(NO_ITEM.repeat(ITEMS)),
            Self::BadUtf8 => spoil(&mut bytes),
            _ => {}
        }
        bytes
    }
}

/// A text that occurs nowhere else, to be found again in the bytes.
const MARK: &str = "Nobody-is-called-like-this";

fn spoil(bytes: &mut [u8]) {
    let at = bytes.windows(MARK.len()).position(|window| window == MARK.as_bytes());
    bytes
        .iter_mut()
        .skip(at.expect("the name is in the record"))
        .take(MARK.len())
        .for_each(|byte| *byte = 0xff);
}

/// The sums agree: only the sign is wrong.
fn make_negative(order: &mut PizzaOrder) {
    for item in &mut order.items {
        item.price = -item.price;
    }
    order.total_price = -order.total_price;
    order.final_price = order.total_price - order.discount_amount + order.delivery_fee;
}

#[cfg(test)]
mod tests {
    use contracts::order::PizzaItem;
    use contracts::record::accepted;

    use super::*;

    fn model() -> PizzaOrder {
        let item = PizzaItem {
            id: "019c1a00-0000-7000-8000-0000000000a1".to_owned(),
            price: 748,
            quantity: 2,
            ..PizzaItem::default()
        };
        PizzaOrder {
            id: "019c1a00-0000-7000-8000-000000000001".to_owned(),
            branch_id: "01900000-0000-7000-8000-000000000001".to_owned(),
            status: "pending".to_owned(),
            business_date: "2026-02-01".to_owned(),
            visible_at: "2026-02-01T10:15:00.000Z".to_owned(),
            slot_start: 1_769_942_700,
            slot_end: 1_769_943_600,
            items: vec![item],
            total_price: 1_496,
            final_price: 1_496,
            ..PizzaOrder::default()
        }
    }

    #[test]
    fn the_model_is_an_order_and_no_poison_is() {
        assert!(accepted(&model().encode_to_vec(), 1).is_ok());
        for poison in Poison::ALL {
            let record = poison.record(&model());
            let version = record.extra_headers.iter().find(|(name, _)| name == "schema-version");
            let version = version.map_or(1, |(_, version)| version.parse().unwrap());

            assert!(accepted(&record.payload, version).is_err(), "{poison:?}");
            assert!(record.payload.len() <= LARGEST, "{poison:?}");
        }
    }
}
