//! Whether this process can do its work, and what is missing when it cannot.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock::{Clock, SystemClock};

/// The health of one process: named checks, and whether it is on its way out.
#[derive(Clone)]
pub struct Health {
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
}

/// One thing the process needs, reported by the part that uses it.
#[derive(Clone)]
pub struct Check {
    health: Health,
    name: &'static str,
}

/// Everything an operator wants to know at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the process should get work.
    pub ready: bool,
    /// Whether it finishes what it has and ends.
    pub draining: bool,
    /// Each need with its state.
    pub checks: Vec<CheckState>,
}

/// One need and its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckState {
    /// Which need.
    pub name: &'static str,
    /// Whether it is met.
    pub up: bool,
    /// Why not; empty when met.
    pub reason: String,
    /// Since when it is so.
    pub since: DateTime<Utc>,
}

#[derive(Default)]
struct State {
    draining: bool,
    checks: Vec<CheckState>,
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Health {
    /// No checks yet: ready.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// The same with a clock of the caller's.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { state: Arc::default(), clock }
    }

    /// Adds a need, down until it says otherwise. The same name gives the same check.
    pub fn check(&self, name: &'static str) -> Check {
        let now = self.clock.now();
        let mut state = self.state();
        if !state.checks.iter().any(|check| check.name == name) {
            state.checks.push(CheckState { name, up: false, reason: "starting".to_owned(), since: now });
        }
        drop(state);
        Check { health: self.clone(), name }
    }

    /// From now on not ready, whatever the checks say: the process is ending.
    pub fn draining(&self) {
        self.state().draining = true;
    }

    /// Whether the process should get work.
    pub fn is_ready(&self) -> bool {
        let state = self.state();
        !state.draining && state.checks.iter().all(|check| check.up)
    }

    /// The whole picture.
    pub fn report(&self) -> Report {
        let ready = self.is_ready();
        let state = self.state();
        Report { ready, draining: state.draining, checks: state.checks.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, name: &'static str, up: bool, reason: String) {
        let now = self.clock.now();
        let mut state = self.state();
        let Some(check) = state.checks.iter_mut().find(|check| check.name == name) else { return };
        let turned = check.up != up;
        if turned {
            check.since = now;
        }
        check.up = up;
        check.reason = reason;
        let reason = check.reason.clone();
        drop(state);
        if turned {
            announce(name, up, &reason);
        }
    }
}

fn announce(check: &'static str, up: bool, reason: &str) {
    metrics::gauge!("health_check_up", "check" => check).set(if up { 1.0 } else { 0.0 });
    if up {
        tracing::info!(check, "{check} is up");
    } else {
        tracing::warn!(check, reason, "{check} is down: {reason}");
    }
}

impl Check {
    /// The need is met.
    pub fn up(&self) {
        self.health.set(self.name, true, String::new());
    }

    /// The need is not met.
    pub fn down(&self, reason: impl Into<String>) {
        self.health.set(self.name, false, reason.into());
    }

    /// Whether the need is met.
    pub fn is_up(&self) -> bool {
        self.health.state().checks.iter().any(|check| check.name == self.name && check.up)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_process_is_ready_when_every_need_is_met_and_it_is_not_ending() {
        let health = Health::new();
        let (kafka, redis) = (health.check("kafka"), health.check("redis"));
        assert!(!health.is_ready());

        kafka.up();
        redis.up();
        assert!(health.is_ready());

        redis.down("connection refused");
        assert!(!health.is_ready());

        redis.up();
        health.draining();
        assert!(!health.is_ready());
    }

    #[test]
    fn a_report_says_since_when_and_why() {
        let start = DateTime::from_timestamp_millis(1_770_000_000_000).unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let health = Health::with_clock(clock.clone());
        let check = health.check("postgres");
        clock.advance(TimeDelta::seconds(5));
        check.down("still away");

        let state = health.report().checks.pop().unwrap();

        let expected =
            CheckState { name: "postgres", up: false, reason: "still away".to_owned(), since: start };
        assert_eq!(state, expected);
    }
}
