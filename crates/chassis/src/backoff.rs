//! Pauses between tries that grow, and that differ between processes.

use std::time::Duration;

use crate::entropy;

/// Doubles from a first pause up to a longest one; each pause is shortened by up to half at random.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    ceiling: Duration,
}

impl Backoff {
    /// Pauses from `first` to `max`.
    pub const fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, ceiling: first }
    }

    /// How long to pause before the next try.
    pub fn next_pause(&mut self) -> Duration {
        let ceiling = self.ceiling.min(self.max);
        self.ceiling = ceiling.saturating_mul(2).min(self.max);
        let half = ceiling / 2;
        half + half.mul_f64(fraction())
    }

    /// Waits for the next pause.
    pub async fn pause(&mut self) {
        tokio::time::sleep(self.next_pause()).await;
    }

    /// Begins anew: the last try succeeded.
    pub const fn reset(&mut self) {
        self.ceiling = self.first;
    }
}

fn fraction() -> f64 {
    let sixteen_bits = u16::try_from(entropy::random() & 0xffff).unwrap_or_default();
    f64::from(sixteen_bits) / 65_536.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_begin_anew_after_success() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));

        let first = backoff.next_pause();
        for _ in 0..10 {
            backoff.next_pause();
        }
        let later = backoff.next_pause();
        backoff.reset();
        let again = backoff.next_pause();

        assert!((50..=100).contains(&first.as_millis()));
        assert!((500..=1000).contains(&later.as_millis()));
        assert!(again <= Duration::from_millis(100));
    }
}
