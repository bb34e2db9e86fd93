//! Slots of the days ahead, worked out once: every order looks through the same ones, and time zones cost time.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use chrono::{DateTime, Duration, Utc};
use domain::calendar::SlotTime;
use domain::ids::BranchId;

use crate::storage::Branch;

/// How far an agenda reaches; what lies beyond is worked out for each call.
const REACH: Duration = Duration::hours(48);
/// An agenda that began longer ago is made anew.
const FRESH: Duration = Duration::hours(12);

/// The slots of each branch that has been asked for.
#[derive(Default)]
pub(super) struct Agendas(ArcSwap<HashMap<BranchId, Arc<Agenda>>>);

/// The slots of one branch, as its calendar was.
struct Agenda {
    branch: Arc<Branch>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    slots: Vec<SlotTime>,
}

impl Agendas {
    /// The slots of a branch that start within `[from, to)`, in time order; `from` is not before `now`.
    pub(super) fn slots<'a>(
        &self,
        branch: &'a Arc<Branch>,
        now: DateTime<Utc>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = SlotTime> + Send + use<'a> {
        let agenda = self.agenda(branch, now);
        let beyond = branch.calendar.slots(from.max(agenda.until), to);
        let first = agenda.slots.partition_point(|slot| slot.start < from);
        let known = (first..).map_while(move |place| agenda.slots.get(place).copied());
        known.take_while(move |slot| slot.start < to).chain(beyond)
    }

    fn agenda(&self, branch: &Arc<Branch>, now: DateTime<Utc>) -> Arc<Agenda> {
        let is_fresh = |agenda: &&Arc<Agenda>| {
            Arc::ptr_eq(&agenda.branch, branch) && agenda.from <= now && now < agenda.from + FRESH
        };
        if let Some(agenda) = self.0.load().get(&branch.id).filter(is_fresh) {
            return Arc::clone(agenda);
        }
        let until = now + REACH;
        let slots = branch.calendar.slots_between(now, until);
        let agenda = Arc::new(Agenda { branch: Arc::clone(branch), from: now, until, slots });
        self.0.rcu(|agendas| {
            let mut agendas = HashMap::clone(agendas);
            agendas.insert(branch.id, Arc::clone(&agenda));
            agendas
        });
        agenda
    }
}

#[cfg(test)]
mod tests {
    use domain::calendar::{BusinessDate, Calendar, CutOff, DayTime, Grid, OpeningHours, SlotMinutes};
    use domain::slots::SlotConfig;

    use super::*;

    fn branch(minutes: u16, changing_to: Option<u16>) -> Arc<Branch> {
        let time = |text: &str| text.parse::<DayTime>().unwrap();
        let grid = |minutes| Grid {
            zone: chrono_tz::Europe::Berlin,
            cut_off: CutOff::new(time("04:00")).unwrap(),
            slot_minutes: SlotMinutes::new(minutes).unwrap(),
        };
        let calendar = Calendar::new(OpeningHours::daily(time("18:00"), time("04:00")), grid(minutes));
        let change = BusinessDate::new("2026-03-29".parse().unwrap());
        Arc::new(Branch {
            id: BranchId::MAIN,
            code: "MAIN".to_owned(),
            name: "Main".to_owned(),
            is_default: true,
            active: true,
            version: 1,
            calendar: changing_to
                .map_or(calendar.clone(), |minutes| calendar.changing(change, grid(minutes))),
            config: SlotConfig::DEFAULT,
            config_version: 1,
        })
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn an_agenda_says_what_the_calendar_says() {
        let agendas = Agendas::default();
        let noon = at("2026-03-27T12:00:00Z");
        for branch in [branch(15, None), branch(15, Some(20)), branch(30, None)] {
            // one agenda after the other: time goes on, and back
            for hours in [0, 1, 11, 13, 60, 5] {
                let now = noon + Duration::hours(hours);
                for (from, to) in [(0, 168), (0, 1), (7, 9), (30, 90), (47, 49), (72, 100), (5, 5), (9, 8)] {
                    let (from, to) = (now + Duration::hours(from), now + Duration::hours(to));

                    let said: Vec<_> = agendas.slots(&branch, now, from, to).collect();

                    assert_eq!(said, branch.calendar.slots_between(from, to), "from {from} to {to} at {now}");
                }
            }
        }
    }
}
