//! P18: memory of connections that only wait.

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use testkit::System;
use tonic::transport::{Channel, Endpoint};

use super::tablets_rig::{TABLETS, at, floor_entrance};
use crate::figure::{Bench, Better, Figure, Goal, Round};
use crate::floors::child::Child;
use crate::tablets::feed::{Feed, Orders};
use crate::tablets::{Entrance, Room};

const GATEWAY: Goal = Goal {
    id: "P18",
    what: "memory of the gateway with 1000 idle connections / of a bare server with the same",
    better: Better::Lower,
    target: 3.0,
    moonshot: 2.0,
};
const TABLET: Goal = Goal {
    id: "P18",
    what: "memory per tablet / per connection of frames that are only written",
    better: Better::Lower,
    target: 1.5,
    moonshot: 1.2,
};

/// Processes of each kind: memory that was used once stays, so every round needs new ones.
const ROUNDS: usize = 3;
const CONNECTIONS: usize = 1000;
const AT_ONCE: usize = 32;
const LIVE_ORDERS: usize = 20;

/// Measures both figures; `system` gets more instances, and loses them again.
pub async fn measure(_bench: &Bench, system: &mut System) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![gateway(system).await?, tablets(system).await?])
}

async fn gateway(system: &mut System) -> anyhow::Result<Figure> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let name = system.add("order-gateway").await;
        let ours = with_connections(&system.grpc(&name), system.pid(&name)).await;
        system.kill(&name);
        let floor = Child::start("f0", &[])?;
        let floor = with_connections(&format!("http://{}", floor.address()), Some(floor.pid())).await?;
        rounds.push(Round { ours: ours?, floor });
    }
    Ok(Figure {
        goal: GATEWAY,
        name: format!("gateway, {CONNECTIONS} gRPC connections"),
        unit: "MiB",
        rounds,
        notes: vec!["the gateway's share includes its Kafka producer and the menu".to_owned()],
        void: None,
        details: Vec::new(),
    })
}

async fn with_connections(url: &str, pid: Option<u32>) -> anyhow::Result<f64> {
    let endpoint = Endpoint::from_shared(url.to_owned())?;
    let connecting = (0..CONNECTIONS).map(|_| endpoint.connect());
    let open: Vec<Channel> =
        stream::iter(connecting).buffer_unordered(AT_ONCE).try_collect().await.context("connecting")?;
    let resident = resident(pid)?;
    drop(open);
    Ok(resident / 1024.0)
}

async fn tablets(system: &mut System) -> anyhow::Result<Figure> {
    let mut orders = Orders::new(&system.topics, LIVE_ORDERS)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let name = system.add("ws-fanout").await;
        let entrance = at(system, &system.rest_of(&name, ""))?;
        let ours = per_tablet(&entrance, &mut orders, system.pid(&name)).await;
        system.kill(&name);
        let mut floor = Child::start("f4", &["1024"])?;
        let (entrance, pid) = (floor_entrance(&floor), floor.pid());
        let floor = per_tablet(&entrance, &mut floor, Some(pid)).await?;
        rounds.push(Round { ours: ours?, floor });
    }
    Ok(Figure {
        goal: TABLET,
        name: format!("ws-fanout, {TABLETS} tablets"),
        unit: "KiB per tablet",
        rounds,
        notes: vec![format!("difference to the process without tablets, after {LIVE_ORDERS} frames each")],
        void: None,
        details: Vec::new(),
    })
}

async fn per_tablet(entrance: &Entrance, feed: &mut impl Feed, pid: Option<u32>) -> anyhow::Result<f64> {
    // one tablet first: what is made for the first one is not made for each
    let mut first = Room::open(entrance, 1).await?;
    first.tell(feed, LIVE_ORDERS as u64).await?;
    let before = resident(pid)?;
    let mut room = Room::open(entrance, TABLETS).await?;
    for _ in 0..LIVE_ORDERS {
        room.tell(feed, 1).await?;
    }
    let after = resident(pid)?;
    room.close().await?;
    #[expect(clippy::cast_precision_loss, reason = "500")]
    Ok((after - before) / TABLETS as f64)
}

/// Resident memory of a process in KiB.
fn resident(pid: Option<u32>) -> anyhow::Result<f64> {
    let pid = pid.context("the process has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("its memory")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.context("no VmRSS")
}
