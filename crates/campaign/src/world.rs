//! The system under load: processes, customers, screens, and the judgement when it has come to rest.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, System, SystemSettings};
use tokio::time::{Instant, sleep};
use verify::{Expected, Frames, Report, Stores};

use crate::customer::Customers;
use crate::facts;
use crate::faults::Faults;
use crate::kitchen::{Kitchen, Staff};
use crate::load::{Coming, Load, Tally};
use crate::notes::Notes;
use crate::outcome::Outcome;
use crate::sampling::Sampling;
use crate::scenario::Size;
use crate::screens::{self, Watched};
use crate::spread::Spread;
use crate::stage::Stage;

/// In roubles; never full.
const ROOMY: u64 = 10_000_000;
/// How long the system may take to come to rest.
const REST: Duration = Duration::from_mins(2);
/// How long screens may take to show what is stored.
const SHOWN: Duration = Duration::from_secs(20);

/// A system with everybody who uses it.
#[derive(Debug)]
pub struct World {
    /// Its processes and stores.
    pub system: System,
    /// What customers were told.
    pub notes: Arc<Notes>,
    /// Who looks.
    pub screens: Vec<Watched>,
    /// What was done on purpose since the world began.
    pub expected: Expected,
    gateways: Vec<String>,
    sampling: Sampling,
    noted_before: usize,
    stored_before: u64,
    above_limits_before: u64,
    loads: u32,
}

impl World {
    /// Stores of its own; other worlds may exist beside it.
    pub fn usual_settings() -> SystemSettings {
        let settings = SystemSettings::default();
        SystemSettings { own_broker: true, own_postgres: true, log: "info", ..settings }
    }

    /// Starts a system with one instance of each service, and screens.
    pub async fn open(settings: SystemSettings, size: Size) -> anyhow::Result<Self> {
        let system = System::with(settings).await;
        set_limit(&system, BRANCH_MAIN, ROOMY).await?;
        set_limit(&system, BRANCH_NOVOSIBIRSK, tight(size)).await?;
        let screens = screens::usual(&system);
        let sampling = Sampling::start(stores(&system));
        Ok(Self {
            system,
            sampling,
            notes: Arc::default(),
            screens,
            expected: Expected::default(),
            gateways: vec!["order-gateway".to_owned()],
            noted_before: 0,
            stored_before: 0,
            above_limits_before: 0,
            loads: 0,
        })
    }

    /// One more gateway, which asks one more slot-scheduler.
    pub async fn widen(&mut self) {
        let scheduler = self.system.add("slot-scheduler").await;
        let environment = [("SLOT_SCHEDULER_URL", self.system.grpc(&scheduler))];
        let gateway = self.system.add_with("order-gateway", &environment).await;
        self.gateways.push(gateway);
    }

    /// Sees to it that an instance runs, such as `order-consumer-2`.
    pub async fn bring(&mut self, name: &str) {
        let system = &mut self.system;
        while !system.names().iter().any(|each| each == name) {
            system.add(name.trim_end_matches(|last: char| last == '-' || last.is_ascii_digit())).await;
        }
        if !system.is_alive(name) {
            system.resume(name);
            system.ready(name).await;
        }
    }

    /// Names of the gateways.
    pub fn gateways(&self) -> &[String] {
        &self.gateways
    }

    /// Clients of all gateways.
    pub fn customers(&self) -> Customers {
        let urls: Vec<_> = self.gateways.iter().map(|name| self.system.grpc(name)).collect();
        Customers::of(&urls)
    }

    /// Customers begin to come to all gateways, with keys of their own.
    pub fn load(&mut self, stage: &Stage, per_second: u32) -> Load {
        let prefix = self.next_prefix(stage);
        let choices = stage.choices_of(&format!("orders {}", self.loads));
        Load::start(
            Coming::per_second(per_second, prefix),
            self.customers(),
            Arc::clone(&self.notes),
            choices,
        )
    }

    /// Staff begins to move on the orders that customers are told of.
    pub fn kitchen(&self, stage: &Stage) -> Kitchen {
        let gateways = self.gateways.iter().map(|name| self.system.rest_of(name, "")).collect();
        let staff = Staff { gateways, token: self.system.keys.chain_token("manager") };
        Kitchen::open(&staff, &self.notes, stage.choices_of(&format!("kitchen {}", self.loads)))
    }

    /// The beginning of keys that nobody has used in this world.
    pub fn next_prefix(&mut self, stage: &Stage) -> String {
        self.loads += 1;
        format!("{}-{}", stage.id().to_lowercase(), self.loads)
    }

    /// Where the stores are, for `verify`.
    pub fn stores(&self) -> Stores {
        stores(&self.system)
    }

    /// What all screens were shown.
    pub fn frames(&self) -> Frames {
        Frames { screens: self.screens.iter().map(Watched::screen).collect() }
    }

