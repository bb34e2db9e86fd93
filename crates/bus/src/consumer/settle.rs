//! A record ends worked on, or kept; never skipped.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chassis::{Backoff, TraceContext, trace};
use domain::error::ServiceError;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::BatchHandler;
use super::pulse::Pulse;
use crate::dead_letters::DeadLetters;
use crate::message::Message;

/// Brings batches to their end.
pub struct Settler<H> {
    handler: Arc<H>,
    dead: DeadLetters,
    pub pulse: Arc<Pulse>,
    stop: CancellationToken,
    /// Whose rest is done now; batches come in their order.
    turn: Arc<Mutex<()>>,
}

/// What came of a part of a batch.
enum Attempt {
    Done,
    /// No further try would help.
    Refused(String),
    /// It may be too much at once; less of it may get through.
    TooMuch,
    /// The process ends while the part waits for its next try.
    Stopped,
}

/// A record that panics so often is to blame itself.
const PANICS: u32 = 3;
/// A part that fails so often is tried in halves: it may take longer than a store allows. While a store is away
/// that helps nobody and costs little, because what was not tried yet stays whole.
const FAILURES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl<H: BatchHandler> Settler<H> {
    pub fn new(handler: Arc<H>, dead: DeadLetters, pulse: Arc<Pulse>, stop: CancellationToken) -> Self {
        Self { handler, dead, pulse, stop, turn: Arc::default() }
    }

    /// Works on the batch, in order, and says how many records from its beginning are done: all of them,
    /// unless the process is to end. `next` is told when the next batch may begin. Not to be dropped before it
    /// answers.
    pub async fn settle(&self, batch: Arc<[Message]>, next: Arc<Notify>) -> usize {
        let done = self.settle_parts(&batch, &next).await;
        next.notify_one();
        done
    }

    async fn settle_parts(&self, batch: &Arc<[Message]>, next: &Arc<Notify>) -> usize {
        let mut done = 0;
        let mut parts = Vec::from([Range { start: 0, end: batch.len() }]);
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        while let Some(part) = parts.pop() {
            let settled = match self.attempt(batch, &part, next, &mut backoff).await {
                Attempt::Done => true,
                Attempt::Refused(reason) if part.len() == 1 => {
                    self.bury(batch.get(part.start), &reason).await
                }
                Attempt::Refused(_) | Attempt::TooMuch => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                    continue;
                }
                Attempt::Stopped => false,
            };
            if !settled {
                break;
            }
            backoff.reset();
            done = part.end;
        }
        done
    }

    /// Tries the part until it is done or refused, or has failed so often that its halves are to be tried. One record
    /// is tried for as long as it takes. The pauses go on growing from one part to its halves.
    async fn attempt(
        &self,
        batch: &Arc<[Message]>,
        part: &Range<usize>,
        next: &Arc<Notify>,
        backoff: &mut Backoff,
    ) -> Attempt {
        let (mut panics, mut failures) = (0, 0);
        loop {
            let reason = match self.work(batch, part.clone(), next).await {
                Ok(()) => {
                    self.pulse.unstuck();
                    return Attempt::Done;
                }
                Err(Failure::Refused(reason)) => return Attempt::Refused(reason),
                Err(Failure::Panic(reason)) => {
                    panics += 1;
                    if part.len() > 1 || panics == PANICS {
                        return Attempt::Refused(reason);
                    }
                    reason
                }
                Err(Failure::Passing(reason)) => {
                    failures += 1;
                    reason
                }
            };
            self.pulse.stuck(&reason);
            tracing::warn!(records = part.len(), reason, "records wait for another try: {reason}");
            if !self.pause(backoff).await {
                return Attempt::Stopped;
            }
            if part.len() > 1 && failures == FAILURES {
                return Attempt::TooMuch;
            }
        }
    }

    /// One try, in a task of its own: a panic ends the try, not the reader.
    async fn work(
        &self,
        batch: &Arc<[Message]>,
        part: Range<usize>,
        next: &Arc<Notify>,
    ) -> Result<(), Failure> {
        let start = Instant::now();
        let context = story(batch.get(part.clone()).unwrap_or_default());
        let span = trace::span("records", &context);
        let is_whole = part.len() == batch.len();
        let (handler, batch) = (Arc::clone(&self.handler), Arc::clone(batch));
        let (turn, next) = (Arc::clone(&self.turn), Arc::clone(next));
        let work = async move {
            let records = batch.get(part).unwrap_or_default();
            let rest = handler.handle(records).await?;
            // taken before the next batch is let in, so that it finishes after this one
            let _turn = turn.lock().await;
            if is_whole {
                next.notify_one();
            }
            handler.finish(records, rest).await
        };
        let outcome = tokio::spawn(trace::scope(context, work).instrument(span)).await;
        metrics::histogram!("bus_handle_seconds").record(start.elapsed());
        match outcome {
            Ok(outcome) => outcome.map_err(|error| Failure::from_error(&error)),
            Err(panic) => Err(Failure::Panic(format!("the handler panicked: {panic}"))),
        }
    }

    /// Keeps one record among the dead letters; `false` when the process ends before that succeeds.
    async fn bury(&self, message: Option<&Message>, reason: &str) -> bool {
        let Some(message) = message else { return true };
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let Err(error) = self.dead.keep(message, reason).await else {
                self.pulse.unstuck();
                return true;
            };
            self.pulse.stuck(&format!("a dead letter is not kept: {error}"));
            if !self.pause(&mut backoff).await {
                return false;
            }
        }
    }

    async fn pause(&self, backoff: &mut Backoff) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = backoff.pause() => true,
        }
    }
}

enum Failure {
    /// Another try may help.
    Passing(String),
    /// It may be the record's doing, or the moment's.
    Panic(String),
    /// It will always be so.
    Refused(String),
}

impl Failure {
    fn from_error(error: &impl ServiceError) -> Self {
        let reason = format!("{}: {}", error.reason(), chassis::causes(error));
        if error.kind().is_retryable() { Self::Passing(reason) } else { Self::Refused(reason) }
    }
}

/// One record goes on with its own trace, several begin a new one.
fn story(part: &[Message]) -> TraceContext {
    match part {
        [only] => only.headers.trace().map_or_else(TraceContext::fresh, |trace| trace.child()),
        _ => TraceContext::fresh(),
    }
}
