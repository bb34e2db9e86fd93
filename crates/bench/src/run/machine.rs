//! What else the machine does while we measure.

use std::time::{Duration, Instant};

/// One of several looks at the machine's own speed; the best one counts, so that a neighbour's moment does not.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: usize = 6;

/// How much work a thread does in a moment when nobody interrupts it.
pub fn speed() -> f64 {
    (0..LOOKS).map(|_| spins()).fold(0.0, f64::max)
}

#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
fn spins() -> f64 {
    let end = Instant::now() + LOOK;
    let (mut count, mut value) = (0_u64, 1_u64);
    while Instant::now() < end {
        for _ in 0..200 {
            value = std::hint::black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        count += 1;
    }
    count as f64
}

/// Load average over the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN)
}

/// Processor time since the machine started, in ticks: all of it, and what a hypervisor took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticks {
    all: u64,
    stolen: u64,
}

impl Ticks {
    /// Until now.
    pub fn now() -> Self {
        Self::read(&std::fs::read_to_string("/proc/stat").unwrap_or_default())
    }

    fn read(stat: &str) -> Self {
        let first = stat.lines().next().unwrap_or_default();
        let ticks: Vec<u64> = first.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
        // the last two are parts of the first two
        Self { all: ticks.iter().take(8).sum(), stolen: ticks.get(7).copied().unwrap_or_default() }
    }

    /// The share that was taken away since, in percent.
    #[expect(clippy::cast_precision_loss, reason = "ticks of some hours")]
    pub fn stolen_since(self, before: Self) -> f64 {
        let all = self.all.saturating_sub(before.all).max(1);
        self.stolen.saturating_sub(before.stolen) as f64 * 100.0 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eighth_number_is_what_was_taken_away() {
        let before = Ticks::read("cpu  100 0 100 600 0 0 0 200 50 0\ncpu0 1 2 3\n");
        let after = Ticks::read("cpu  150 0 100 620 0 0 0 230 90 0\n");

        assert_eq!(before, Ticks { all: 1_000, stolen: 200 });
        assert!((after.stolen_since(before) - 30.0).abs() < 1e-9);
    }
}
