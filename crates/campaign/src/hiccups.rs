//! How late the machine itself is: a busy one wakes nobody in time, and a measure of deadlines has to know.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

const BEAT: Duration = Duration::from_millis(5);

/// Sleeps again and again, and notes how much too long that took.
#[derive(Debug)]
pub struct Hiccups {
    worst_micros: Arc<AtomicU64>,
    _watching: AbortOnDropHandle<()>,
}

impl Hiccups {
    /// Begins to look.
    pub fn watch() -> Self {
        let worst_micros = Arc::<AtomicU64>::default();
        let noted = Arc::clone(&worst_micros);
        let watching = tokio::spawn(async move {
            loop {
                let slept = Instant::now();
                sleep(BEAT).await;
                let late = slept.elapsed().saturating_sub(BEAT);
                noted.fetch_max(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
        });
        Self { worst_micros, _watching: AbortOnDropHandle::new(watching) }
    }

    /// The longest that anybody was woken too late.
    pub fn worst(&self) -> Duration {
        Duration::from_micros(self.worst_micros.load(Ordering::Relaxed))
    }
}
