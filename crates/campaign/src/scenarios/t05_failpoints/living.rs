//! A service that fails in one life after the other.

use std::time::Duration;

use anyhow::ensure;
use tokio::time::Instant;

use super::plan::{Failure, Life};
use crate::faults::Faults;
use crate::stage::Stage;
use crate::world::World;

/// How long a failpoint may take to be reached: a reader of the log that died comes back after its session's end.
const REACHED: Duration = Duration::from_mins(1);
/// How long a process may take to end after a part of it did.
const GONE: Duration = Duration::from_secs(45);

/// One service.
pub struct Living {
    service: &'static str,
    /// Those to come, the next one last.
    lives: Vec<Life>,
    now: Option<Now>,
}

/// The present life.
struct Now {
    /// What has not happened yet.
    ahead: Life,
    /// The last thing that happens ends the process.
    ends: bool,
    until: Instant,
    /// Where the log of this life begins.
    log: usize,
}

impl Living {
    /// A service with these lives before it.
    pub fn of(service: &'static str, mut lives: Vec<Life>) -> Self {
        lives.reverse();
        Self { service, lives, now: None }
    }

    /// Whether everything has happened.
    pub fn is_over(&self) -> bool {
        self.lives.is_empty() && self.now.is_none()
    }

    /// Notes what has happened, and begins the next life when this one is over.
    pub fn look(&mut self, world: &mut World, stage: &Stage, faults: &mut Faults) -> anyhow::Result<()> {
        let is_alive = world.system.is_alive(self.service);
        let Some(now) = &mut self.now else {
            self.begin(world);
            return Ok(());
        };
        let log = world.system.log(self.service);
        let log = log.get(now.log..).unwrap_or_default();
        let (happened, ahead): (Life, Life) =
            now.ahead.iter().partition(|failure| log.contains(&failure.logged()));
        for failure in &happened {
            stage.say(format!("{} at {} in {}", failure.action, failure.site.name, self.service));
            faults.broke(failure.action.to_string());
            now.until = Instant::now() + if failure.ends_the_process() { GONE } else { REACHED };
        }
        now.ahead = ahead;
        let (is_late, next) = (Instant::now() > now.until, now.ahead.first().map(Failure::logged));
        if let Some(next) = next {
            ensure!(is_alive, "{} ended before its {next}", self.service);
            ensure!(!is_late, "{} has not come to its {next}", self.service);
        } else if now.ends && is_alive {
            ensure!(!is_late, "{} goes on after what should have ended it", self.service);
        } else {
            self.begin(world);
            faults.mended(self.service);
        }
        Ok(())
    }

    /// The next life; after the last one the service lives on as usual.
    fn begin(&mut self, world: &mut World) {
        self.now = self.lives.pop().map(|life| Now {
            ends: life.iter().any(Failure::ends_the_process),
            until: Instant::now() + REACHED,
            log: world.system.log(self.service).len(),
            ahead: life,
        });
        match &self.now {
            Some(now) => {
                let armed: Vec<_> = now.ahead.iter().map(Failure::armed).collect();
                world.system.kill(self.service);
                world.system.resume_with(self.service, &[("FAILPOINTS", &armed.join(";"))]);
            }
            None if !world.system.is_alive(self.service) => world.system.resume(self.service),
            None => {}
        }
    }
}
