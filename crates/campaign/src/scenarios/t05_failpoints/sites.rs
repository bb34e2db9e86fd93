//! Every failpoint of the services, and what it does to the process it is in.

use std::fmt;

/// A failpoint in one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// As the code names it.
    pub name: &'static str,
    /// Where it is passed.
    pub service: &'static str,
    /// How often it is passed well before it fails, so that there is something to lose.
    pub spared: u32,
    /// What its own error does.
    pub error: Error,
    /// What a panic there does.
    pub panic: Panic,
}

/// What a failpoint's own error does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Somebody tries again.
    IsHandled,
    /// The process cannot go on, and says so.
    EndsTheProcess,
    /// There is no error at this place.
    IsNone,
}

/// What a panic at a failpoint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panic {
    /// It ends one call, one try or one socket.
    IsContained,
    /// It ends a part of the process, and with it the process.
    EndsTheProcess,
}

/// What happens at a failpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The place answers its own error.
    Error,
    /// The process is gone.
    Abort,
    /// The code panics.
    Panic,
    /// Three seconds go by.
    Sleep,
}

impl Action {
    /// All.
    pub const ALL: [Self; 4] = [Self::Error, Self::Abort, Self::Panic, Self::Sleep];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Abort => "abort",
            Self::Panic => "panic",
            Self::Sleep => "sleep",
        })
    }
}

const fn site(service: &'static str, name: &'static str, spared: u32) -> Site {
    Site { name, service, spared, error: Error::IsHandled, panic: Panic::IsContained }
}

/// A place in a part that never ends.
const fn in_relay(name: &'static str) -> Site {
    Site { panic: Panic::EndsTheProcess, ..site("order-consumer", name, 2) }
}

/// A place where a reader of the log says how far it is.
const fn in_reader(service: &'static str, name: &'static str) -> Site {
    Site { error: Error::EndsTheProcess, panic: Panic::EndsTheProcess, ..site(service, name, 2) }
}

/// All of them, on the way of an order.
pub const SITES: [Site; 22] = [
    site("order-gateway", "order_gateway::before_assign", 5),
    site("slot-scheduler", "slot_scheduler::before_script", 5),
    site("slot-scheduler", "slot_scheduler::after_script", 5),
    site("order-gateway", "order_gateway::after_assign", 5),
    site("order-gateway", "order_gateway::before_produce", 5),
    site("order-gateway", "order_gateway::after_produce", 5),
    site("order-gateway", "order_gateway::before_answer", 5),
    site("slot-scheduler", "slot_scheduler::before_commit", 2),
    site("slot-scheduler", "slot_scheduler::after_commit", 2),
    site("slot-scheduler", "slot_scheduler::after_confirm", 2),
    in_reader("slot-scheduler", "bus::before_mark"),
    in_reader("slot-scheduler", "bus::after_mark"),
    site("order-consumer", "order_consumer::before_store", 2),
    site("order-consumer", "order_consumer::after_store", 2),
    Site { error: Error::IsNone, ..site("order-consumer", "order_consumer::after_tell", 2) },
    in_reader("order-consumer", "bus::before_mark"),
    in_reader("order-consumer", "bus::after_mark"),
    in_relay("store::before_publish"),
    in_relay("store::after_publish"),
    in_relay("store::after_mark"),
    site("ws-fanout", "ws_fanout::before_frame", 6),
    site("ws-fanout", "ws_fanout::after_frame", 6),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The names in the code, from `failpoint!("name"` on, whatever line the name is on.
    fn named_in(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                named_in(&path, names);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let calls = text.split("failpoint!(").skip(1);
                let quoted = calls.filter_map(|call| call.trim_start().strip_prefix('"'));
                names.extend(quoted.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }

    #[test]
    fn every_failpoint_of_the_code_is_listed_and_no_other() {
        let crates = testkit::workspace_root().join("crates");
        let mut names = BTreeSet::new();
        for one in ["bus", "store", "order-gateway", "slot-scheduler", "order-consumer", "ws-fanout", "menu"]
        {
            named_in(&crates.join(one).join("src"), &mut names);
        }

        assert_eq!(names, SITES.iter().map(|site| site.name.to_owned()).collect());
    }
}
