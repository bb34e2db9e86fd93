//! Places where a test makes a service fail. A normal build has none of them: no code, no name, no variable.
//!
//! A place is one line, [`failpoint!`](crate::failpoint!), in an `async` function. The feature `failpoints` of this
//! crate brings all of them into the program (`cargo build --bins --features chassis/failpoints`); what happens at
//! which place is said by the variable `FAILPOINTS`, in the language of the crate `fail`:
//!
//! ```text
//! FAILPOINTS='order_consumer::after_commit=4*off->1*return(abort);bus::before_mark=1*return(sleep)'
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

    #[cfg(test)]
    mod tests {
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

        #[test]
        fn nonsense_is_refused_with_its_place() {
            assert_eq!(arm_as("a::b").unwrap_err().to_string(), "FAILPOINTS: a place, `=`, and actions");
            assert!(arm_as("a::b=explode").unwrap_err().to_string().starts_with("FAILPOINTS: a::b: "));
            assert!(arm_as("").is_ok());
        }
    }
}

#[cfg(feature = "failpoints")]
pub use armed::{arm, fails_at};

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
