//! So many in so long, and no more.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Counts what happened within a sliding window.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    window: Duration,
    spent: VecDeque<Instant>,
}

impl Budget {
    /// At most `most` within `window`.
    pub const fn new(most: usize, window: Duration) -> Self {
        Self { most, window, spent: VecDeque::new() }
    }

    /// Spends one; `false` when nothing is left at the moment.
    pub fn spend(&mut self, now: Instant) -> bool {
        while self.spent.front().is_some_and(|at| now.duration_since(*at) >= self.window) {
            self.spent.pop_front();
        }
        let is_left = self.spent.len() < self.most;
        if is_left {
            self.spent.push_back(now);
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_comes_back_when_the_window_has_passed() {
        let mut budget = Budget::new(2, Duration::from_secs(1));
        let start = Instant::now();

        assert!(budget.spend(start) && budget.spend(start + Duration::from_millis(500)));
        assert!(!budget.spend(start + Duration::from_millis(999)));
        assert!(budget.spend(start + Duration::from_secs(1)));
        assert!(!budget.spend(start + Duration::from_millis(1400)));
    }
}
