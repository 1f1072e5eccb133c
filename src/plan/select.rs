//! Globs over capabilities and tests.

use globset::{GlobBuilder, GlobMatcher};

use crate::model::{CapabilityId, TestId};
use crate::suite::Test;

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a glob: {reason}")]
pub struct PatternError {
    pattern: String,
    reason: String,
}

/// Which capabilities and tests are wanted.
#[derive(Debug, Default)]
pub struct Filter {
    capabilities: Vec<GlobMatcher>,
    tests: Vec<GlobMatcher>,
    read_only: bool,
}

impl Filter {
    /// Compiles globs; none selects everything.
    ///
    /// # Errors
    ///
    /// The first glob that cannot be read.
    pub fn new(capabilities: &[String], tests: &[String], read_only: bool) -> Result<Self, PatternError> {
        Ok(Self {
            capabilities: compile(capabilities)?,
            tests: compile(tests)?,
            read_only,
        })
    }

    /// Whether a capability is wanted.
    pub fn takes_capability(&self, id: &CapabilityId) -> bool {
        self.capabilities.is_empty() || self.capabilities.iter().any(|glob| glob.is_match(id.as_str()))
    }

    /// Whether a test is wanted: a glob matches its full id, `tool/test`, or its last part.
    pub fn takes_test(&self, test: &Test) -> bool {
        (!self.read_only || test.is_read_only()) && self.takes_name(&test.id)
    }

    fn takes_name(&self, id: &TestId) -> bool {
        let short = format!("{}/{}", id.capability.id.tool(), id.name);
        self.tests.is_empty()
            || self.tests.iter().any(|glob| {
                glob.is_match(id.to_string()) || glob.is_match(&short) || glob.is_match(id.name.as_str())
            })
    }

    /// Whether single tests are selected, so that a claimed capability may be left without any.
    pub fn narrows_tests(&self) -> bool {
        !self.tests.is_empty() || self.read_only
    }
}

fn compile(patterns: &[String]) -> Result<Vec<GlobMatcher>, PatternError> {
    patterns
        .iter()
        .map(|pattern| {
            let glob = GlobBuilder::new(pattern).build();
            glob.map(|glob| glob.compile_matcher())
                .map_err(|error| PatternError {
                    pattern: pattern.clone(),
                    reason: error.kind().to_string(),
                })
        })
        .collect()
}
