//! Calls of the store and what they answer, as values: they can be made up, recorded and compared.

use chrono::{DateTime, TimeDelta, Utc};
use domain::calendar::SlotTime;
use domain::ids::{BranchId, OrderId};
use slot_scheduler::storage::redis::{
    Assignment, BranchMemory, Confirmation, Confirmed, Outcome, Run, SlotLoad, SlotStore,
};
use slot_scheduler::storage::{Override, Reservation};

/// The branch that all commands are about.
pub const BRANCH: BranchId = BranchId::MAIN;

/// One call of the store.
#[derive(Clone, Debug)]
pub enum Command {
    /// A slot is asked for.
    Assign(Box<Assignment>, Vec<Run>),
    /// The log tells of an order.
    Confirm(DateTime<Utc>, Box<Confirmation>),
    /// The log tells of a cancel.
    Free(DateTime<Utc>, Box<Reservation>),
    /// The gateway gives a hold back.
    Release(DateTime<Utc>, OrderId),
    /// A hold that ran out at this moment ends.
    Expire(DateTime<Utc>, OrderId),
    /// A person changes a slot.
    Set(DateTime<Utc>, Override),
    /// Somebody looks at the slot that starts then.
    Look(DateTime<Utc>),
    /// Holds that have run out are asked for.
    Due(DateTime<Utc>),
    /// The branch is filled again.
    Refill(DateTime<Utc>, Box<BranchMemory>),
}

/// What a call answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To a question for a slot.
    Assigned(Outcome),
    /// To an order of the log.
    Confirmed(Confirmed),
    /// Whether anything was done.
    Did(bool),
    /// To a look.
    Saw(SlotLoad),
    /// Orders whose holds have run out, by id.
    AreDue(Vec<OrderId>),
    /// To calls that only act.
    Nothing,
}

impl Command {
    /// Calls the store.
    pub async fn run(&self, store: &SlotStore) -> Answer {
        match self {
            Self::Assign(wanted, runs) => Answer::Assigned(store.assign(wanted, runs, None).await.unwrap()),
            Self::Confirm(now, told) => {
                let told = std::slice::from_ref(&**told);
                Answer::Confirmed(store.confirm(*now, told).await.unwrap().remove(0))
            }
            Self::Free(now, cancelled) => {
                store.free(*now, std::slice::from_ref(cancelled)).await.unwrap();
                Answer::Nothing
            }
            Self::Release(now, order) => Answer::Did(store.release(*now, BRANCH, *order).await.unwrap()),
            Self::Expire(due, order) => {
                Answer::Did(store.expire(*due, BRANCH, &[*order]).await.unwrap() == 1)
            }
            Self::Set(now, changed) => {
                store.set_override(BRANCH, changed, *now).await.unwrap();
                Answer::Nothing
            }
            Self::Look(start) => Answer::Saw(store.look(BRANCH, &[*start]).await.unwrap().remove(0)),
            Self::Due(due) => {
                let found = store.due_holds(*due, &[BRANCH], usize::MAX >> 1).await.unwrap();
                let mut orders: Vec<_> = found.into_iter().flat_map(|(_, orders)| orders).collect();
                orders.sort_unstable();
                Answer::AreDue(orders)
            }
            Self::Refill(now, memory) => Answer::Did(store.refill(BRANCH, memory, *now).await.unwrap()),
        }
    }
}

/// The slots of a run.
pub fn slots_of(run: &Run) -> impl Iterator<Item = SlotTime> {
    let Run { start, length, count, business_date } = *run;
    (0..count).map(move |number| {
        let start = start + length * i32::try_from(number).unwrap();
        SlotTime { start, end: start + length, business_date }
    })
}

/// How long a slot is remembered after its end.
pub const AFTER_END: TimeDelta = TimeDelta::hours(2);
