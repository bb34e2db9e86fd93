//! P14: what tablets that never read cost those that do.

use std::time::Duration;

use anyhow::Context as _;
use testkit::System;
use tokio::net::TcpStream;

use super::tablets_rig::{TABLETS, entrance};
use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::run::paired;
use crate::tablets::feed::Orders;
use crate::tablets::{Entrance, Room, stalled};

const GOAL: Goal = Goal {
    id: "P14",
    what: "p99 of delivery to tablets that read, one in ten never reads / all read",
    better: Better::Lower,
    target: 1.2,
    moonshot: 1.05,
};

const STALLED: usize = TABLETS / 10;
const EVENTS_PER_SECOND: u32 = 50;
/// Events before the clock runs: the connections of tablets that never read are full after them.
const UNREAD: u64 = 600;
const LIVE_ORDERS: usize = 50;

/// Measures the figure.
pub async fn measure(bench: &Bench, system: &System) -> anyhow::Result<Vec<Figure>> {
    let entrance = entrance(system)?;
    let healthy = Room::open(&entrance, TABLETS - STALLED).await.context("tablets that read")?;
    let branch = Branch { entrance, healthy, orders: Orders::new(&system.topics, LIVE_ORDERS)? };
    let branch = std::cell::RefCell::new(branch);
    let mut ours = Day { branch: &branch, stalled: true };
    let mut floor = Day { branch: &branch, stalled: false };
    let rounds = paired(bench, &mut ours, &mut floor).await?;
    let void = branch.into_inner().healthy.close().await.err().map(|error| format!("{error:#}"));
    Ok(vec![Figure {
        goal: GOAL,
        name: format!("{TABLETS} tablets, {EVENTS_PER_SECOND} events/s"),
        unit: "ms",
        rounds,
        notes: vec![format!(
            "both sides are ws-fanout, Kafka included; {STALLED} tablets read nothing, or all as well"
        )],
        void,
        details: Vec::new(),
    }])
}

struct Branch {
    entrance: Entrance,
    healthy: Room,
    orders: Orders,
}

/// The branch with or without tablets that never read.
struct Day<'a> {
    branch: &'a std::cell::RefCell<Branch>,
    stalled: bool,
}

/// The tablets beside the healthy ones.
enum Others {
    Stalled { _connections: Vec<TcpStream> },
    Reading { _room: Room },
}

impl Side for Day<'_> {
    #[expect(clippy::await_holding_refcell_ref, reason = "sides take turns")]
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        let branch = &mut *self.branch.try_borrow_mut().context("both sides at once")?;
        let others = if self.stalled {
            Others::Stalled { _connections: stalled(&branch.entrance, STALLED).await? }
        } else {
            Others::Reading { _room: Room::open(&branch.entrance, STALLED).await? }
        };
        for _ in 0..UNREAD / 20 {
            branch.healthy.tell(&mut branch.orders, 20).await?;
        }
        let p99 = branch.healthy.latency(&mut branch.orders, EVENTS_PER_SECOND, length, 0.99).await?;
        drop(others);
        Ok(p99.as_secs_f64() * 1000.0)
    }
}
