//! The names and addresses of single results on the page of their run.

use crate::model::{TestResult, encoded};

/// The name of a test in a list: the tool, its version, and the test.
pub(super) fn label(result: &TestResult) -> String {
    format!("{}@{}/{}", result.capability.tool(), result.version, result.test)
}

/// The address of one result on the page of its run.
pub(super) fn link(result: &TestResult) -> String {
    format!(
        "?provider={}&test={}#results",
        encoded(result.provider.as_str()),
        encoded(&label(result))
    )
}
