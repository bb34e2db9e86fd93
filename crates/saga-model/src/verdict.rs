//! Checking a world, and what came of it.

use std::fmt;
use std::time::{Duration, Instant};

use stateright::{Checker as _, Expectation, HasDiscoveries, Model as _};

use crate::world::{Bounds, Flaw, Keys, Saga, Step};

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The world.
    pub saga: Saga,
    /// Different states that were seen.
    pub states: usize,
    /// Steps of the longest way that was tried.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Properties that do not hold, each with the steps that break it.
    pub broken: Vec<(&'static str, Vec<Step>)>,
    /// Sights that should exist and were not found.
    pub unseen: Vec<&'static str>,
}

/// Tries everything that may happen in a world; stops at the first broken property when a flaw is looked for.
pub fn check(saga: Saga) -> Verdict {
    let began = Instant::now();
    // one thread finds the shortest way to break a promise
    let (until, threads) =
        if saga.flaw.is_some() { (HasDiscoveries::AnyFailures, 1) } else { (HasDiscoveries::All, 2) };
    let checker = saga.checker().finish_when(until).threads(threads).spawn_bfs().join();
    let mut verdict = Verdict {
        saga,
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        took: began.elapsed(),
        broken: Vec::new(),
        unseen: Vec::new(),
    };
    for property in saga.properties() {
        match (property.expectation, checker.discovery(property.name)) {
            (Expectation::Sometimes, None) => verdict.unseen.push(property.name),
            (Expectation::Sometimes, Some(_)) | (_, None) => {}
            (_, Some(way)) => verdict.broken.push((property.name, way.into_actions())),
        }
    }
    verdict
}

/// The worlds in which everything must hold.
pub fn sound() -> Vec<Saga> {
    let world = |keys, calls, crashes, losses, cancels| Saga {
        bounds: Bounds { keys, calls, crashes, losses, cancels },
        flaw: None,
    };
    vec![
        world(Keys::Own, [2, 1], 2, 0, 0),
        world(Keys::Own, [2, 1], 1, 0, 1),
        world(Keys::Own, [1, 1], 1, 1, 1),
        world(Keys::Shared, [2, 1], 1, 0, 0),
        world(Keys::Shared, [1, 1], 1, 1, 0),
        world(Keys::Shared, [1, 1], 0, 2, 1),
        world(Keys::Shared, [2, 1], 0, 1, 0),
    ]
}

/// The flawed worlds, each with the beginning of the name of the property that must break.
pub fn flawed() -> Vec<(Saga, &'static str)> {
    let broken_by = |flaw| match flaw {
        Flaw::ReleasesInDoubt | Flaw::ExpiresUnasked => (Keys::Own, 1, 0, 0, "I4"),
        Flaw::AnswersBeforeTheLog => (Keys::Own, 1, 0, 0, "I1"),
        Flaw::CommitsBeforeStoring => (Keys::Own, 1, 1, 0, "I1"),
        Flaw::StoresWithoutKeys => (Keys::Shared, 1, 0, 1, "I2"),
        Flaw::ConfirmsHoldsOnly | Flaw::RefillsNothing => (Keys::Own, 1, 0, 1, "I5"),
    };
    let world = |flaw| {
        let (keys, calls, crashes, losses, property) = broken_by(flaw);
        let bounds = Bounds { keys, calls: [calls; 2], crashes, losses, cancels: 0 };
        (Saga { bounds, flaw: Some(flaw) }, property)
    };
    Flaw::ALL.map(world).into()
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bounds { keys, calls, crashes, losses, cancels } = self.saga.bounds;
        let flaw = self.saga.flaw.map_or_else(|| "sound".to_owned(), |flaw| format!("{flaw:?}"));
        writeln!(
            f,
            "{flaw}: {keys:?} keys, {calls:?} calls, {crashes} crashes, {losses} losses of Redis, {cancels} cancels: \
             {} states, {} steps deep, {:.1} s",
            self.states,
            self.depth,
            self.took.as_secs_f64()
        )?;
        for (property, way) in &self.broken {
            writeln!(f, "  broken: {property}")?;
            way.iter().try_for_each(|step| writeln!(f, "    {step:?}"))?;
        }
        self.unseen.iter().try_for_each(|sight| writeln!(f, "  never seen: {sight}"))
    }
}
