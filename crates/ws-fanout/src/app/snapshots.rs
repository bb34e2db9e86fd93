//! Snapshots that were written a moment ago. After a restart all tablets of a branch come at once, and see the same.

use chrono::{DateTime, TimeDelta, Utc};

use super::framed::Framed;
use super::seq::Seq;
use super::sight::Sight;

/// A snapshot says when it was taken, so none is given away much later.
const SHARED_FOR: TimeDelta = TimeDelta::seconds(1);
const MOST: usize = 32;

/// The latest of them. What is seen at which positions decides what a snapshot holds.
#[derive(Debug, Default)]
pub struct Snapshots(Vec<Written>);

#[derive(Debug)]
struct Written {
    sight: Sight,
    seqs: Vec<Seq>,
    at: DateTime<Utc>,
    frame: Framed,
}

impl Snapshots {
    /// The snapshot of this sight at these positions.
    pub fn find(&self, sight: &Sight, seqs: &[Seq], now: DateTime<Utc>) -> Option<Framed> {
        let fits = |known: &&Written| known.is_fresh(now) && known.seqs == seqs && known.sight == *sight;
        self.0.iter().find(fits).map(|known| known.frame.clone())
    }

    /// Keeps one for those who come next.
    pub fn keep(&mut self, sight: Sight, seqs: Vec<Seq>, frame: Framed, now: DateTime<Utc>) {
        self.0.retain(|known| known.is_fresh(now) && known.sight != sight);
        if self.0.len() < MOST {
            self.0.push(Written { sight, seqs, at: now, frame });
        }
    }
}

impl Written {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        (self.at..self.at + SHARED_FOR).contains(&now)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::ids::BranchId;
    use domain::permissions::{Grant, Grants, Role};

    use super::*;
    use crate::app::sight::Wish;
    use crate::app::view::Stream;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn sight(role: Role) -> Sight {
        let wish = Wish { stream: Stream::Tablet, branch: None, statuses: BTreeSet::new() };
        Sight::of("somebody", &Grants::new(vec![Grant::within(role, [BranchId::MAIN])]), &wish).unwrap()
    }

    fn at(offset: i64) -> Vec<Seq> {
        vec![Seq { partition: 0, offset }]
    }

    #[test]
    fn whoever_sees_the_same_at_the_same_place_gets_the_same_snapshot_for_a_moment() {
        let mut snapshots = Snapshots::default();
        let frame = Framed::json(&"snapshot").unwrap();

        snapshots.keep(sight(Role::Cook), at(7), frame.clone(), NOW);

        let find = |role, offset, now| snapshots.find(&sight(role), &at(offset), now);
        assert_eq!(find(Role::Cook, 7, NOW), Some(frame));
        assert_eq!(find(Role::Cook, 8, NOW), None);
        assert_eq!(find(Role::Manager, 7, NOW), None);
        assert_eq!(find(Role::Cook, 7, NOW + SHARED_FOR), None);
        assert_eq!(find(Role::Cook, 7, NOW - TimeDelta::seconds(1)), None);
    }

    #[test]
    fn a_newer_snapshot_takes_the_place_of_the_one_before() {
        let mut snapshots = Snapshots::default();

        for offset in 0..100 {
            snapshots.keep(sight(Role::Cook), at(offset), Framed::NOTHING, NOW);
        }

        assert_eq!(snapshots.0.len(), 1);
    }
}
