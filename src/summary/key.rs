//! The key of a result within its run.

use crate::model::{ProviderId, TestId, TestResult};

/// A provider and a test: no two results of one run share it.
pub(super) type Key = (ProviderId, TestId);

/// The key of a result.
pub(super) fn key(result: &TestResult) -> Key {
    (result.provider.clone(), result.id())
}
