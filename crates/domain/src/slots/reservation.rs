//! The life of a reservation: what an order holds of its slot, and until when.

use std::str::FromStr;

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReservationState {
    /// Taken by a call, not read from the log yet; ends by itself when nothing follows.
    Held,
    /// The order was read from the log.
    Confirmed,
    /// Given back: the order will not come.
    Released,
    /// Nothing followed in time.
    Expired,
    /// The order was cancelled.
    Freed,
    /// The slot is over.
    Done,
}

/// What happens to a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A slot is asked for.
    Assign,
    /// The order turns up on the log.
    Confirm,
    /// The gateway knows that the order will not come.
    Release,
    /// The hold's time is over, and the reader of the log has passed that moment.
    Expire,
    /// The order is cancelled.
    Free,
    /// Two hours have passed since the slot's end.
    Finish,
}

/// A text that is no state of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a state of a reservation")]
pub struct NotAState;

impl ReservationState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 6] =
        [Self::Held, Self::Confirmed, Self::Released, Self::Expired, Self::Freed, Self::Done];

    /// The name used in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Freed => "freed",
            Self::Done => "done",
        }
    }

    /// Whether its need is part of the slot's load.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Held | Self::Confirmed)
    }

    /// Where a reservation stands after a step; `None` is an order nobody has heard of.
    ///
    /// A step that does not apply changes nothing: every one may come twice, or late.
    pub const fn after(before: Option<Self>, step: Step) -> Option<Self> {
        match (before, step) {
            (None | Some(Self::Released | Self::Expired), Step::Assign) => Some(Self::Held),
            (None | Some(Self::Held | Self::Released | Self::Expired), Step::Confirm) => {
                Some(Self::Confirmed)
            }
            (Some(Self::Held), Step::Release) => Some(Self::Released),
            (Some(Self::Held), Step::Expire) => Some(Self::Expired),
            (
                None | Some(Self::Held | Self::Confirmed | Self::Released | Self::Expired | Self::Freed),
                Step::Free,
            ) => Some(Self::Freed),
            (Some(Self::Confirmed), Step::Finish) => Some(Self::Done),
            (None, Step::Release | Step::Expire | Step::Finish) => None,
            (Some(Self::Held | Self::Confirmed | Self::Freed | Self::Done), Step::Assign) => before,
            (Some(Self::Confirmed | Self::Freed | Self::Done), Step::Confirm) => before,
            (
                Some(Self::Confirmed | Self::Released | Self::Expired | Self::Freed | Self::Done),
                Step::Release | Step::Expire,
            ) => before,
            (Some(Self::Done), Step::Free) => before,
            (Some(Self::Held | Self::Released | Self::Expired | Self::Freed | Self::Done), Step::Finish) => {
                before
            }
        }
    }
}

impl FromStr for ReservationState {
    type Err = NotAState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(NotAState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_every_state_is_decided() {
        let steps = [Step::Assign, Step::Confirm, Step::Release, Step::Expire, Step::Free, Step::Finish];
        let states = std::iter::once(None).chain(ReservationState::ALL.map(Some));
        let name = |state: Option<ReservationState>| state.map_or("-", ReservationState::as_str);

        let table: Vec<String> = states
            .map(|before| {
                let after = steps.map(|step| name(ReservationState::after(before, step)));
                format!("{:<9} -> {}", name(before), after.join(" "))
            })
            .collect();

        insta::assert_snapshot!(table.join("\n"), @r"
        -         -> held confirmed - - freed -
        held      -> held confirmed released expired freed held
        confirmed -> confirmed confirmed confirmed confirmed freed done
        released  -> held confirmed released released freed released
        expired   -> held confirmed expired expired freed expired
        freed     -> freed freed freed freed freed freed
        done      -> done done done done done done
        ");
    }

    #[test]
    fn a_state_is_read_by_its_name() {
        for state in ReservationState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("lost".parse::<ReservationState>(), Err(NotAState));
    }

    #[test]
    fn only_held_and_confirmed_count_as_load() {
        let counting: Vec<_> = ReservationState::ALL.into_iter().filter(|state| state.counts()).collect();

        assert_eq!(counting, [ReservationState::Held, ReservationState::Confirmed]);
    }
}
