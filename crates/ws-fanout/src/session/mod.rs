//! The protocol of one socket as a state machine: no socket, no clock, no hub.
//!
//! It is told what happened and answers with what to do. A client is unknown until its token was verified; then it
//! may say for a moment where it wants to go on; then its stream runs until it ends.

mod budget;
mod commands;
mod said;
#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::orders::v1::UpdateOrderStatusRequest;
use secrecy::SecretString;
use tokio::time::Instant;
use uuid::Uuid;

use self::budget::Budget;
use self::commands::Commands;
pub use self::said::NotSaid;
use self::said::{Request, Said};
use crate::app::close::Close;
use crate::app::frame::{self, Hello, PROTOCOL};
use crate::app::framed::Framed;
use crate::app::hub::Device;
use crate::app::ports::{Command, Done, Member};
use crate::app::refusal::Refusal;
use crate::app::seq::Seq;
use crate::app::sight::{Sight, Wish};

/// How long a client may take to sign in.
pub const SIGN_IN_WITHIN: Duration = Duration::from_secs(5);
/// How long a client that signed in is waited for, in case it wants to resume.
pub const RESUME_WITHIN: Duration = Duration::from_millis(250);
/// How often `ping` is sent.
pub const HEARTBEAT: Duration = Duration::from_secs(2);
/// After so long without a frame a client shows itself stale.
pub const STALE_AFTER: Duration = Duration::from_secs(5);
/// Pings that may be unanswered at once: a client that is further behind shows what was, and has to go, though it
/// answers as often as it is asked.
const UNANSWERED_PINGS: u32 = 5;

const REQUESTS_PER_SECOND: usize = 20;
const STRIKES_PER_MINUTE: usize = 2;

/// The present, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For intervals.
    pub instant: Instant,
    /// For the ends of tokens and the times in frames.
    pub wall: DateTime<Utc>,
}

/// What to do next.
#[derive(Debug)]
pub enum Act {
    /// Write a frame.
    Send(Framed),
    /// Verify a token and tell the session.
    Verify(Uuid, SecretString),
    /// Say whose device this is.
    Identify(Option<Device>),
    /// Begin the stream, or begin it anew.
    Join(Join),
    /// Have a ping queued behind the frames.
    Ping,
    /// Carry a command out and tell the session.
    Run(Box<Command>),
    /// Close the socket; nothing follows.
    Close(Close),
}

/// How a stream begins.
#[derive(Debug)]
pub struct Join {
    /// What is seen.
    pub sight: Sight,
    /// Where the client wants to go on.
    pub position: Option<Vec<Seq>>,
    /// Whether resuming was asked for, sensibly or not.
    pub wants_resume: bool,
    /// Whether `hello` has to be said.
    pub greets: bool,
}

/// One socket's side of the protocol.
#[derive(Debug)]
pub struct Session {
    id: Uuid,
    wish: Wish,
    phase: Phase,
    requests: Budget,
    strikes: Budget,
    commands: Commands,
    next_ping: Instant,
    unanswered_pings: u32,
}

#[derive(Debug)]
enum Phase {
    /// Nobody has signed in.
    Unknown { until: Instant },
    /// Signed in; may still say where to go on.
    Choosing { until: Instant, member: Member, sight: Sight },
    /// The stream runs.
    Running { member: Member, sight: Sight },
}

impl Session {
    /// A session of a client that has just connected.
    pub fn new(id: Uuid, wish: Wish, now: Now) -> Self {
        Self {
            id,
            wish,
            phase: Phase::Unknown { until: now.instant + SIGN_IN_WITHIN },
            requests: Budget::new(REQUESTS_PER_SECOND, Duration::from_secs(1)),
            strikes: Budget::new(STRIKES_PER_MINUTE, Duration::from_mins(1)),
            commands: Commands::default(),
            next_ping: now.instant,
            unanswered_pings: 0,
        }
    }

