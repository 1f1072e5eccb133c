//! A test of a contract: what it is known by, and its body, which is compiled when it is first needed.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::body::Body;
use super::facts::Facts;
use super::step::StepKind;
use crate::capability::Capability;
use crate::diagnostic::Problem;
use crate::model::{CapabilityRef, Level, TestId, TestName};

/// A test of one version of a capability.
#[derive(Debug)]
pub struct Test {
    /// The test in full.
    pub id: TestId,
    /// The names that it had before, under which baselines, selections and stored runs may still know it.
    pub former_names: Vec<TestName>,
    /// The contract that it proves.
    pub capability: Arc<Capability>,
    /// A sentence: the behaviour of a provider that passes.
    pub title: String,
    /// The level: `must` or `should`.
    pub level: Level,
    /// True if a claim is unproven unless the test passed or failed (provider contract, "What a claim is worth").
    pub essential: bool,
    /// What the contract makes optional. Where the provider offers nothing that can show it, the test does not apply.
    pub optional: Option<String>,
    /// The rules that it verifies; the first stands for a check that names none.
    pub verifies: Vec<String>,
    /// True if no other test of the provider may run at the same time.
    pub exclusive: bool,
    /// The reason why it is slow. Every test that waits has one, and no other.
    pub slow: Option<String>,
    /// The file that it stands in.
    pub file: String,
    pub(super) facts: Facts,
    pub(super) body: LazyBody,
}

/// Compiles a body.
type Compile = Box<dyn FnOnce() -> Result<Body, Problem> + Send>;

/// A body that is compiled when it is first needed, or was compiled when its file was read.
pub(super) struct LazyBody(LazyLock<Result<Body, Problem>, Compile>);

impl LazyBody {
    /// A body that this compiles.
    pub(super) fn new(compile: impl FnOnce() -> Result<Body, Problem> + Send + 'static) -> Self {
        Self(LazyLock::new(Box::new(compile)))
    }
}

impl fmt::Debug for LazyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LazyBody").finish_non_exhaustive()
    }
}

impl Test {
    /// Compiles the body, unless that is done already.
    ///
    /// # Errors
    ///
    /// The first mistake in its file, or in a file that it uses.
    pub fn prepare(&self) -> Result<(), Problem> {
        self.body.0.as_ref().map(drop).map_err(Clone::clone)
    }

    /// The fixtures, the table and the steps.
    ///
    /// # Panics
    ///
    /// The body cannot be compiled, which [`Test::prepare`] tells as an error. A test of a folder is compiled when the folder is read.
    pub fn body(&self) -> &Body {
        match &*self.body.0 {
            Ok(body) => body,
            Err(problem) => panic!("the test {} was not prepared: {problem}", self.id),
        }
    }

    /// The id, and those that it had before.
    pub fn ids(&self) -> impl Iterator<Item = TestId> {
        let former = self.former_names.iter().map(|name| TestId {
            capability: self.id.capability.clone(),
            name: name.clone(),
        });
        std::iter::once(self.id.clone()).chain(former)
    }

    /// Returns true if nothing but a test clock lets it run: `--slow` does not.
    pub fn takes_clock(&self) -> bool {
        self.facts.takes_clock
    }

    /// About how many calls the test makes one after the other, those of its own fixtures included.
    pub fn calls(&self) -> usize {
        self.facts.calls
    }

    /// Returns true if the test needs another provider of the platform.
    pub fn needs_peer(&self) -> bool {
        self.facts.tools_at_peer.is_some()
    }

    /// Every tool that is called at the other provider that the test names, fixtures there included.
    pub fn tools_at_peer(&self) -> &[CapabilityRef] {
        self.facts.tools_at_peer.as_deref().unwrap_or_default()
    }

    /// Returns true if the test moves the provider's clock, where there is one: it waits, or calls the tool itself.
    pub fn moves_clock(&self) -> bool {
        self.facts.moves_clock
    }

    /// Returns true if it makes calls at one time.
    ///
    /// # Panics
    ///
    /// As [`Test::body`].
    pub fn races(&self) -> bool {
        let mut steps = self.body().steps.iter();
        steps.any(|step| matches!(step.kind, StepKind::Race(_)))
    }

    /// Returns true if the test waits.
    pub fn waits(&self) -> bool {
        self.facts.waits
    }

    /// Returns true if neither the test nor its fixtures write anything. A wait counts as a write: it may move the provider's clock.
    pub fn is_read_only(&self) -> bool {
        self.facts.is_read_only
    }

    /// The number of the test's calls that may make something to be taken back: all but those that must be refused.
    pub fn creations(&self) -> usize {
        self.facts.creations
    }
}
