//! What a run is started with.

use std::time::Duration;

/// How a run goes.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Providers at once.
    pub jobs: usize,
    /// Tests of one provider at once.
    pub lanes: usize,
    /// The seed of every random choice: the order in which a provider's tests start.
    pub seed: u64,
    /// How long one call may take.
    pub call_limit: Duration,
    /// How long one test may wait for its provider.
    pub test_limit: Duration,
    /// Start no test after the first must-level failure.
    pub fail_fast: bool,
    /// How often a failed test is run again after the others of its provider; nought for never.
    pub retries: usize,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: 64,
            lanes: 4,
            seed: 0,
            call_limit: Duration::from_secs(10),
            test_limit: Duration::from_secs(120),
            fail_fast: false,
            retries: 0,
        }
    }
}
