//! When something broke, when it was mended, and how long customers then waited.

use std::time::Duration;

use tokio::time::Instant;

use crate::notes::Notes;

/// The faults of one scenario.
#[derive(Debug)]
pub struct Faults {
    began: Instant,
    kinds: Vec<String>,
    mended: Vec<(String, Instant)>,
}

impl Faults {
    /// None yet; stalls count from now.
    pub fn none() -> Self {
        Self { began: Instant::now(), kinds: Vec::new(), mended: Vec::new() }
    }

    /// Something was broken now.
    pub fn broke(&mut self, what: impl Into<String>) {
        self.kinds.push(what.into());
    }

    /// What was broken before is mended now: from here the recovery counts.
    pub fn mended(&mut self, what: impl Into<String>) {
        self.mended.push((what.into(), Instant::now()));
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.kinds.len()
    }

    /// How often each kind happened.
    pub fn kinds(&self) -> Vec<(String, usize)> {
        let mut counts = std::collections::BTreeMap::<_, usize>::new();
        for kind in &self.kinds {
            *counts.entry(kind.clone()).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// From each mending to the next acknowledgement; `None` where none came.
    pub fn recoveries(&self, notes: &Notes) -> Vec<(String, Option<Duration>)> {
        let acknowledged = notes.acknowledgements_since(self.began);
        recoveries(&self.mended, &acknowledged)
    }

    /// The longest time without an acknowledgement, between the first and the last.
    pub fn longest_stall(&self, notes: &Notes) -> Duration {
        let acknowledged = notes.acknowledgements_since(self.began);
        let gaps = acknowledged.iter().zip(acknowledged.iter().skip(1)).map(|(one, next)| *next - *one);
        gaps.max().unwrap_or_default()
    }
}

fn recoveries(mended: &[(String, Instant)], acknowledged: &[Instant]) -> Vec<(String, Option<Duration>)> {
    let next = |at: &Instant| acknowledged.get(acknowledged.partition_point(|each| each < at));
    mended.iter().map(|(what, at)| (what.clone(), next(at).map(|next| *next - *at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_is_the_time_to_the_next_acknowledgement() {
        let begin = Instant::now();
        let at = |millis| begin + Duration::from_millis(millis);
        let acknowledged = [at(10), at(500), at(900)];

        let recovered = recoveries(&[("a".into(), at(100)), ("b".into(), at(950))], &acknowledged);

        assert_eq!(recovered, [("a".into(), Some(Duration::from_millis(400))), ("b".into(), None)]);
    }
}
