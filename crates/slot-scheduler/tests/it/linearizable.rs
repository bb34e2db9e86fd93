//! Whether calls that overlapped can be told one after the other, as the reference would answer them.
//!
//! The search of Wing and Gong: whatever was called before the first of the open calls had answered may have
//! happened first. What was seen before is not tried again (Lowe): the calls that are told and the branch as it is
//! then say all about what may follow.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use crate::command::{Answer, Command};
use crate::reference::Reference;

/// A history that takes longer to decide is too hard, and its calls overlap too much.
const MOST_STATES: usize = 200_000;

/// One call of a client, and when it began and ended; no two moments are the same.
#[derive(Clone, Debug)]
pub struct Call {
    pub client: usize,
    pub began: usize,
    pub ended: usize,
    pub command: Command,
    pub answer: Answer,
}

/// Which calls of a history are told.
type Told = Vec<u64>;

/// A history that cannot be told one call after the other: how far it went, and the calls of which none can be next.
#[derive(Debug)]
pub struct Unexplained {
    told: usize,
    next: String,
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} calls, none of these can be next:\n{}", self.told, self.next)
    }
}

/// Looks for an order of the calls in which the reference gives the same answers.
pub fn explain(start: &Reference, history: &[Call]) -> Result<(), Unexplained> {
    let nothing: Told = vec![0; history.len().div_ceil(64)];
    let mut seen: HashMap<Told, Vec<Reference>> = HashMap::new();
    let mut open = vec![(nothing, start.clone())];
    let (mut states, mut farthest) = (0, (0, Told::new()));
    while let Some((told, branch)) = open.pop() {
        states += 1;
        assert!(states <= MOST_STATES, "calls overlap too much: nobody can decide this history");
        let count = told.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        if count == history.len() {
            return Ok(());
        }
        if count >= farthest.0 {
            farthest = (count, told.clone());
        }
        // the call that began last is tried last
        for number in possible(history, &told).into_iter().rev() {
            let mut after = branch.clone();
            if after.apply(&history[number].command) != history[number].answer {
                continue;
            }
            let mut more = told.clone();
            more[number / 64] |= 1 << (number % 64);
            let known = seen.entry(more.clone()).or_default();
            if !known.contains(&after) {
                known.push(after.clone());
                open.push((more, after));
            }
        }
    }
    Err(Unexplained { told: farthest.0, next: describe(history, &farthest.1) })
}

/// Calls that may come next: nothing else had ended before they began.
fn possible(history: &[Call], told: &[u64]) -> Vec<usize> {
    let is_open = |number: &usize| told.get(number / 64).is_none_or(|word| word >> (number % 64) & 1 == 0);
    let open: Vec<usize> = (0..history.len()).filter(is_open).collect();
    let first_end = open.iter().map(|number| history[*number].ended).min().unwrap_or(0);
    open.into_iter().filter(|number| history[*number].began < first_end).collect()
}

fn describe(history: &[Call], told: &[u64]) -> String {
    let mut text = String::new();
    for call in possible(history, told).into_iter().map(|number| &history[number]) {
        let Call { client, began, ended, command, answer } = call;
        let _ = writeln!(text, "client {client}, {began}..{ended}: {command:?}\n  answered {answer:?}");
    }
    text
}
