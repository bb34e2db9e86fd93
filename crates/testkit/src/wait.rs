//! Waiting for a condition, with a deadline.

use std::time::Duration;

use tokio::time::{Instant, sleep};

const PAUSE: Duration = Duration::from_millis(20);
const ATTEMPTS: usize = 3;

/// Waits until `condition` holds; fails the test when `deadline` passes first.
pub async fn eventually(what: &str, deadline: Duration, mut condition: impl AsyncFnMut() -> bool) {
    eventually_some(what, deadline, async || condition().await.then_some(())).await;
}

/// Waits until `look` finds something and gives it; fails the test when `deadline` passes first.
pub async fn eventually_some<T>(
    what: &str,
    deadline: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "within {deadline:?}: {what}");
        sleep(PAUSE).await;
    }
}

/// Checks a promise of speed: of a few attempts one takes less than `limit`, as each says for itself. A machine that
/// has much to do may be too slow once.
pub async fn at_best_within(what: &str, limit: Duration, mut attempt: impl AsyncFnMut() -> Duration) {
    let mut fastest = Duration::MAX;
    for _ in 0..ATTEMPTS {
        fastest = fastest.min(attempt().await);
        if fastest < limit {
            return;
        }
    }
    panic!("{what}: {fastest:?} at best, not within {limit:?}");
}
