use std::sync::Mutex;

use arc_swap::ArcSwapOption;
use chassis::{Health, SystemClock, SystemIds};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::order::CustomerOrder;
use contracts::record::{GivenSlot, IdempotencyRecord};
use domain::ids::{BranchId, OrderId};
use domain::slots::Need;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

use super::*;
use crate::app::ports::{OrderLog, Orders, Slots};
use crate::app::{App, CurrentMenu, Limits};

/// Neighbours that do what they are told and remember what was asked of them.
#[derive(Default)]
struct Stage {
    first_record: Option<Vec<u8>>,
    is_confirmed: bool,
    refuses: bool,
    panics: bool,
    silent_calls: usize,
    said: Mutex<Vec<&'static str>>,
}

impl Stage {
    fn says(&self, word: &'static str) {
        self.said.lock().unwrap().push(word);
    }
}

impl Slots for Arc<Stage> {
    fn assign(&self, _: SlotWanted, _: Duration) -> BoxFuture<'_, Result<SlotGiven, CallFailed>> {
        let calls = self.said.lock().unwrap().len();
        self.says("assign");
        let answer = if calls < self.silent_calls {
            Err(Status::unavailable("tcp connect error").into())
        } else {
            Ok(SlotGiven {
                slot: slot(),
                first_record: self.first_record.clone(),
                is_confirmed: self.is_confirmed,
            })
        };
        std::future::ready(answer).boxed()
    }

    fn release(&self, _: BranchId, _: OrderId) -> BoxFuture<'_, Result<(), CallFailed>> {
        self.says("release");
        std::future::ready(Ok(())).boxed()
    }
}

impl OrderLog for Arc<Stage> {
    fn commit<'a>(&'a self, _: &PizzaOrder) -> BoxFuture<'a, Result<(), NotCommitted>> {
        self.says("commit");
        assert!(!self.panics, "on purpose");
        let outcome = if self.refuses { Err(NotCommitted::Refused("queue full".into())) } else { Ok(()) };
        std::future::ready(outcome).boxed()
    }
}

impl Orders for Arc<Stage> {
    fn track(&self, _: OrderId) -> BoxFuture<'_, Result<CustomerOrder, CallFailed>> {
        std::future::pending().boxed()
    }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_769_940_000, 0).unwrap()
}

fn slot() -> GivenSlot {
    GivenSlot {
        slot_id: "slot:1".to_owned(),
        start: noon(),
        end: noon() + TimeDelta::minutes(15),
        visible_at: noon(),
        business_date: "2026-02-01".to_owned(),
        display_number: 1,
        display_id: "0001".to_owned(),
    }
}

/// The outcome of placing an order on this stage, and what was done for it.
async fn placed_on(stage: Stage) -> (Result<Placed, PlaceError>, Vec<&'static str>) {
    let stage = Arc::new(stage);
    let outcome = commit_on(&stage).run().await;
    let said = stage.said.lock().unwrap().clone();
    (outcome, said)
}

fn ports(stage: &Arc<Stage>) -> Ports {
    Ports {
        slots: Arc::new(Arc::clone(stage)),
        log: Arc::new(Arc::clone(stage)),
        orders: Arc::new(Arc::clone(stage)),
    }
}

fn commit_on(stage: &Arc<Stage>) -> Commit {
    let wanted = SlotWanted {
        branch: BranchId::MAIN,
        order_id: OrderId::from_uuid(Uuid::nil()),
        need: Need::ZERO,
        not_before: noon(),
        idempotency: IdempotencyRecord::default(),
        record: Vec::new(),
        is_recall: false,
    };
    Commit { ports: Arc::new(ports(stage)), wanted, draft: Some(PizzaOrder::default()) }
}

#[tokio::test]
async fn an_order_whose_work_panicked_may_be_on_the_log_and_asks_to_be_repeated() {
    let stage = Arc::new(Stage { panics: true, ..Stage::default() });
    let menu = Arc::new(CurrentMenu::new(ArcSwapOption::empty(), Health::new().check("menu")));
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let limits = Limits { placing: 1, watching: 1 };
    let app = App::new(ports(&stage), menu, clock, ids, limits, CancellationToken::new());
    let place = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();

    let outcome = app.committed(commit_on(&stage), place).await;

    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Unavailable, "ORDER_IN_DOUBT"));
    assert!(error.to_string().contains("repeat with the same key"), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn a_refused_order_gives_its_hold_back() {
    let (outcome, said) = placed_on(Stage { refuses: true, ..Stage::default() }).await;

    assert!(matches!(outcome, Err(PlaceError::LogDown(_))));
    assert_eq!(said, ["assign", "commit", "release"]);
}

#[tokio::test]
async fn a_refused_repeat_keeps_the_hold_because_the_first_call_may_have_written_the_order() {
    let first_record = Some(PizzaOrder::default().encode_to_vec());
    let (outcome, said) = placed_on(Stage { first_record, refuses: true, ..Stage::default() }).await;

    assert!(matches!(outcome, Err(PlaceError::LogDown(_))));
    assert_eq!(said, ["assign", "commit"]);
}

#[tokio::test]
async fn a_confirmed_order_is_answered_without_the_log() {
    let first = PizzaOrder { id: "first".to_owned(), ..PizzaOrder::default() };
    let first_record = Some(first.encode_to_vec());
    let (outcome, said) = placed_on(Stage { first_record, is_confirmed: true, ..Stage::default() }).await;

    let placed = outcome.unwrap();
    assert_eq!((placed.order.id.as_str(), placed.replayed), ("first", true));
    assert_eq!(said, ["assign"]);
}

#[tokio::test]
async fn a_slot_service_that_does_not_answer_is_asked_twice() {
    let (outcome, said) = placed_on(Stage { silent_calls: 1, ..Stage::default() }).await;
    assert!(outcome.is_ok());
    assert_eq!(said, ["assign", "assign", "commit"]);

    let (outcome, said) = placed_on(Stage { silent_calls: 2, ..Stage::default() }).await;
    assert_eq!(outcome.unwrap_err().reason(), "SLOTS_DOWN");
    assert_eq!(said, ["assign", "assign"]);
}

#[tokio::test]
async fn a_hold_whose_answer_was_lost_is_this_calls_own() {
    let own = PizzaOrder { id: Uuid::nil().to_string(), ..PizzaOrder::default() };
    let lost = || Stage { first_record: Some(own.encode_to_vec()), silent_calls: 1, ..Stage::default() };

    let (outcome, said) = placed_on(lost()).await;
    assert!(!outcome.unwrap().replayed);
    assert_eq!(said, ["assign", "assign", "commit"]);

    let (outcome, said) = placed_on(Stage { refuses: true, ..lost() }).await;
    assert!(matches!(outcome, Err(PlaceError::LogDown(_))));
    assert_eq!(said, ["assign", "assign", "commit", "release"]);
}

#[tokio::test]
async fn a_first_record_that_cannot_be_read_is_a_fault_of_ours() {
    let (outcome, _) = placed_on(Stage { first_record: Some(vec![0xff]), ..Stage::default() }).await;

    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Internal);
}
