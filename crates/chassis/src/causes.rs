//! An error with everything that caused it, in one line.

use std::error::Error;
use std::fmt::Write as _;

/// What an error says, and what its causes say, with colons between them.
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        // transparent errors repeat what is already there
        if !text.ends_with(&said) {
            let _ = write!(text, ": {said}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failure {
        #[error("the oven is cold")]
        Cold(#[source] std::io::Error),
        #[error(transparent)]
        Same(std::io::Error),
    }

    #[test]
    fn every_cause_is_told_once() {
        let no_gas = || std::io::Error::other("no gas");

        assert_eq!(causes(&Failure::Cold(no_gas())), "the oven is cold: no gas");
        assert_eq!(causes(&Failure::Same(no_gas())), "no gas");
    }
}
