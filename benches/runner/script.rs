//! The calls that prove one provider, as they were recorded.

use serde::{Deserialize, Serialize};

/// What is replayed. Tenants of the server differ by time zone only, so there is one part for each zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Script {
    /// What tells the customers of the recorded run from those of others. Each replay puts its own in place of it.
    pub(crate) short: String,
    pub(crate) parts: Vec<Part>,
}

/// The calls to one provider.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Before the first test.
    pub(crate) first: Vec<Recorded>,
    /// Those of each test, with its clean-up; in order within a test, tests side by side.
    pub(crate) tests: Vec<Vec<Recorded>>,
}

/// One call with what is needed of its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// The path below the provider's own.
    pub(crate) path: String,
    /// None for a GET.
    pub(crate) body: Option<String>,
    /// What `ok` was.
    pub(crate) ok: Option<bool>,
    /// The booking that the answer named; later calls of the test speak of it.
    pub(crate) booking: Option<String>,
}

impl Script {
    /// The part of a tenant.
    pub(crate) fn part(&self, tenant: usize) -> &Part {
        &self.parts[tenant % self.parts.len()]
    }
}

/// The slug that the server gives to a tenant.
pub(crate) fn slug(tenant: usize) -> String {
    format!("tenant-{tenant:04}")
}
