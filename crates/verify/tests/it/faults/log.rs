//! Faults on the topics. They stay, so each one adds to what those before it have broken.

use bus::OutRecord;
use contracts::events::v1::{OrderEvent, order_event};
use contracts::order::PizzaOrder;
use contracts::topics::Topic;
use prost::Message as _;
use testkit::BRANCH_MAIN;
use uuid::Uuid;

use super::{Fault, Plant, fault};
use crate::day::Day;

const NOBODYS: &str = "01900000-0000-7000-8000-00000000dead";

pub fn faults(day: &Day) -> Vec<Fault> {
    let dead = fault(
        "a dead letter that nobody sent on purpose",
        record(Topic::PizzaOrdersDlq, b"no order".to_vec()),
        &["I12"],
        "1 records are dead letters instead of 0",
    );
    let event = |event_id: &str, version| OrderEvent {
        event_id: event_id.to_owned(),
        r#type: order_event::Type::StatusChanged.into(),
        branch_id: BRANCH_MAIN.to_owned(),
        order_id: day.order("large").to_owned(),
        version,
        ..OrderEvent::default()
    };
    let late = [
        fault(
            "nobody reads an event that is no event",
            record(Topic::OrderEvents, b"no event".to_vec()),
            &["I12"],
            "slot-scheduler has to read order-events/",
        ),
        fault(
            "a version was told as two events",
            record(Topic::OrderEvents, event("another", 1).encode_to_vec()),
            &["I12"],
            "was told as 2 different events",
        ),
        fault(
            "a version was told that is not stored",
            record(Topic::OrderEvents, event("later", 9).encode_to_vec()),
            &["I12"],
            "was told with the versions [9]",
        ),
        fault(
            "an accepted order is stored nowhere",
            record(
                Topic::PizzaOrders,
                PizzaOrder { id: NOBODYS.to_owned(), ..PizzaOrder::default() }.encode_to_vec(),
            ),
            &["I1", "I12"],
            "which is neither stored nor a dead letter",
        ),
    ];
    // the letter of before is expected from now on
    let expected = Fault {
        dead_letters: 1,
        ..fault("a letter that was sent on purpose", Plant::Sql(String::new()), &[], "")
    };
    let mut faults = vec![dead, expected];
    faults.extend(late.map(|fault| Fault { dead_letters: 1, ..fault }));
    faults
}

fn record(topic: Topic, payload: Vec<u8>) -> Plant {
    Plant::Log(OutRecord {
        topic,
        key: BRANCH_MAIN.to_owned(),
        payload,
        event_id: Uuid::from_u128(1),
        message: topic.message(),
        trace: None,
        extra_headers: Vec::new(),
    })
}
