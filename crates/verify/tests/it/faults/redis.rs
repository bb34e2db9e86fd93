//! Faults in Redis.

use testkit::BRANCH_MAIN;

use super::{Fault, Plant, fault};
use crate::day::Day;

const NOBODYS: &str = "01900000-0000-7000-8000-00000000dead";

pub fn faults(day: &Day) -> Vec<Fault> {
    let mut faults = of_slots(day);
    faults.extend(of_holds(day));
    faults.extend(of_copies(day));
    faults
}

fn of_slots(day: &Day) -> Vec<Fault> {
    let (large, slot) = (day.order("large"), day.slot("large"));
    let branch = format!("slot:{{{BRANCH_MAIN}}}");
    let seen = |fault: Fault| Fault { shows_in_samples: true, ..fault };
    vec![
        seen(fault(
            "a slot says that it holds more than its orders take",
            redis(format!("HINCRBY|{slot}|l:r|5")),
            &["I5"],
            "its orders take",
        )),
        seen(fault(
            "a slot counts an order too many",
            redis(format!("HINCRBY|{slot}|n|1")),
            &["I5"],
            "says 2 orders",
        )),
        seen(fault(
            "an order is gone from its slot",
            redis(format!("HDEL|{slot}|o:{large}")),
            &["I5"],
            "takes no place in slot",
        )),
        seen(fault(
            "a slot holds something that is no order",
            redis(format!("HSET|{slot}|o:{NOBODYS}|confirmed 1")),
            &["I5"],
            "in Redis cannot be read",
        )),
        seen(fault(
            "an order takes a place that nobody reserved",
            redis(format!("HSET|{slot}|o:{NOBODYS}|confirmed 1 1 0 0 0 0 1")),
            &["I5"],
            "has no live reservation",
        )),
        fault(
            "a hold takes no place",
            redis(format!("ZADD|{branch}:holds|99999999999999|{NOBODYS}")),
            &["I5"],
            "has a hold and takes no place",
        ),
        fault(
            "an order says that it has ended, and its slot does not know",
            redis(format!("HSET|{branch}:order:{large}|state|freed")),
            &["I5"],
            "by itself",
        ),
        fault(
            "a branch is not filled",
            redis(format!("DEL|{branch}:epoch")),
            &["I5"],
            "is not filled with branch",
        ),
    ]
}

fn of_holds(day: &Day) -> Vec<Fault> {
    let (large, slot, shared) = (day.order("large"), day.slot("large"), day.slot("delivery"));
    let (branch, start) = shared.rsplit_once(':').unwrap();
    let held = format!(
        "HSET|{shared}|o:{NOBODYS}|held 0 0 0 0 0 0 0\nHINCRBY|{shared}|n|1\n\
         HSET|{branch}:order:{NOBODYS}|state|held|start|{start}"
    );
    let again = "redis.call('HSET', KEYS[1], KEYS[2], \
        (string.gsub(redis.call('HGET', KEYS[1], KEYS[2]), 'confirmed', 'held'))) return 1";
    let huge = Fault {
        shows_in_samples: true,
        ..fault(
            "a slot was sold twice",
            redis(format!(
                "HSET|{slot}|o:{NOBODYS}|confirmed 20000 0 0 0 0 0 0\nHINCRBY|{slot}|n|1\nHINCRBY|{slot}|l:r|20000"
            )),
            &["I4", "I5"],
            "roubles of at most 10000, in 2 orders",
        )
    };
    vec![
        huge,
        fault("a hold has no end", redis(held.clone()), &["I5"], "never ends"),
        fault(
            "a hold ran out and takes its place",
            redis(format!("{held}\nZADD|{branch}:holds|1000|{NOBODYS}")),
            &["I5"],
            "and still takes its place",
        ),
        fault(
            "an order that was read is still held",
            redis(format!("EVAL|{again}|2|{slot}|o:{large}\nHSET|{branch}:order:{large}|state|held")),
            &["I5"],
            "is still held in slot",
        ),
    ]
}

fn of_copies(day: &Day) -> Vec<Fault> {
    let (large, plain) = (day.order("large"), day.order("plain"));
    let live = format!("orders:live:{BRANCH_MAIN}");
    vec![
        fault("a copy is gone", redis(format!("DEL|order:{large}")), &["I13"], "differs in everything"),
        fault(
            "a copy has another status",
            redis(format!("SET|order:{large}:status|ready")),
            &["I13"],
            "its copy says",
        ),
        fault(
            "a copy has another version",
            redis(format!("SET|order:{large}:version|7")),
            &["I13"],
            "its copy says",
        ),
        fault(
            "a copy tells of another order",
            redis(format!("COPY|order:{plain}|order:{large}|REPLACE")),
            &["I13"],
            "differs in",
        ),
        fault(
            "the copy of a live order fades",
            redis(format!("EXPIRE|order:{large}|1000")),
            &["I13"],
            "fades",
        ),
        fault("a live order is in no set", redis(format!("ZREM|{live}|{large}")), &["I13"], "in the sets []"),
        fault(
            "a live order is in the wrong place",
            redis(format!("ZINCRBY|{live}|60|{large}")),
            &["I13"],
            "instead of",
        ),
        fault(
            "an ended order counts as live",
            redis(format!("ZADD|{live}|1|{plain}")),
            &["I13"],
            "instead of []",
        ),
        fault(
            "a stranger counts as live",
            redis(format!("ZADD|{live}|1|{NOBODYS}")),
            &["I13"],
            "counts order",
        ),
        fault(
            "there is a copy of no order",
            redis(format!("SET|order:{NOBODYS}|{{}}")),
            &["I13"],
            "has a copy of order",
        ),
        fault(
            "Redis is not filled with orders",
            redis("DEL|orders:epoch".to_owned()),
            &["I13"],
            "is not filled with orders",
        ),
        fault(
            "Redis was started anew and may have come back with less",
            redis("SET|orders:epoch|of an earlier run".to_owned()),
            &["I13"],
            "is not filled with orders",
        ),
    ]
}

fn redis(command: String) -> Plant {
    Plant::Redis(command)
}
