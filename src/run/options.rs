//! The options with which a run is started.

use std::time::Duration;

use crate::model::BudgetLimits;

/// The limits and choices of a run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The most providers at one time.
    pub jobs: usize,
    /// The most tests of one provider at one time.
    pub lanes: usize,
    /// The most tests at work on one origin at one time; None leaves it to what the origin bears.
    pub per_host: Option<usize>,
    /// The seed of every random choice: the order in which a provider's tests start.
    pub seed: u64,
    /// The number by which a run draws its slots, so that runs side by side on one calendar draw others.
    pub draw: u64,
    /// The longest that one call may take.
    pub call_limit: Duration,
    /// The longest that one test may wait for its provider, over all its calls.
    pub test_limit: Duration,
    /// The limits of each provider's turn.
    pub budget: BudgetLimits,
    /// Start no test after the first must-level failure.
    pub fail_fast: bool,
    /// The number of times that a failed test is run again after the others of its provider; 0 for never.
    pub retries: usize,
    /// A failure counts only if the test fails again over a fresh connection.
    pub confirm: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: 64,
            lanes: 8,
            per_host: None,
            seed: 0,
            draw: 0,
            call_limit: Duration::from_secs(10),
            test_limit: Duration::from_secs(120),
            budget: BudgetLimits::default(),
            fail_fast: false,
            retries: 0,
            confirm: false,
        }
    }
}
