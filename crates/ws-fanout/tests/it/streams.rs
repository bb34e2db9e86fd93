//! What is told to whom.

use std::time::Duration;

use chassis::{Clock as _, SystemClock};
use contracts::events::v1::order_event::Type;
use contracts::events::v1::slot_event::What;
use contracts::events::v1::{MenuEvent, SlotEvent};
use contracts::order::PizzaOrder;
use contracts::slots::v1::{Slot, SlotOrder};
use contracts::topics::Topic;
use prost::Message as _;
use testkit::Tablet;

use crate::stage::{MAIN, OTHER, PATIENCE, Stage, event, moved, order, orders, snapshot, told};

/// Long enough for a frame that should not come; a marker frame behind it proves that it would have.
const NOTHING: Duration = Duration::from_millis(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_tablet_learns_of_an_order_when_it_becomes_visible_a_dashboard_at_once() {
    let stage = Stage::start(vec![]).await;
    let (mut tablet, mut dashboard) = (stage.tablet().await, stage.dashboard().await);
    let (now, later) = (order("pending", true), order("pending", false));
    let visible = PizzaOrder { shown: true, ..moved(&later, "pending") };

    stage.tell(Type::Created, "", &later).await;
    stage.tell(Type::Created, "", &now).await;
    stage.tell(Type::Visible, "", &visible).await;
    stage.tell(Type::StatusChanged, "pending", &moved(&visible, "preparing")).await;

    let first = tablet.next(PATIENCE).await;
    assert_eq!((told(&first), &first["data"]["order"]["id"]), (("order:created", 1), &now.id.clone().into()));
    assert_eq!(first["branch_id"], MAIN);
    assert_eq!(first["trace"].as_str().unwrap().len(), 32);
    assert!(first["seq"].as_str().unwrap().contains(':'));
    assert_eq!(told(&tablet.next(PATIENCE).await), ("order:created", 2));
    let change = tablet.next(PATIENCE).await;
    assert_eq!(told(&change), ("order:status:changed", 3));
    assert_eq!(change["data"]["change"]["from"], "pending");
    assert_eq!(change["data"]["change"]["to"], "preparing");
    assert!(change["data"]["change"]["actor"].is_null());

    assert_eq!(told(&dashboard.next(PATIENCE).await), ("order:created", 1));
    assert_eq!(told(&dashboard.next(PATIENCE).await), ("order:created", 1));
    let visible = dashboard.next(PATIENCE).await;
    assert_eq!(
        (told(&visible), &visible["data"]["change"]["kind"]),
        (("order:status:changed", 2), &"visible".into())
    );
    let change = dashboard.next(PATIENCE).await;
    assert_eq!(
        (told(&change), &change["data"]["change"]["actor"]),
        (("order:status:changed", 3), &"staff:7".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_an_unknown_schema_version_is_not_guessed_at() {
    let stage = Stage::start(vec![]).await;
    let mut tablet = stage.tablet().await;
    let (later, known) = (order("pending", true), order("pending", true));
    let mut of_a_later_version = event(Type::Created, "", &later);
    of_a_later_version.extra_headers.push(("schema-version".to_owned(), "2".to_owned()));

    stage.tell_all(vec![of_a_later_version, event(Type::Created, "", &known)]).await;

    assert_eq!(tablet.next(PATIENCE).await["data"]["order"]["id"], known.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_4_a_cooks_frame_of_a_delivery_order_has_no_phone_address_or_payment() {
    let stage = Stage::start(vec![]).await;
    let (mut tablet, mut dashboard) = (stage.tablet().await, stage.dashboard().await);
    let delivery = PizzaOrder {
        customer_phone: "+79990001122".to_owned(),
        delivery_address: "Lenina 1".to_owned(),
        payment_method: "cash".to_owned(),
        ..order("pending", true)
    };

    stage.tell(Type::Created, "", &delivery).await;

    let cooks = tablet.next(PATIENCE).await;
    for field in ["customer_phone", "delivery_address", "payment_method", "customer_last_name"] {
        assert!(cooks["data"]["order"][field].is_null(), "{field}");
    }
    assert!(!cooks.to_string().contains("9990001122") && !cooks.to_string().contains("Lenina"));
    assert_eq!(dashboard.next(PATIENCE).await["data"]["order"]["delivery_address"], "Lenina 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_foreign_branch_is_ever_seen() {
    let foreign = PizzaOrder { branch_id: OTHER.to_owned(), ..order("pending", true) };
    let stage = Stage::start(vec![foreign.clone()]).await;
    let (mut tablet, mut dashboard) = (stage.tablet().await, stage.dashboard().await);
    let own = order("pending", true);

    stage.tell(Type::StatusChanged, "pending", &moved(&foreign, "cooking")).await;
    stage.tell(Type::Created, "", &PizzaOrder { id: order("", true).id, ..foreign.clone() }).await;
    stage.tell(Type::Created, "", &own).await;

    for client in [&mut tablet, &mut dashboard] {
        assert_eq!(client.next(PATIENCE).await["data"]["order"]["id"], own.id);
        let ping = client.until(PATIENCE, |frame| frame["type"] == "ping").await;
        let hashes = ping["data"]["hash"].as_object().unwrap();
        assert_eq!(hashes.keys().collect::<Vec<_>>(), [MAIN]);
        assert!(client.try_next(NOTHING).await.is_none());
    }
    let mut fresh = stage.connect(&stage.tablet_url(), &stage.cook()).await;
    assert_eq!(orders(&snapshot(&mut fresh).await), [(own.id, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_wide_dashboard_sees_branches_that_appear_later() {
    let stage = Stage::start(vec![]).await;
    let mut dashboard = stage.connect(&stage.dashboard_url(), &stage.keys.chain_token("admin")).await;
    assert!(snapshot(&mut dashboard).await["seqs"].as_array().unwrap().len() > 1);

    let new = PizzaOrder { branch_id: OTHER.to_owned(), ..order("pending", true) };
    stage.tell(Type::Created, "", &new).await;

    assert_eq!(dashboard.next(PATIENCE).await["branch_id"], OTHER);
    let counts_it = dashboard.until(PATIENCE, |frame| frame["type"] == "ping").await;
    assert!(counts_it["data"]["hash"][OTHER].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_and_the_menu_are_told_with_their_whole_state_now_and_to_those_who_come_later() {
    let stage = Stage::start(vec![]).await;
    let mut tablet = stage.tablet().await;
    let slot = Slot {
        slot_id: "s1".to_owned(),
        current_load: 500,
        orders: vec![SlotOrder::default()],
        ..Slot::default()
    };
    let of = |branch: &str, slot: &Slot| SlotEvent {
        branch_id: branch.to_owned(),
        at: Some(SystemClock.now().into()),
        what: Some(What::SlotChanged(slot.clone())),
        ..SlotEvent::default()
    };
    let menu = MenuEvent { revision: 7, ..MenuEvent::default() };

    stage.publish(Topic::SlotEvents, OTHER, of(OTHER, &slot).encode_to_vec()).await;
    stage.publish(Topic::SlotEvents, MAIN, of(MAIN, &slot).encode_to_vec()).await;
    let now = tablet.until(PATIENCE, |frame| frame["type"] == "slot:changed").await;
    stage.publish(Topic::MenuEvents, "menu", menu.encode_to_vec()).await;
    let revision = tablet.until(PATIENCE, |frame| frame["type"] == "menu:updated").await;
    let mut later = stage.tablet().await;

    assert_eq!((&now["branch_id"], &now["data"]["slot"]["slot_id"]), (&MAIN.into(), &"s1".into()));
    assert!(now["seq"].is_null() && now["data"]["slot"]["orders"].as_array().is_none_or(Vec::is_empty));
    assert_eq!(revision["data"]["revision"], 7);
    assert_eq!(kinds(&mut later, 2).await, ["slot:changed", "menu:updated"]);
}

async fn kinds(tablet: &mut Tablet, count: usize) -> Vec<String> {
    let mut kinds = Vec::new();
    for _ in 0..count {
        kinds.push(tablet.next(PATIENCE).await["type"].as_str().unwrap().to_owned());
    }
    kinds
}
