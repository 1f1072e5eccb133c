//! Globs over providers, capabilities and tests.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use crate::model::{CapabilityRef, ProviderId, TestId};
use crate::suite::Test;

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a glob: {reason}")]
pub struct PatternError {
    pattern: String,
    reason: String,
}

/// Globs over plain names.
#[derive(Debug, Default)]
pub struct NameFilter(Vec<GlobMatcher>);

impl NameFilter {
    /// Compiles globs; none selects every name.
    ///
    /// # Errors
    ///
    /// The first glob that cannot be read.
    pub fn new(patterns: &[String]) -> Result<Self, PatternError> {
        compile(patterns).map(Self)
    }

    /// Returns true if a name is wanted.
    pub fn takes(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|glob| glob.is_match(name))
    }
}

/// Globs over the providers, capabilities and tests of a run.
#[derive(Debug, Default)]
pub struct Filter {
    providers: Vec<GlobMatcher>,
    capabilities: Vec<GlobMatcher>,
    tests: Vec<GlobMatcher>,
    read_only: bool,
    /// The tests of each provider that are wanted; None wants all.
    only: Option<BTreeSet<(ProviderId, TestId)>>,
}

impl Filter {
    /// Compiles globs; none selects everything.
    ///
    /// # Errors
    ///
    /// The first glob that cannot be read.
    pub fn new(capabilities: &[String], tests: &[String], read_only: bool) -> Result<Self, PatternError> {
        Ok(Self {
            providers: Vec::new(),
            capabilities: compile(capabilities)?,
            tests: compile(tests)?,
            read_only,
            only: None,
        })
    }

    /// Wants only these tests, each at its provider; None wants all.
    #[must_use]
    pub fn only(mut self, tests: Option<BTreeSet<(ProviderId, TestId)>>) -> Self {
        self.only = tests;
        self
    }

    /// Returns true if a test is wanted at a provider, as far as single tests of single providers are named.
    pub fn takes_at(&self, provider: &ProviderId, test: &Test) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| test.ids().any(|id| only.contains(&(provider.clone(), id))))
    }

    /// Wants only providers whose id matches one of these globs; none selects all.
    ///
    /// # Errors
    ///
    /// The first glob that cannot be read.
    pub fn of_providers(mut self, providers: &[String]) -> Result<Self, PatternError> {
        self.providers = compile(providers)?;
        Ok(self)
    }

    /// Returns true if a provider is wanted.
    pub fn takes_provider(&self, id: &ProviderId) -> bool {
        self.providers.is_empty() || self.providers.iter().any(|glob| glob.is_match(id.as_str()))
    }

    /// The first glob over providers that matches none of these.
    pub fn idle_provider_glob(&self, ids: &[&ProviderId]) -> Option<&str> {
        self.providers
            .iter()
            .find(|glob| !ids.iter().any(|id| glob.is_match(id.as_str())))
            .map(|glob| glob.glob().glob())
    }

    /// Returns true if a capability is wanted at this version: a glob matches `domain.tool`, or `domain.tool@version`.
    pub fn takes_capability(&self, capability: &CapabilityRef) -> bool {
        let meets = |glob: &GlobMatcher| {
            glob.is_match(capability.id.as_str()) || glob.is_match(capability.to_string())
        };
        self.capabilities.is_empty() || self.capabilities.iter().any(meets)
    }

    /// Returns true if a test is wanted: a glob matches its full id, `tool/test`, or its last part, by a name that the test has or had.
    pub fn takes_test(&self, test: &Test) -> bool {
        (!self.read_only || test.is_read_only()) && test.ids().any(|id| self.takes_name(&id))
    }

    fn takes_name(&self, id: &TestId) -> bool {
        let short = format!("{}/{}", id.capability.id.tool(), id.name);
        self.tests.is_empty()
            || self.tests.iter().any(|glob| {
                glob.is_match(id.to_string()) || glob.is_match(&short) || glob.is_match(id.name.as_str())
            })
    }

    /// Returns true if single tests are selected, so that a claimed capability may be left without any.
    pub fn narrows_tests(&self) -> bool {
        !self.tests.is_empty() || self.read_only || self.only.is_some()
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
