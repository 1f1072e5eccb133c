//! What a run is started with.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use crate::dialect::Dialect;
use crate::event::ProviderRecord;
use crate::transport::{ListedTool, Transport};

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

/// A provider that is reached and ready to be asked.
pub struct Contestant {
    /// The provider as the record keeps it.
    pub record: ProviderRecord,
    /// The mapping to its own tools, where it does not speak the contracts itself.
    pub dialect: Option<Arc<Dialect>>,
    /// How it is reached.
    pub transport: Arc<dyn Transport>,
    /// The tools that its manifest names.
    pub named: BTreeSet<String>,
    /// The tools that it lists, where that was asked already. `Some(None)` when it has no listing.
    pub listing: Option<Option<Vec<ListedTool>>>,
    /// What discovery would find, given by hand.
    pub given: IndexMap<String, Value>,
}
