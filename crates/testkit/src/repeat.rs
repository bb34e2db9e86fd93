//! When a good client sends a call again.

use std::error::Error as _;

use tonic::{Code, Status};

/// Whether a good client repeats after this answer.
pub fn is_worth_repeating(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Unknown
            | Code::ResourceExhausted
    ) || is_of_the_connection(status)
}

/// Whether no server said this: the connection broke, and the client's own library made an answer of that.
fn is_of_the_connection(status: &Status) -> bool {
    status.source().is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_a_broken_connection_says_is_repeated_and_what_a_server_says_is_not() {
        let of_a_server = Status::internal("INTERNAL");
        let mut of_a_connection = Status::internal("h2 protocol error");
        of_a_connection.set_source(Arc::new(std::io::Error::other("reset")));

        assert!(is_worth_repeating(&of_a_connection));
        assert!(!is_worth_repeating(&of_a_server));
    }
}
