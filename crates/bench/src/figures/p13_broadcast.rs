//! P13: frames per second to the tablets of one branch, as a share of frames that were made once and only written.

use std::time::Duration;

use anyhow::Context as _;
use testkit::System;

use super::tablets_rig::{TABLETS, entrance, floor_entrance};
use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::floors::child::Child;
use crate::run::paired;
use crate::tablets::Room;
use crate::tablets::feed::{Feed, Orders};

const GOAL: Goal = Goal {
    id: "P13",
    what: "frames per second to 500 tablets of one branch / frames made once and only written",
    better: Better::Higher,
    target: 0.80,
    moonshot: 0.95,
};

/// Events on their way at once: a branch in a hurry, and one that works.
const WINDOWS: [u64; 2] = [64, 8];
const LIVE_ORDERS: usize = 50;

/// Measures the figure.
pub async fn measure(bench: &Bench, system: &System) -> anyhow::Result<Vec<Figure>> {
    let mut orders = Orders::new(&system.topics, LIVE_ORDERS)?;
    let mut room = Room::open(&entrance(system)?, TABLETS).await.context("tablets of ws-fanout")?;
    // every order is known, and the length of a frame
    room.tell(&mut orders, LIVE_ORDERS as u64).await?;
    let frame_bytes = room.frame_bytes();

    let mut floor = Child::start("f4", &[&frame_bytes.to_string()])?;
    let mut raw = Child::start("f4x", &[&frame_bytes.to_string()])?;
    let mut floor_room = Room::open(&floor_entrance(&floor), TABLETS).await.context("tablets of F4")?;
    let mut raw_room = Room::open(&floor_entrance(&raw), TABLETS).await.context("tablets of F4x")?;

    let mut figures = Vec::new();
    for window in WINDOWS {
        let mut ours = Telling { room: &mut room, feed: &mut orders, window };
        let mut theirs = Telling { room: &mut floor_room, feed: &mut floor, window };
        let rounds = paired(bench, &mut ours, &mut theirs).await?;
        let raw = raw_room.pump(&mut raw, window, bench.size.stretch).await?;
        figures.push(Figure {
            goal: GOAL,
            name: format!("{window} events at once"),
            unit: "frames/s",
            rounds,
            notes: vec![format!(
                "frames of {frame_bytes} bytes; ours come out of Kafka, the floor's from a pipe"
            )],
            void: None,
            details: vec![("F4x, raw TCP, frames/s".to_owned(), format!("{raw:.0}"))],
        });
    }
    let complete = [("ws-fanout", room), ("F4", floor_room), ("F4x", raw_room)];
    let mut void = None;
    for (whose, room) in complete {
        if let Err(error) = room.close().await {
            void = Some(format!("{whose}: {error:#}"));
        }
    }
    for figure in &mut figures {
        figure.void.clone_from(&void);
    }
    Ok(figures)
}

struct Telling<'a, F> {
    room: &'a mut Room,
    feed: &'a mut F,
    window: u64,
}

impl<F: Feed> Side for Telling<'_, F> {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        self.room.pump(self.feed, self.window, length).await
    }
}
