//! The quotas of a token: what one publisher may have a registry receive and store on a day.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The largest number of runs of one token that are stored on a day in UTC.
const MOST_RUNS: u64 = 100;
/// The largest number of bytes of one token that are received on a day in UTC.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// The use of a token over some time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenUse {
    /// The number of runs that were stored.
    pub runs: u64,
    /// The number of bytes that were received.
    pub bytes: u64,
    /// The time of the last use. None for a token that was not used.
    pub last: Option<DateTime<Utc>>,
}

/// A quota that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// The number of runs.
    #[error("a token may publish {MOST_RUNS} runs a day: go on tomorrow (UTC), or ask for another token")]
    Runs,
    /// The number of bytes.
    #[error("a token may send {} MiB a day: go on tomorrow (UTC), or ask for another token", MOST_BYTES / 1024 / 1024)]
    Bytes,
}

impl TokenUse {
    /// Checks the use of a day against the quotas, with so many `bytes` more.
    ///
    /// # Errors
    ///
    /// A quota is used up.
    pub fn check(&self, bytes: u64) -> Result<(), QuotaError> {
        if self.runs >= MOST_RUNS {
            Err(QuotaError::Runs)
        } else if self.bytes.saturating_add(bytes) > MOST_BYTES {
            Err(QuotaError::Bytes)
        } else {
            Ok(())
        }
    }
}

/// The time until the next day in UTC begins, when quotas are full again.
pub fn until_tomorrow(now: DateTime<Utc>) -> Duration {
    let tomorrow = now
        .date_naive()
        .succ_opt()
        .and_then(|day| day.and_hms_opt(0, 0, 0));
    let left = tomorrow.and_then(|midnight| midnight.and_utc().signed_duration_since(now).to_std().ok());
    left.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_ends_with_its_last_run_or_byte() {
        let used = |runs, bytes| TokenUse {
            runs,
            bytes,
            last: None,
        };
        assert_eq!(used(MOST_RUNS - 1, 0).check(1), Ok(()));
        assert_eq!(used(MOST_RUNS, 0).check(0), Err(QuotaError::Runs));
        assert_eq!(used(0, MOST_BYTES - 1).check(1), Ok(()));
        assert_eq!(used(0, MOST_BYTES).check(1), Err(QuotaError::Bytes));
        assert_eq!(used(0, 1).check(u64::MAX), Err(QuotaError::Bytes));
    }

    #[test]
    fn a_day_ends_at_midnight_in_utc() {
        let now = "2026-12-31T23:59:00Z".parse().unwrap();
        assert_eq!(until_tomorrow(now), Duration::from_secs(60));
    }
}
