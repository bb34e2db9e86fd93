//! What fails when.

use std::collections::BTreeMap;

use super::sites::{Action, Error, Panic, SITES, Site};
use crate::scenario::Size;

/// One failpoint that fails once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where.
    pub site: Site,
    /// How.
    pub action: Action,
}

/// Failures in one life of a service: of those that end it there is one at most.
pub type Life = Vec<Failure>;

/// The lives of every service, one after the other; judged when all have been lived.
pub type Lives = BTreeMap<&'static str, Vec<Life>>;

impl Failure {
    /// In the language of `FAILPOINTS`.
    pub fn armed(&self) -> String {
        let Site { name, spared, .. } = self.site;
        let action = match self.action {
            Action::Panic => "panic".to_owned(),
            other => format!("return({other})"),
        };
        format!("{name}={spared}*off->1*{action}")
    }

    /// What the service logs then.
    pub fn logged(&self) -> String {
        format!("failpoint {} {}", self.site.name, self.action)
    }

    /// Whether the process is gone afterwards.
    pub fn ends_the_process(&self) -> bool {
        match self.action {
            Action::Error => self.site.error == Error::EndsTheProcess,
            Action::Abort => true,
            Action::Panic => self.site.panic == Panic::EndsTheProcess,
            Action::Sleep => false,
        }
    }

    fn exists(&self) -> bool {
        self.action != Action::Error || self.site.error != Error::IsNone
    }
}

/// With every change: each service lives once with all errors that are handled, and then crashes at every site. At
/// night: every action at every site, each judged for itself.
pub fn plan(size: Size) -> Vec<Lives> {
    match size {
        Size::Ci => {
            let mut lives = Lives::new();
            for failure in all(&[Action::Error]).filter(|failure| !failure.ends_the_process()) {
                for first in lives.entry(failure.site.service).or_insert_with(|| vec![Life::new()]) {
                    first.push(failure);
                }
            }
            for crash in all(&[Action::Abort]) {
                lives.entry(crash.site.service).or_default().push(vec![crash]);
            }
            vec![lives]
        }
        Size::Nightly => {
            let alone = |failure: Failure| Lives::from([(failure.site.service, vec![vec![failure]])]);
            all(&Action::ALL).map(alone).collect()
        }
    }
}

fn all(actions: &[Action]) -> impl Iterator<Item = Failure> {
    let of_site = |site| actions.iter().map(move |action| Failure { site, action: *action });
    SITES.into_iter().flat_map(of_site).filter(Failure::exists)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(lives: &Lives) -> Vec<Failure> {
        lives.values().flatten().flatten().copied().collect()
    }

    #[test]
    fn with_every_change_each_site_fails_and_crashes_once_and_no_life_has_two_ends() {
        let plan = plan(Size::Ci);
        let [lives] = plan.as_slice() else { panic!("one judgement") };
        let count = |action| failures(lives).iter().filter(|failure| failure.action == action).count();

        assert_eq!(count(Action::Abort), SITES.len());
        assert_eq!(
            count(Action::Error),
            SITES.len() - 5,
            "four marks end the process, one place has no error"
        );
        for life in lives.values().flatten() {
            let ends = life.iter().filter(|failure| failure.ends_the_process()).count();
            assert_eq!(
                (ends == 0, life.len() == 1),
                (life.first().unwrap().action == Action::Error, ends == 1)
            );
        }
    }

    #[test]
    fn at_night_every_action_of_every_site_is_judged_for_itself() {
        let plan = plan(Size::Nightly);

        assert_eq!(plan.len(), SITES.len() * Action::ALL.len() - 1);
        assert!(plan.iter().all(|lives| failures(lives).len() == 1));
    }

    #[test]
    fn a_failure_is_armed_in_the_language_of_the_variable() {
        let site = *SITES.first().unwrap();
        let armed = |action| Failure { site, action }.armed();

        assert_eq!(armed(Action::Abort), "order_gateway::before_assign=5*off->1*return(abort)");
        assert_eq!(armed(Action::Panic), "order_gateway::before_assign=5*off->1*panic");
    }
}
