//! Limits on how often publishers make requests, and on how often anybody presents a wrong token.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

/// The number of requests that one token may make in a minute.
const REQUESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(300).unwrap();
/// The number of requests with wrong tokens that are answered in a minute, over all visitors.
const GUESSES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

type NoOp<C> = NoOpMiddleware<<C as Clock>::Instant>;

/// The limits of all tokens, and of requests without a valid one. A test passes a clock of its own.
pub(super) struct RateLimits<C: Clock = MonotonicClock> {
    clock: C,
    requests: RateLimiter<String, HashMapStateStore<String>, C, NoOp<C>>,
    guesses: RateLimiter<NotKeyed, InMemoryState, C, NoOp<C>>,
}

impl<C: Clock + Clone> RateLimits<C> {
    pub(super) fn new(clock: C) -> Self {
        Self {
            requests: RateLimiter::new(
                Quota::per_minute(REQUESTS_PER_MINUTE),
                HashMapStateStore::default(),
                clock.clone(),
            ),
            guesses: RateLimiter::direct_with_clock(Quota::per_minute(GUESSES_PER_MINUTE), clock.clone()),
            clock,
        }
    }

    /// Counts a request of a token.
    ///
    /// # Errors
    ///
    /// The limit of the token is reached; the error is the time to wait, in whole seconds.
    pub(super) fn count_request(&self, token: &str) -> Result<(), Duration> {
        let counted = self.requests.check_key(&token.to_owned());
        counted.map_err(|until| self.wait(&until))
    }

    /// Counts a request without a valid token.
    ///
    /// # Errors
    ///
    /// The limit is reached; the error is the time to wait, in whole seconds.
    pub(super) fn count_guess(&self) -> Result<(), Duration> {
        self.guesses.check().map_err(|until| self.wait(&until))
    }

    fn wait(&self, until: &NotUntil<C::Instant>) -> Duration {
        let wait = until.wait_time_from(self.clock.now());
        Duration::from_secs(wait.as_secs_f64().ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn a_token_that_has_used_its_requests_waits_and_others_do_not() {
        let limits = RateLimits::new(FakeRelativeClock::default());
        for _ in 0..REQUESTS_PER_MINUTE.get() {
            assert_eq!(limits.count_request("one"), Ok(()));
        }
        assert_eq!(limits.count_request("one"), Err(Duration::from_secs(1)));
        assert_eq!(limits.count_request("two"), Ok(()));
        assert_eq!(limits.count_guess(), Ok(()));
        limits.clock.advance(Duration::from_secs(1));
        assert_eq!(limits.count_request("one"), Ok(()));
    }

    #[test]
    fn wrong_tokens_have_one_limit_together() {
        let limits = RateLimits::new(FakeRelativeClock::default());
        for _ in 0..GUESSES_PER_MINUTE.get() {
            assert_eq!(limits.count_guess(), Ok(()));
        }
        assert_eq!(limits.count_guess(), Err(Duration::from_secs(1)));
        limits.clock.advance(Duration::from_secs(60));
        for _ in 0..GUESSES_PER_MINUTE.get() {
            assert_eq!(limits.count_guess(), Ok(()));
        }
        assert!(limits.count_guess().is_err());
    }
}
