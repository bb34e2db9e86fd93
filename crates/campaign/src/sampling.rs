//! Slots looked at again and again while the system works: what holds at rest must hold at every moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};
use verify::{Stores, Verdict};

use crate::outcome::Check;

const LOOK_EVERY: Duration = Duration::from_millis(500);
const MOST_LISTED: usize = 20;

/// Looks at all slots until it is dropped.
#[derive(Debug)]
pub struct Sampling {
    seen: Arc<Mutex<Samples>>,
    _stop: DropGuard,
}

#[derive(Debug, Default)]
struct Samples {
    looks: u64,
    findings: Vec<String>,
    count: u64,
}

impl Sampling {
    /// Begins to look. A look that finds a store away is none.
    pub fn start(stores: Stores) -> Self {
        let (seen, stop) = (Arc::<Mutex<Samples>>::default(), CancellationToken::new());
        let (noted, ended) = (Arc::clone(&seen), stop.clone());
        tokio::spawn(async move {
            while !ended.is_cancelled() {
                if let Ok(findings) = verify::sample_loads(&stores).await {
                    noted.lock().unwrap().note(findings);
                }
                sleep(LOOK_EVERY).await;
            }
        });
        Self { seen, _stop: stop.drop_guard() }
    }

    /// The verdict on all looks since the last one.
    pub fn so_far(&self) -> Check {
        let Samples { looks, findings, count } = std::mem::take(&mut *self.seen.lock().unwrap());
        let verdict = match count {
            0 if looks == 0 => Verdict::Skipped { why: "no look at the slots succeeded".to_owned() },
            0 => Verdict::Holds { checked: looks },
            _ => Verdict::Broken { findings, count },
        };
        Check {
            number: "I4".to_owned(),
            what: "the same at every look while the system works".to_owned(),
            verdict,
        }
    }
}

impl Samples {
    fn note(&mut self, findings: Vec<String>) {
        self.looks += 1;
        self.count += findings.len() as u64;
        let room = MOST_LISTED.saturating_sub(self.findings.len());
        self.findings.extend(findings.into_iter().take(room));
    }
}
