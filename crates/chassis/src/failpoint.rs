//! Places where a test makes a service fail. A normal build has none of them: no code, no name, no variable.
//!
//! A place is one line, [`failpoint!`](crate::failpoint!), in an `async` function, or
//! [`poll_failpoint!`](crate::poll_failpoint!) in one that is polled. The feature `failpoints` of this
//! crate brings all of them into the program (`cargo build --bins --features chassis/failpoints`); what happens at
//! which place is said by the variable `FAILPOINTS`, in the language of the crate `fail`:
//!
//! ```text
//! FAILPOINTS='order_consumer::after_store=4*off->1*return(abort);bus::before_mark=1*return(sleep)'
//! ```
//!
//! Four passes go well, the fifth ends the process; every pass after it goes well again. The actions:
//!
//! - `return(error)` ends the function with the place's own error, where it has one;
//! - `return(abort)` ends the process as a crash does;
//! - `return(sleep)` waits for three seconds and holds up no thread;
//! - `panic` panics.

#[cfg(feature = "failpoints")]
mod armed {
    use std::fmt;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use std::time::Duration;

    use anyhow::{Context as _, anyhow};
    use serde::Deserialize;

    use crate::settings::{self, Variable};

    const SLEEP: Duration = Duration::from_secs(3);
    const VARIABLES: &[Variable] =
        &[Variable::new("FAILPOINTS", "", "what happens at which place: see chassis::failpoint")];

    #[derive(Deserialize)]
    struct Environment {
        #[serde(default)]
        failpoints: String,
    }

    /// Arms the places that the environment names.
    pub fn arm() -> anyhow::Result<()> {
        let said: Environment = settings::read(VARIABLES)?;
        arm_as(&said.failpoints)?;
        tracing::warn!(failpoints = said.failpoints, "this build fails where FAILPOINTS says");
        Ok(())
    }

    /// Arms places: `site=actions`, separated by semicolons.
    fn arm_as(said: &str) -> anyhow::Result<()> {
        for one in said.split(';').filter(|one| !one.trim().is_empty()) {
            let (site, actions) = one.split_once('=').context("FAILPOINTS: a place, `=`, and actions")?;
            fail::cfg(site.trim(), actions).map_err(|error| anyhow!("FAILPOINTS: {site}: {error}"))?;
        }
        Ok(())
    }

    /// Passes a place; `true` when it shall answer its error.
    pub async fn fails_at(site: &'static str) -> bool {
        let Some(action) = fail::eval(site, Option::unwrap_or_default) else { return false };
        // whoever armed it looks for this line
        tracing::warn!(site, action, "failpoint {site} {action}");
        match action.as_str() {
            "abort" => std::process::abort(),
            "sleep" => tokio::time::sleep(SLEEP).await,
            _ => {}
        }
        action == "error"
    }

    /// What keeps a function that is polled at a failpoint.
    #[derive(Default)]
    pub struct Held(Option<Pin<Box<dyn Future<Output = bool> + Send>>>);

    impl Held {
        /// Passes a place once, however often it is polled for it; `true` when it shall answer its error.
        pub fn poll(&mut self, site: &'static str, context: &mut Context<'_>) -> Poll<bool> {
            let passing = self.0.get_or_insert_with(|| Box::pin(fails_at(site)));
            let fails = ready!(passing.as_mut().poll(context));
            self.0 = None;
            Poll::Ready(fails)
        }
    }

    impl fmt::Debug for Held {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_tuple("Held").field(&self.0.is_some()).finish()
        }
    }

    #[cfg(test)]
    mod tests {
        use std::future::poll_fn;

        use super::*;

        async fn passes() -> Result<u8, &'static str> {
            crate::failpoint!("test::sleeps");
            crate::failpoint!("test::fails", "on purpose");
            Ok(1)
        }

        #[tokio::test]
        async fn a_place_fails_as_often_as_it_is_told_to() {
            arm_as("test::fails=1*off->2*return(error); test::sleeps=1*return(sleep)").unwrap();

            let first = tokio::time::timeout(Duration::from_millis(20), passes()).await;

            assert!(first.is_err(), "sleeps without holding up the thread");
            assert_eq!(passes().await, Ok(1));
            assert_eq!(passes().await, Err("on purpose"));
            assert_eq!(passes().await, Err("on purpose"));
            assert_eq!(passes().await, Ok(1));
        }

        #[tokio::test]
        async fn a_place_that_is_polled_is_passed_once() {
            arm_as("test::polled=1*return(sleep)->1*return(error)").unwrap();
            let mut held = Held::default();
            let mut passes = |context: &mut Context<'_>| {
                crate::poll_failpoint!("test::polled", held, context, Poll::Ready(Err("on purpose")));
                Poll::Ready(Ok(1))
            };

            for _ in 0..2 {
                let held_up = tokio::time::timeout(Duration::from_millis(20), poll_fn(&mut passes)).await;
                assert!(held_up.is_err(), "it is still the first pass");
            }
            assert_eq!(poll_fn(&mut passes).await, Ok(1));
            assert_eq!(poll_fn(&mut passes).await, Err("on purpose"));
            assert_eq!(poll_fn(&mut passes).await, Ok(1));
        }

        #[test]
        fn nonsense_is_refused_with_its_place() {
            assert_eq!(arm_as("a::b").unwrap_err().to_string(), "FAILPOINTS: a place, `=`, and actions");
            assert!(arm_as("a::b=explode").unwrap_err().to_string().starts_with("FAILPOINTS: a::b: "));
            assert!(arm_as("").is_ok());
        }
    }
}

#[cfg(feature = "failpoints")]
pub use armed::{Held, arm, fails_at};

/// What keeps a function that is polled at a failpoint: nothing, in a normal build.
#[cfg(not(feature = "failpoints"))]
#[derive(Debug, Default)]
pub struct Held(());

/// A place where a test makes the surrounding `async` function fail: its name, and the error it then answers, if it
/// has one. Expands to nothing in a normal build, so name the error's type with its path.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! failpoint {
    ($site:literal) => {
        let _ = $crate::failpoint::fails_at($site).await;
    };
    ($site:literal, $error:expr) => {
        if $crate::failpoint::fails_at($site).await {
            return Err($error);
        }
    };
}

/// A place where a test makes the surrounding `async` function fail: its name, and the error it then answers, if it
/// has one. Expands to nothing in a normal build, so name the error's type with its path.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! failpoint {
    ($site:literal) => {};
    ($site:literal, $error:expr) => {};
}

/// The same in a function that is polled: what keeps it there, its context, and what it then returns.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! poll_failpoint {
    ($site:literal, $held:expr, $context:expr, $answer:expr) => {
        if ::std::task::ready!($held.poll($site, $context)) {
            return $answer;
        }
    };
}

/// The same in a function that is polled: what keeps it there, its context, and what it then returns.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! poll_failpoint {
    ($site:literal, $held:expr, $context:expr, $answer:expr) => {
        let _ = &$held;
    };
}
