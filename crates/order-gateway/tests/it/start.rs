//! Starting without anybody, and going on when they come.

use contracts::events::v1::MenuEvent;
use contracts::topics::Topic;
use prost::Message as _;
use testkit::{eventually, free_port};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::menu::snapshot;
use crate::mobile::margherita;
use crate::world::{Odd, SOON, World};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_menu_orders_are_refused_for_now_and_taken_once_it_is_there() {
    let world = World::with(Odd { without_menu: true, ..Odd::default() }).await;

    let refused = world.orders().create_order(margherita()).await.unwrap_err();
    let reason = refused.get_error_details().error_info().unwrap().reason.clone();
    assert_eq!((refused.code(), reason.as_str()), (Code::Unavailable, "MENU_NOT_LOADED"));
    world.menu.appear();

    world.is_ready().await;
    assert!(world.orders().create_order(margherita()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_it_starts_and_is_not_ready() {
    let brokers = Some(format!("127.0.0.1:{}", free_port()));
    let world = World::with(Odd { brokers, ..Odd::default() }).await;
    world.has_a_menu().await;

    let report = world.http.get(format!("http://{}/readyz", world.at.ops)).send().await.unwrap();

    assert_eq!(report.status().as_u16(), 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_that_is_away_is_a_503_that_says_when_to_come_again() {
    let world = World::start().await;
    world.lose_neighbours();

    eventually("the menu cannot be shown", SOON, async || {
        let answer = world.rest(reqwest::Method::GET, "/api/v1/menu").send().await.unwrap();
        answer.status().as_u16() == 503 && answer.headers().contains_key("retry-after")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_revision_on_the_log_prices_the_next_order() {
    let world = World::start().await;
    let mut dearer = snapshot(8);
    dearer.prices[0].amount = 600;
    let producer = bus::Producer::new(&world.topics.settings("menu")).unwrap();
    let event = MenuEvent { revision: 8, snapshot: Some(dearer), ..MenuEvent::default() };

    eventually("the new price holds", SOON, async || {
        // followers start at the end of the log: told again until it is heard
        let record = bus::OutRecord {
            topic: Topic::MenuEvents,
            key: "menu".to_owned(),
            payload: event.encode_to_vec(),
            event_id: uuid::Uuid::nil(),
            message: Topic::MenuEvents.message(),
            trace: None,
            extra_headers: Vec::new(),
        };
        producer.send(record).await.unwrap();
        world.orders().create_order(margherita()).await.unwrap().into_inner().final_price == 600
    })
    .await;
}