    /// Waits until everything is ready and at rest, checks every invariant, and counts what this scenario did since
    /// the last judgement.
    pub async fn judge(&mut self, stage: &Stage, tally: &Tally, faults: &Faults) -> anyhow::Result<Outcome> {
        stage.say("waiting for rest");
        for name in self.system.names() {
            if self.system.is_alive(&name) {
                self.system.ready(&name).await;
            }
        }
        let mut outcome = Outcome::default();
        if let Err(error) = verify::settled(&self.stores(), REST).await {
            outcome.expect("rest", "the system comes to rest", false, format!("{error:#}"));
        }
        let report = self.verify().await?;
        outcome.invariants(report);
        outcome.checks.push(self.sampling.so_far());
        self.count(&mut outcome, tally, faults).await?;
        if outcome.passed() {
            stage.say("everything adds up");
        } else {
            let logs = stage.save_logs(self);
            stage.say(format!("something is wrong; the logs: {}", logs.display()));
        }
        Ok(outcome)
    }

    /// Screens may be a moment behind the stores: what is broken is looked at again for a while.
    async fn verify(&self) -> anyhow::Result<Report> {
        let end = Instant::now() + SHOWN;
        loop {
            let (journal, frames) = (self.notes.journal(), self.frames());
            let report = verify::verify(&self.stores(), Some(&journal), Some(&frames), &self.expected)
                .await
                .context("verifying")?;
            if report.holds() || Instant::now() >= end {
                return Ok(report);
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn count(&mut self, outcome: &mut Outcome, tally: &Tally, faults: &Faults) -> anyhow::Result<()> {
        let stored = facts::stored(self.system.db.url()).await?;
        let acknowledged = self.notes.acknowledged_since(self.noted_before);
        let recoveries = faults.recoveries(&self.notes);
        outcome.faults = faults.kinds();
        outcome.acknowledged = acknowledged.len() as u64;
        outcome.stored = (stored.ids.len() as u64).saturating_sub(self.stored_before);
        outcome.lost = acknowledged.values().filter(|id| !stored.ids.contains(*id)).count() as u64;
        outcome.doubled = stored.doubled;
        outcome.above_limits = stored.above_limits.saturating_sub(self.above_limits_before);
        outcome.recovered = recoveries.iter().filter_map(|(_, took)| *took).collect();
        outcome.recovery = Spread::of(outcome.recovered.clone());
        outcome.longest_stall = faults.longest_stall(&self.notes).as_secs_f64() * 1000.0;
        outcome.calls = tally.calls;
        outcome.figure("orders wanted", tally.wanted);
        outcome.figure("orders booked above a limit", outcome.above_limits);
        outcome.figure("attempts per acknowledged order", by_attempts(&tally.attempts));
        outcome.figure("turned away because too many waited", tally.turned_away);
        outcome.figure("calls later than deadline + 100 ms", tally.late);
        let (sockets, snapshots) =
            self.screens.iter().map(Watched::sockets).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        outcome.figure("sockets of the screens, snapshots", format!("{sockets}, {snapshots}"));
        let refused = tally.refused.first().cloned().unwrap_or_default();
        outcome.expect(
            "load",
            "every order that was wanted is acknowledged in the end",
            tally.given_up == 0,
            format!("{} were not {refused}", tally.given_up),
        );
        self.noted_before = self.notes.len();
        self.stored_before = stored.ids.len() as u64;
        self.above_limits_before = stored.above_limits;
        Ok(())
    }
}

/// `first 90, second 5`.
fn by_attempts(attempts: &[u64]) -> String {
    let names = ["first", "second", "third", "fourth"];
    let mut parts: Vec<_> =
        names.iter().zip(attempts).map(|(name, count)| format!("{name} {count}")).collect();
    let later: u64 = attempts.iter().skip(names.len()).sum();
    if later > 0 {
        parts.push(format!("later {later}"));
    }
    parts.join(", ")
}

fn stores(system: &System) -> Stores {
    Stores {
        database_url: system.db.url().to_owned(),
        redis_url: system.redis.url(),
        brokers: system.topics.brokers().to_owned(),
        topic_prefix: system.topics.prefix().to_owned(),
    }
}

/// The most that a slot of the other branch holds, in roubles: customers fill slot after slot while things break, so
/// that whoever sells a place twice is found, and the slots of its seven days are enough for all of them.
fn tight(size: Size) -> u64 {
    size.pick(200_000, 2_000_000)
}

async fn set_limit(system: &System, branch: &str, roubles: u64) -> anyhow::Result<()> {
    let body = json!({ "branch_id": branch, "limit_roubles": roubles }).to_string();
    let request = reqwest::Client::new()
        .put(system.rest("/api/v1/erp/slots/config"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", system.keys.token("manager", branch)))
        .timeout(Duration::from_secs(10))
        .body(body);
    let answer = request.send().await.context("setting the limit of the slots")?;
    let status = answer.status();
    let said = answer.text().await.unwrap_or_default();
    ensure!(status.is_success(), "the limit of the slots could not be set: {status} {said}");
    Ok(())
}
