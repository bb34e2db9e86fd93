//! How much time a call has left; calls made on its behalf get no more.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// What a call on another's behalf gives up, so that the answer still arrives in time.
const MARGIN: Duration = Duration::from_millis(50);

/// Runs `work` as part of a call that has to be answered by `deadline`.
pub async fn scope<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// When the present call has to be answered, if somebody waits for it.
pub fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// Time for a call on behalf of the present one: at most `limit`.
pub fn remaining(limit: Duration) -> Duration {
    current().map_or(limit, |deadline| {
        let left = deadline.saturating_duration_since(Instant::now());
        left.saturating_sub(MARGIN).max(Duration::from_millis(1)).min(limit)
    })
}

/// Reads the header `grpc-timeout`: up to eight digits and a unit.
pub fn parse(header: &str) -> Option<Duration> {
    let (digits, unit) = header.split_at_checked(header.len().checked_sub(1)?)?;
    let is_number =
        !digits.is_empty() && digits.len() <= 8 && digits.bytes().all(|digit| digit.is_ascii_digit());
    let number: u64 = if is_number { digits.parse().ok()? } else { return None };
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_in_every_unit_and_anything_else_is_none() {
        assert_eq!(parse("2S"), Some(Duration::from_secs(2)));
        assert_eq!(parse("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(parse("1H"), Some(Duration::from_hours(1)));
        for bad in ["", "S", "2", "2x", "-1S", "123456789S", "2 S", "1é"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn a_call_on_anothers_behalf_gets_what_is_left_less_the_way_back() {
        let limit = Duration::from_secs(2);
        let (soon, over) = (Instant::now() + Duration::from_secs(1), Instant::now());

        assert_eq!(remaining(limit), limit);
        assert_eq!(
            scope(soon, async { remaining(Duration::from_millis(100)) }).await,
            Duration::from_millis(100)
        );
        let left = scope(soon, async { remaining(limit) }).await;
        assert!(left > Duration::from_millis(500) && left <= Duration::from_millis(950), "{left:?}");
        assert_eq!(scope(over, async { remaining(limit) }).await, Duration::from_millis(1));
    }
}
