//! Records, a handler that can be told to fail, and a reader that can be stopped.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{BatchHandler, BusSettings, DeadLetters, From, Group, LogReader, Message, OutRecord, Producer};
use chassis::{Check, Health};
use contracts::topics::Topic;
use domain::error::{ErrorKind, ServiceError};
use testkit::eventually;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const PATIENCE: Duration = Duration::from_secs(30);

/// Why the handler does not work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the store is away")]
    StoreAway,
    #[error("the order makes no sense")]
    Nonsense,
}

impl ServiceError for Failure {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::StoreAway => ErrorKind::Unavailable,
            Self::Nonsense => ErrorKind::InvalidArgument,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::StoreAway => "DEPENDENCY_DOWN",
            Self::Nonsense => "ORDER_INVALID",
        }
    }
}

/// Notes what it has worked on. Refuses `nonsense`, panics at `panic`, at anything a few times if that is wished, and
/// fails while the store is away, or whenever more comes at once than the store can do in time.
#[derive(Clone, Default)]
pub struct Kitchen {
    pub baked: Arc<Mutex<Vec<String>>>,
    pub store_is_away: Arc<AtomicBool>,
    pub tries: Arc<AtomicUsize>,
    pub panics_to_come: Arc<AtomicUsize>,
    /// 0: no matter how many.
    pub most_at_once: Arc<AtomicUsize>,
}

impl BatchHandler for Kitchen {
    type Error = Failure;
    type Rest = ();

    async fn handle(&self, batch: &[Message]) -> Result<(), Failure> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        let most = self.most_at_once.load(Ordering::SeqCst);
        let is_too_slow = most > 0 && batch.len() > most;
        if is_too_slow || self.store_is_away.load(Ordering::SeqCst) {
            return Err(Failure::StoreAway);
        }
        let one_less = |left: usize| left.checked_sub(1);
        let panics = self.panics_to_come.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        assert!(panics.is_err(), "a moment nobody thought of");
        let texts: Vec<String> = batch.iter().map(text).collect();
        assert!(!texts.iter().any(|text| text == "panic"), "a record nobody thought of");
        if texts.iter().any(|text| text == "nonsense") {
            return Err(Failure::Nonsense);
        }
        self.baked.lock().unwrap().extend(texts);
        Ok(())
    }
}

impl Kitchen {
    pub fn baked(&self) -> Vec<String> {
        self.baked.lock().unwrap().clone()
    }

    pub async fn has_baked(&self, all: &[&str]) {
        eventually(&format!("{all:?} are baked"), PATIENCE, async || {
            let baked: HashSet<String> = self.baked().into_iter().collect();
            all.iter().all(|one| baked.contains(*one))
        })
        .await;
    }
}

/// Notes what it has handled, and what it has finished once the door is open.
#[derive(Clone)]
pub struct Counter {
    pub handled: Arc<Mutex<Vec<String>>>,
    pub finished: Arc<Mutex<Vec<String>>>,
    pub door: Arc<Semaphore>,
}

impl Default for Counter {
    fn default() -> Self {
        Self { handled: Arc::default(), finished: Arc::default(), door: Arc::new(Semaphore::new(0)) }
    }
}

impl BatchHandler for Counter {
    type Error = Failure;
    type Rest = Vec<String>;

    async fn handle(&self, batch: &[Message]) -> Result<Vec<String>, Failure> {
        let texts: Vec<String> = batch.iter().map(text).collect();
        self.handled.lock().unwrap().extend(texts.clone());
        Ok(texts)
    }

    async fn finish(&self, _: &[Message], texts: Vec<String>) -> Result<(), Failure> {
        let _open = self.door.acquire().await.unwrap();
        self.finished.lock().unwrap().extend(texts);
        Ok(())
    }
}

/// A running member of the group.
pub struct Member {
    pub health: Health,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Member {
    pub fn start(settings: &BusSettings, kitchen: &Kitchen) -> Self {
        Self::start_as(settings, Group::new("kitchen", &[Topic::PizzaOrders]), kitchen)
    }

    pub fn start_as<H: BatchHandler + Clone>(settings: &BusSettings, group: Group, handler: &H) -> Self {
        let (health, stop, handler) = (Health::new(), CancellationToken::new(), handler.clone());
        let check: Check = health.check("orders");
        let (settings, ending) = (settings.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let dead = DeadLetters::new(Producer::new(&settings)?, Topic::PizzaOrdersDlq);
            bus::consume(&settings, group, handler, dead, check, ending).await
        });
        Self { health, stop, task }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }

    /// Ends as a killed process does: nothing is finished, nothing committed.
    pub fn abandon(self) {
        self.task.abort();
    }
}

pub fn text(message: &Message) -> String {
    String::from_utf8(message.payload.to_vec()).unwrap()
}

pub fn order(key: &str, payload: &str) -> OutRecord {
    OutRecord {
        topic: Topic::PizzaOrders,
        key: key.to_owned(),
        payload: payload.as_bytes().to_vec(),
        event_id: Uuid::from_u128(7),
        message: Topic::PizzaOrders.message(),
        trace: None,
        extra_headers: Vec::new(),
    }
}

pub async fn place(settings: &BusSettings, key: &str, payloads: &[&str]) {
    let producer = Producer::new(settings).unwrap();
    let records = payloads.iter().map(|payload| order(key, payload)).collect();
    producer.send_all(records).await.unwrap();
}

/// Everything that lies in a topic, waiting until it is `count` records.
pub async fn read_all(settings: &BusSettings, topic: Topic, count: usize) -> Vec<Message> {
    let reader = LogReader::new(settings, &[topic]).unwrap();
    reader.follow_all(From::Beginning).await.unwrap();
    let mut found = Vec::new();
    while found.len() < count {
        found.push(tokio::time::timeout(PATIENCE, reader.next()).await.expect("a record").unwrap());
    }
    found
}
