//! Commands of one socket: one after the other, a few waiting.

use std::collections::VecDeque;

use crate::app::ports::Command;

/// How many commands may wait behind the one that runs.
pub const MOST_WAITING: usize = 8;

/// The one that runs, and those that wait.
#[derive(Debug, Default)]
pub struct Commands {
    runs: bool,
    waiting: VecDeque<Box<Command>>,
}

/// No room to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl Commands {
    /// Takes a command: the answer is what has to run now.
    pub fn take(&mut self, command: Box<Command>) -> Result<Option<Box<Command>>, TooMany> {
        if !self.runs {
            self.runs = true;
            return Ok(Some(command));
        }
        if self.waiting.len() >= MOST_WAITING {
            return Err(TooMany);
        }
        self.waiting.push_back(command);
        Ok(None)
    }

    /// The one that ran is done: the answer is what has to run now.
    pub fn finished(&mut self) -> Option<Box<Command>> {
        let next = self.waiting.pop_front();
        self.runs = next.is_some();
        next
    }
}
