//! One bad time of one link.

use std::fmt;
use std::time::Duration;

use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use testkit::Link;

use crate::scenario::Size;

/// A link and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// What is behind the link.
    pub link: &'static str,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Slow,
    Narrow,
    InPieces,
    Torn,
    Refused,
    Frozen,
    HalfOpen,
}

/// What orders pass on their way, and what screens hang on.
const LINKS: [&str; 7] =
    ["redis", "postgres", "kafka", "slot-scheduler", "order-consumer", "order-gateway", "sockets"];

const FAULTS: [Fault; 7] = [
    Fault::Slow,
    Fault::Narrow,
    Fault::InPieces,
    Fault::Torn,
    Fault::Refused,
    Fault::Frozen,
    Fault::HalfOpen,
];

/// With every change: each store and the way between services and to clients, each with another fault.
const FEW: [Spell; 5] = [
    Spell { link: "redis", fault: Fault::HalfOpen },
    Spell { link: "postgres", fault: Fault::Torn },
    Spell { link: "kafka", fault: Fault::Frozen },
    Spell { link: "slot-scheduler", fault: Fault::Slow },
    Spell { link: "sockets", fault: Fault::InPieces },
];

/// At night as many pairs as there is time for, in an order of the seed's own.
const MANY: usize = 40;

/// What happens in this run.
pub fn plan(size: Size, choices: &mut ChaCha8Rng) -> Vec<Spell> {
    if size == Size::Ci {
        return FEW.to_vec();
    }
    let pairs = LINKS.iter().flat_map(|link| FAULTS.iter().map(|fault| Spell { link, fault: *fault }));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.shuffle(choices);
    pairs.truncate(MANY);
    pairs
}

impl Spell {
    /// Makes the link bad.
    pub fn cast(self, link: &Link) {
        match self.fault {
            Fault::Slow => link.delay(Duration::from_millis(60), Duration::from_millis(60)),
            Fault::Narrow => link.throttle(256 * 1024),
            Fault::InPieces => link.slice(97),
            Fault::Torn => link.reset(),
            Fault::Refused => {
                link.refuse();
                link.reset();
            }
            Fault::Frozen => link.freeze(),
            Fault::HalfOpen => link.half_open(),
        }
    }

    /// Whether it has to be done again and again.
    pub fn is_repeated(self) -> bool {
        self.fault == Fault::Torn
    }
}

impl fmt::Display for Spell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match self.fault {
            Fault::Slow => "slow",
            Fault::Narrow => "narrow",
            Fault::InPieces => "cut into pieces",
            Fault::Torn => "torn again and again",
            Fault::Refused => "refused",
            Fault::Frozen => "frozen",
            Fault::HalfOpen => "half-open",
        };
        write!(f, "{} is {fault}", self.link)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::stage::choices;

    #[test]
    fn a_night_meets_every_link_and_every_fault_and_no_pair_twice() {
        let plan = plan(Size::Nightly, &mut choices(1, "T8"));

        let pairs: BTreeSet<_> = plan.iter().map(ToString::to_string).collect();
        assert_eq!((plan.len(), pairs.len()), (MANY, MANY));
        assert!(LINKS.iter().all(|link| plan.iter().any(|spell| spell.link == *link)));
        assert!(FAULTS.iter().all(|fault| plan.iter().any(|spell| spell.fault == *fault)));
    }
}
