//! A tablet that resumes lacks no frame, has none twice, and never sees another branch's order.

use std::time::Duration;

use contracts::order::PizzaOrderRequest;
use serde_json::Value;
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, System, Tablet};

use crate::customers::{Customer, pizza};

const SOON: Duration = Duration::from_secs(20);

fn created_id(frame: &Value) -> Option<String> {
    (frame["type"] == "order:created").then(|| frame["data"]["order"]["id"].as_str().unwrap().to_owned())
}

/// Ids of the orders that appear, in order, until `count` have.
async fn appearing(tablet: &mut Tablet, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        ids.extend(created_id(&tablet.next(SOON).await));
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_that_was_away_gets_exactly_what_it_missed_even_from_a_restarted_server() {
    let mut system = System::start().await;
    let (customer, manager) = (Customer::of(&system), system.keys.token("manager", BRANCH_MAIN));
    let mut screen = Tablet::connect(&system.dashboard_url(), &manager).await;
    screen.until(SOON, |frame| frame["type"] == "snapshot").await;
    customer.place("seen", pizza("Маргарита", 1), SOON).await;
    appearing(&mut screen, 1).await;
    let seqs = screen.seqs();
    drop(screen);

    let mut missed = Vec::new();
    for number in 0..20 {
        missed.push(customer.place(&format!("missed-{number}"), pizza("Маргарита", 1), SOON).await.order_id);
    }
    for restarted in [false, true] {
        if restarted {
            system.kill("ws-fanout");
            system.resume("ws-fanout");
            system.ready("ws-fanout").await;
        }
        let (mut screen, hello) = Tablet::resume(&system.dashboard_url(), &manager, &seqs).await;
        assert_eq!(hello["resumed"], true, "{hello}");

        let mut shown = appearing(&mut screen, missed.len()).await;

        shown.sort();
        let mut expected = missed.clone();
        expected.sort();
        assert_eq!(shown, expected, "restarted: {restarted}");
        let extra = screen.try_next(Duration::from_millis(500)).await;
        assert!(extra.as_ref().and_then(created_id).is_none(), "one frame too many: {extra:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_never_sees_another_branchs_order() {
    let system = System::start().await;
    let customer = Customer::of(&system);
    let mut here =
        Tablet::connect(&system.dashboard_url(), &system.keys.token("manager", BRANCH_NOVOSIBIRSK)).await;
    here.until(SOON, |frame| frame["type"] == "snapshot").await;

    for number in 0..10 {
        customer.place(&format!("there-{number}"), pizza("Маргарита", 1), SOON).await;
    }
    let own =
        PizzaOrderRequest { branch_id: BRANCH_NOVOSIBIRSK.to_owned(), ..pizza("Маргарита", 1) };
    let own = customer.place("here", own, SOON).await;

    assert_eq!(appearing(&mut here, 1).await, [own.order_id]);
}
