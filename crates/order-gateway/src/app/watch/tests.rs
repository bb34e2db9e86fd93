use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwapOption;
use chassis::{Health, SystemClock, SystemIds};
use contracts::order::PizzaOrder;
use domain::ids::BranchId;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::*;
use crate::app::ports::{NotCommitted, OrderLog, Orders, SlotGiven, SlotWanted, Slots};
use crate::app::watchers::Watchers;
use crate::app::{CurrentMenu, Limits};

/// An order book whose order changes with every look; nobody else answers.
#[derive(Default)]
struct Restless(AtomicI64);

impl Orders for Restless {
    fn track(&self, _: OrderId) -> BoxFuture<'_, Result<CustomerOrder, CallFailed>> {
        let version = self.0.fetch_add(1, Ordering::SeqCst);
        let status = OrderStatus::Cooking.as_str().to_owned();
        std::future::ready(Ok(CustomerOrder { version, status, ..CustomerOrder::default() })).boxed()
    }
}

impl Slots for Restless {
    fn assign(&self, _: SlotWanted, _: Duration) -> BoxFuture<'_, Result<SlotGiven, CallFailed>> {
        std::future::pending().boxed()
    }

    fn release(&self, _: BranchId, _: OrderId) -> BoxFuture<'_, Result<(), CallFailed>> {
        std::future::pending().boxed()
    }
}

impl OrderLog for Restless {
    fn commit<'a>(&'a self, _: &PizzaOrder) -> BoxFuture<'a, Result<(), NotCommitted>> {
        std::future::pending().boxed()
    }
}

fn ports() -> Ports {
    Ports {
        slots: Arc::new(Restless::default()),
        log: Arc::new(Restless::default()),
        orders: Arc::new(Restless::default()),
    }
}

/// One who watches, in the only place that there is.
struct Scene {
    watch: Watch,
    places: Arc<Semaphore>,
    hints: broadcast::Sender<String>,
    states: mpsc::Receiver<Result<CustomerOrder, OrderError>>,
}

fn scene() -> Scene {
    let (places, hints) = (Arc::new(Semaphore::new(1)), broadcast::channel(8).0);
    let (to, states) = mpsc::channel(1);
    let order_id = OrderId::from_uuid(Uuid::nil());
    let watch = Watch {
        order_id,
        ports: Arc::new(ports()),
        hints: hints.subscribe(),
        to,
        read_within: Duration::from_millis(50),
        stop: CancellationToken::new(),
        shown: None,
        give_up: Instant::now() + NOT_YET_STORED,
        until: Instant::now() + LIFE,
        _watcher: Watchers::default().add(order_id).unwrap(),
        _place: Arc::clone(&places).try_acquire_owned().unwrap(),
    };
    Scene { watch, places, hints, states }
}

#[tokio::test]
async fn a_watcher_that_never_reads_loses_its_place() {
    let Scene { watch, places, hints, states } = scene();
    hints.send(Uuid::nil().to_string()).unwrap();

    tokio::time::timeout(Duration::from_secs(10), watch.run()).await.unwrap();

    assert_eq!((states.len(), places.available_permits()), (1, 1));
}

#[tokio::test]
async fn a_watch_that_has_lasted_long_enough_ends_with_the_advice_to_watch_again() {
    let Scene { watch, places, hints: _hints, mut states } = scene();
    let watch = Watch { until: Instant::now() + Duration::from_millis(50), ..watch };

    tokio::spawn(watch.run());
    let read = async {
        assert_eq!(states.recv().await.unwrap().unwrap().version, 0);
        // a busy machine may look once more before it notices
        let over = loop {
            if let Err(over) = states.recv().await.unwrap() {
                break over;
            }
        };
        assert!(states.recv().await.is_none(), "the stream goes on");
        over
    };
    let over = tokio::time::timeout(Duration::from_secs(10), read).await.unwrap();

    assert_eq!((over.kind(), over.reason()), (ErrorKind::Unavailable, "WATCH_OVER"));
    assert_eq!(over.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(places.available_permits(), 1);
}

#[tokio::test]
async fn one_order_does_not_take_the_places_of_all_watchers() {
    let menu = Arc::new(CurrentMenu::new(ArcSwapOption::empty(), Health::new().check("menu")));
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let limits = Limits { placing: 1, watching: 20 };
    let app = App::new(ports(), menu, clock, ids, limits, CancellationToken::new());
    let [one, other] = [1, 2].map(|id| Uuid::from_u128(id).to_string());

    let mut open: Vec<_> = (0..8).map(|_| app.watch(&one).unwrap()).collect();
    let refused = app.watch(&one).unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::ResourceExhausted, "TOO_MANY_WATCHERS"));
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
    assert!(app.watch(&other).is_ok());

    open.pop();
    let free = async {
        while app.watch(&one).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), free).await.unwrap();
}
