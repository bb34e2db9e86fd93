//! Bounds, flaws and steps: which worlds are tried.

use stateright::{Model, Property};

use crate::properties;
use crate::state::{CLIENTS, State};

/// How large a world is.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How the clients name their calls.
    pub keys: Keys,
    /// Calls of each client.
    pub calls: [u8; CLIENTS],
    /// Processes that are killed.
    pub crashes: u8,
    /// Times that Redis forgets everything.
    pub losses: u8,
    /// Orders that people cancel.
    pub cancels: u8,
}

/// How the clients name their calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Each has a key of its own.
    Own,
    /// Both use one key, as an app that asks twice does.
    Shared,
}

/// A way to get the saga wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The gateway gives the hold back when the log has not answered in time.
    ReleasesInDoubt,
    /// A hold ends by time alone, whatever the log says.
    ExpiresUnasked,
    /// The gateway answers before the log has the order.
    AnswersBeforeTheLog,
    /// order-consumer lets the log know before it has stored the order.
    CommitsBeforeStoring,
    /// order-consumer stores orders without looking at their keys.
    StoresWithoutKeys,
    /// An order of the log without a hold is not booked.
    ConfirmsHoldsOnly,
    /// A forgotten branch is marked as filled and nothing is written.
    RefillsNothing,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 7] = [
        Self::ReleasesInDoubt,
        Self::ExpiresUnasked,
        Self::AnswersBeforeTheLog,
        Self::CommitsBeforeStoring,
        Self::StoresWithoutKeys,
        Self::ConfirmsHoldsOnly,
        Self::RefillsNothing,
    ];
}

/// One thing that happens; clients and gateways are 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A client calls, or calls again.
    Call(usize),
    /// The slot script runs for a gateway.
    Assign(usize),
    /// A gateway hands its record to the broker.
    Send(usize),
    /// The broker writes a record to the log.
    Land(usize),
    /// A record never comes to the log.
    Lose(usize),
    /// A gateway that knows its record on the log answers.
    Answer(usize),
    /// A gateway has waited long enough.
    GiveUp(usize),
    /// The log refuses a record for certain.
    Refuse(usize),
    /// A gateway gives its hold back.
    Release(usize),
    /// A gateway is killed.
    CrashGateway(usize),
    /// order-consumer stores a record.
    Store,
    /// order-consumer tells of it.
    Tell,
    /// order-consumer lets the log know.
    StoreDone,
    /// Somebody cancels an order that is stored.
    Cancel(usize),
    /// order-consumer is killed.
    CrashConsumer,
    /// slot-scheduler writes a record of `pizza-orders` down.
    Read,
    /// slot-scheduler writes an event of `order-events` down.
    ReadEvent,
    /// slot-scheduler tells Redis.
    Settle,
    /// slot-scheduler lets the log know.
    ReadDone,
    /// slot-scheduler is killed.
    CrashScheduler,
    /// The hold of an order has run out.
    Age(usize),
    /// The job that ends holds asks where the log ends.
    ExpireAsk(usize),
    /// It looks how far the tables are.
    ExpireDecide,
    /// It ends the hold.
    ExpireDrop,
    /// Redis forgets everything.
    Forget,
    /// The job that fills Redis again asks where the log ends.
    RebuildAsk,
    /// It fills Redis.
    Refill,
}

/// The slot saga, sound or with a flaw.
#[derive(Clone, Copy, Debug)]
pub struct Saga {
    /// How large the world is.
    pub bounds: Bounds,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
}

impl Saga {
    pub(crate) fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}

impl Model for Saga {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(self.bounds)]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for client in 0..CLIENTS {
            state.gateway_steps(client, steps);
        }
        state.broker_steps(steps);
        state.book_steps(steps);
        state.scheduler_steps(steps);
        if state.losses_left > 0 {
            steps.push(Step::Forget);
        }
    }

    fn next_state(&self, before: &State, step: Step) -> Option<State> {
        let mut state = before.clone();
        match step {
            Step::Call(client) => state.call(client),
            Step::Assign(client) => state.assign(client),
            Step::Send(client) => state.send(*self, client),
            Step::Land(number) => state.land(number),
            Step::Lose(number) => state.lose(number),
            Step::Answer(client) => state.answer(client),
            Step::GiveUp(client) => state.give_up(*self, client),
            Step::Refuse(client) => state.refuse(client),
            Step::Release(client) => state.release(client),
            Step::CrashGateway(client) => state.crash_gateway(client),
            Step::Store => state.store(*self),
            Step::Tell => state.tell(),
            Step::StoreDone => state.store_done(*self),
            Step::Cancel(order) => state.cancel(order),
            Step::CrashConsumer => state.crash_consumer(),
            Step::Read => state.read(),
            Step::ReadEvent => state.read_event(),
            Step::Settle => state.settle(*self),
            Step::ReadDone => state.read_done(),
            Step::CrashScheduler => state.crash_scheduler(),
            Step::Age(order) => state.age(order),
            Step::ExpireAsk(order) => state.expire_ask(order),
            Step::ExpireDecide => state.expire_decide(*self),
            Step::ExpireDrop => state.expire_drop(),
            Step::Forget => state.forget(),
            Step::RebuildAsk => state.rebuild_ask(),
            Step::Refill => state.refill(*self),
        }
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all(self.bounds)
    }
}
