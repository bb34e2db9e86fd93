//! Every sound world holds its promises, and every flaw is found.

use saga_model::{check, flawed, sound};

#[test]
fn whatever_happens_in_whatever_order_no_promise_is_broken() {
    for saga in sound() {
        let verdict = check(saga);

        assert!(verdict.broken.is_empty() && verdict.unseen.is_empty(), "{verdict}");
    }
}

#[test]
fn every_flaw_breaks_the_promise_that_it_should() {
    for (saga, property) in flawed() {
        let verdict = check(saga);

        assert!(
            verdict.broken.iter().any(|(name, _)| name.starts_with(property)),
            "{property} holds: {verdict}"
        );
    }
}