    /// When `tick` is due at the latest.
    pub fn next_wake(&self, now: Now) -> Instant {
        match &self.phase {
            Phase::Unknown { until } => *until,
            Phase::Choosing { until, .. } => *until,
            Phase::Running { member, .. } => self.next_ping.min(ends(member, now)),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Now) -> Vec<Act> {
        match &self.phase {
            Phase::Unknown { until } if now.instant >= *until => vec![Act::Close(Close::NotSignedIn)],
            Phase::Choosing { until, .. } if now.instant >= *until => self.start(None, false, now),
            Phase::Running { member, .. } if member.expires <= now.wall => {
                vec![Act::Close(Close::NotSignedIn)]
            }
            Phase::Running { .. } => self.beat(now),
            Phase::Unknown { .. } | Phase::Choosing { .. } => Vec::new(),
        }
    }

    /// The client has sent a text.
    pub fn hear(&mut self, text: &str, now: Now) -> Vec<Act> {
        match Said::read(text) {
            Ok(Said::Pong) => {
                self.unanswered_pings = self.unanswered_pings.saturating_sub(1);
                Vec::new()
            }
            Ok(Said::Request(id, request)) => self.asked(id, request, now),
            Err(refused) => self.refuse(&refused, now),
        }
    }

    /// The client has sent what is no frame.
    pub fn refuse(&mut self, refused: &NotSaid, now: Now) -> Vec<Act> {
        if matches!(self.phase, Phase::Unknown { .. }) {
            return vec![Act::Close(Close::NotSignedIn)];
        }
        let error = Act::Send(frame::error(refused.id, &refused.refusal, now.wall));
        if !self.strikes.spend(now.instant) {
            return vec![error, Act::Close(Close::Unreadable)];
        }
        vec![error]
    }

    /// A token was verified: the one of the upgrade, or the one of the frame `id`.
    pub fn verified(
        &mut self,
        id: Option<Uuid>,
        verdict: Result<Member, Box<Refusal>>,
        now: Now,
    ) -> Vec<Act> {
        let is_renewal = matches!(self.phase, Phase::Running { .. });
        let member = match verdict {
            Ok(member) if member.expires > now.wall => member,
            Ok(_) => return vec![Act::Close(Close::NotSignedIn)],
            // the old token may still be good
            Err(why) if is_renewal => {
                return vec![Act::Send(frame::error(id, &why, now.wall))];
            }
            Err(_) => return vec![Act::Close(Close::NotSignedIn)],
        };
        let Ok(sight) = Sight::of(&member.subject, &member.grants, &self.wish) else {
            return vec![Act::Close(Close::NotAllowed)];
        };
        let device = member.is_device.then(|| (member.subject.clone(), self.wish.stream));
        let mut acts = vec![Act::Identify(device)];
        match &self.phase {
            Phase::Running { sight: old, .. } => {
                acts.extend(id.map(|id| Act::Send(frame::ack(id, None, &[], now.wall))));
                let sees_the_same = *old == sight;
                self.phase = Phase::Running { member, sight: sight.clone() };
                if !sees_the_same {
                    acts.push(Act::Join(Join { sight, position: None, wants_resume: false, greets: false }));
                }
            }
            Phase::Unknown { .. } | Phase::Choosing { .. } => {
                let until = now.instant + RESUME_WITHIN;
                self.phase = Phase::Choosing { until, member, sight };
            }
        }
        acts
    }

    /// The stream has begun: what is said first.
    pub fn hello(&self, join: &Join, resumed: bool, now: Now) -> Option<Framed> {
        join.greets.then(|| {
            let hello = Hello {
                protocol: PROTOCOL,
                session: self.id,
                heartbeat_ms: millis(HEARTBEAT),
                stale_after_ms: millis(STALE_AFTER),
                resumed,
                reason: (join.wants_resume && !resumed).then_some("RESUME_REFUSED"),
            };
            frame::hello(&hello, now.wall)
        })
    }

    /// No ping went out, so no answer is due.
    pub const fn ping_withheld(&mut self) {
        self.unanswered_pings = self.unanswered_pings.saturating_sub(1);
    }

    /// A command was carried out, or refused.
    pub fn answered(&mut self, id: Uuid, answer: Result<Done, Box<Refusal>>, now: Now) -> Vec<Act> {
        let said = match answer {
            Ok(done) => frame::ack(id, Some(done.version), &done.warnings, now.wall),
            Err(refusal) => frame::error(Some(id), &refusal, now.wall),
        };
        let next = self.commands.finished().map(Act::Run);
        std::iter::once(Act::Send(said)).chain(next).collect()
    }

    fn asked(&mut self, id: Uuid, request: Request, now: Now) -> Vec<Act> {
        if !self.requests.spend(now.instant) {
            return vec![Act::Send(frame::error(Some(id), &Refusal::too_many_commands(), now.wall))];
        }
        match (&self.phase, request) {
            (_, Request::Auth(token)) => vec![Act::Verify(id, token)],
            (Phase::Unknown { .. }, _) => vec![Act::Close(Close::NotSignedIn)],
            (_, Request::NotYet(refusal)) => vec![Act::Send(frame::error(Some(id), &refusal, now.wall))],
            (_, Request::Resume(position)) => self.start(position, true, now),
            (_, Request::Subscribe { branch, statuses }) => {
                self.wish = Wish { branch: branch.or(self.wish.branch), statuses, ..self.wish.clone() };
                self.subscribe(id, now)
            }
            (Phase::Choosing { .. }, Request::UpdateOrder(update)) => {
                let mut acts = self.start(None, false, now);
                acts.extend(self.command(id, *update, now));
                acts
            }
            (Phase::Running { .. }, Request::UpdateOrder(update)) => {
                self.command(id, *update, now).into_iter().collect()
            }
        }
    }

    /// Begins the stream, or begins it anew; `hello` says how.
    fn start(&mut self, position: Option<Vec<Seq>>, wants_resume: bool, now: Now) -> Vec<Act> {
        let Some((member, sight)) = self.signed_in() else { return Vec::new() };
        let join = Join { sight: sight.clone(), position, wants_resume, greets: true };
        self.run(member, sight, now);
        vec![Act::Join(join)]
    }

    fn subscribe(&mut self, id: Uuid, now: Now) -> Vec<Act> {
        let greets = matches!(self.phase, Phase::Choosing { .. });
        let Some((member, _)) = self.signed_in() else { return Vec::new() };
        let Ok(sight) = Sight::of(&member.subject, &member.grants, &self.wish) else {
            return vec![Act::Close(Close::NotAllowed)];
        };
        self.run(member, sight.clone(), now);
        let join = Join { sight, position: None, wants_resume: false, greets };
        vec![Act::Join(join), Act::Send(frame::ack(id, None, &[], now.wall))]
    }

    fn command(&mut self, id: Uuid, update: UpdateOrderStatusRequest, now: Now) -> Option<Act> {
        let (member, _) = self.signed_in()?;
        let command = Box::new(Command { id, update, token: member.token });
        match self.commands.take(command) {
            Ok(next) => next.map(Act::Run),
            Err(_) => Some(Act::Send(frame::error(Some(id), &Refusal::too_many_commands(), now.wall))),
        }
    }

    fn run(&mut self, member: Member, sight: Sight, now: Now) {
        if matches!(self.phase, Phase::Choosing { .. }) {
            self.next_ping = now.instant + HEARTBEAT;
        }
        self.phase = Phase::Running { member, sight };
    }

    fn beat(&mut self, now: Now) -> Vec<Act> {
        if now.instant < self.next_ping {
            return Vec::new();
        }
        if self.unanswered_pings >= UNANSWERED_PINGS {
            return vec![Act::Close(Close::TooSlow)];
        }
        self.next_ping = now.instant + HEARTBEAT;
        self.unanswered_pings += 1;
        vec![Act::Ping]
    }

    fn signed_in(&self) -> Option<(Member, Sight)> {
        match &self.phase {
            Phase::Unknown { .. } => None,
            Phase::Choosing { member, sight, .. } | Phase::Running { member, sight } => {
                Some((member.clone(), sight.clone()))
            }
        }
    }
}

/// When a token ends, on the clock for intervals.
fn ends(member: &Member, now: Now) -> Instant {
    let left = (member.expires - now.wall).to_std().unwrap_or_default();
    // a token without a near end would overflow the clock
    now.instant + left.min(Duration::from_hours(24))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
