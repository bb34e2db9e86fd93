//! Commands of clients, in their own names.

use serde_json::json;

use crate::stage::{PATIENCE, Stage, order};

const ID: &str = "019c1a00-0000-7000-8000-0000000000aa";

#[tokio::test(flavor = "multi_thread")]
async fn rts_6_a_command_sent_twice_with_one_id_gives_one_change_and_two_equal_acks() {
    let known = order("pending", true);
    let stage = Stage::start(vec![known.clone()]).await;
    let token = stage.cook();
    let mut tablet = stage.connect(&stage.tablet_url(), &token).await;
    let wish = json!({"order_id": known.id, "status": "preparing", "expected_version": 1});

    let mut answers = Vec::new();
    for _ in 0..2 {
        tablet.send_with_id("order:status:update", ID, wish.clone()).await;
        answers.push(tablet.until(PATIENCE, |frame| frame["type"] == "ack").await["data"].clone());
    }

    assert_eq!(answers[0], json!({"id": ID, "version": 2, "warnings": ["GATE"]}));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(*stage.book.changes.lock().unwrap(), 1);
    assert!(stage.book.bearers.lock().unwrap().iter().all(|bearer| *bearer == format!("Bearer {token}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_with_a_stale_version_is_answered_with_the_true_order() {
    let known = order("pending", true);
    let stage = Stage::start(vec![known.clone()]).await;
    let mut tablet = stage.tablet().await;
    let wish = json!({"order_id": known.id, "status": "preparing", "expected_version": 9});

    let id = tablet.send("order:status:update", wish).await;
    let error = tablet.until(PATIENCE, |frame| frame["type"] == "error").await["data"].clone();

    assert_eq!(error["id"], id);
    assert_eq!((&error["code"], &error["reason"]), (&"ABORTED".into(), &"VERSION_CONFLICT".into()));
    assert_eq!((&error["order"]["id"], &error["order"]["version"]), (&known.id.into(), &1.into()));
    assert_eq!(error["details"][0]["reason"], "VERSION_CONFLICT");
    assert!(error["details"][0]["metadata"]["order"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_twenty_commands_a_second_are_refused() {
    let stage = Stage::start(vec![]).await;
    let mut tablet = stage.tablet().await;

    for _ in 0..25 {
        tablet.send("order:item:update", json!({})).await;
    }

    let refused = tablet.until(PATIENCE, |frame| frame["data"]["reason"] == "TOO_MANY_COMMANDS").await;
    assert_eq!(refused["data"]["code"], "RESOURCE_EXHAUSTED");
}
