//! F1h: F1 with the script behind a second server, as slot-scheduler is behind the gateway.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use contracts::order::{PizzaOrder, PizzaOrderRequest};
use contracts::slots::v1::AssignSlotRequest;
use contracts::slots::v1::slot_service_client::SlotServiceClient;
use prost::Message as _;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use super::f0::one_pizza;
use super::f1::new_id;
use super::order_door::{Step, serve};

/// As many connections as the gateway has, with its settings.
const CONNECTIONS: usize = 2;
const AT_MOST: Duration = Duration::from_secs(2);
const KEEPALIVE: Duration = Duration::from_secs(20);

/// `floor f1h SLOTS`
pub async fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [slots] = arguments else { bail!("f1h SLOTS") };
    serve(Hop::open(slots)?).await
}

/// Asks the second server for a place.
pub struct Hop {
    order: PizzaOrder,
    record: Vec<u8>,
    channels: Vec<Channel>,
    turn: AtomicUsize,
}

impl Hop {
    /// Connects when it is first needed.
    pub fn open(slots: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(slots.to_owned())
            .context("the address of the slots")?
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_while_idle(true);
        let order = one_pizza();
        let record = order.encode_to_vec();
        let channels = (0..CONNECTIONS).map(|_| endpoint.connect_lazy()).collect();
        Ok(Self { order, record, channels, turn: AtomicUsize::new(0) })
    }
}

impl Step for Hop {
    async fn take(&self, _: &PizzaOrderRequest) -> Result<PizzaOrder, Status> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
        let mut slots = SlotServiceClient::new(self.channels[turn].clone());
        let mut request = Request::new(AssignSlotRequest {
            branch_id: self.order.branch_id.clone(),
            order_id: new_id(),
            order: self.record.clone(),
            ..AssignSlotRequest::default()
        });
        request.set_timeout(AT_MOST);
        let given = slots.assign_slot(request).await?.into_inner();
        let mut order = self.order.clone();
        order.id = given.order_id;
        order.display_id = given.display_id;
        order.target_slot_id = given.slot_id;
        Ok(order)
    }
}
