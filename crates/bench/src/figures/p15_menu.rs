//! P15: the public menu over REST, as a share of a body that never changes.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use testkit::System;

use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::floors::child::Child;
use crate::floors::f7;
use crate::pages::{Readers, ask};
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P15",
    what: "answers with the public menu / answers of the same length that never change",
    better: Better::Higher,
    target: 0.85,
    moonshot: 0.95,
};

const PATH: &str = "/api/v1/menu";
const READERS: usize = 64;

/// Measures the figure.
pub async fn measure(bench: &Bench, system: &System) -> anyhow::Result<Vec<Figure>> {
    let ours = address(&system.rest(PATH))?;
    let menu = ask(ours, PATH, &[]).await.context("the menu")?;
    ensure!(menu.status == 200, "the menu answers {}", menu.status);
    let tag = menu.tag.context("the menu has no tag")?;
    let program = Child::start("f7", &[&menu.body.to_string()])?;
    let floor = program.address();

    let whole = |address| Page(Readers::new(address, PATH, &[], 200, READERS));
    let rounds = paired(bench, &mut whole(ours), &mut whole(floor)).await?;
    let unchanged = |address, tag| Page(Readers::new(address, PATH, &[("If-None-Match", tag)], 304, READERS));
    let known = paired(bench, &mut unchanged(ours, &tag), &mut unchanged(floor, f7::TAG)).await?;
    let figure = |name: String, rounds| Figure {
        goal: GOAL,
        name,
        unit: "answers/s",
        rounds,
        notes: vec![format!("{READERS} clients that keep their connections, no compression asked for")],
        void: None,
        details: Vec::new(),
    };
    Ok(vec![
        figure(format!("{} bytes", menu.body), rounds),
        figure("not changed (304 by ETag)".to_owned(), known),
    ])
}

fn address(url: &str) -> anyhow::Result<SocketAddr> {
    let host = url.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    host.and_then(|host| host.parse().ok()).with_context(|| format!("no address in {url}"))
}

struct Page(Readers);

impl Side for Page {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        self.0.read(length).await
    }
}
