//! Tests and fixtures, ready to run.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::capability::Capability;
use crate::expr::{Expression, Template};
use crate::model::{Level, TestId};

use super::step::{Step, StepKind};

/// A test of one version of a capability.
#[derive(Debug)]
pub struct Test {
    /// The test in full.
    pub id: TestId,
    /// The contract that it proves.
    pub capability: Arc<Capability>,
    /// What a provider does that passes.
    pub title: String,
    /// How binding it is.
    pub level: Level,
    /// The rules that it verifies; the first stands for a check that names none.
    pub verifies: Vec<String>,
    /// The fixtures that it uses, in order.
    pub fixtures: Vec<Arc<Fixture>>,
    /// The fixtures that it can do without, in order.
    pub tries: Vec<Arc<Fixture>>,
    /// Whether it runs while no other test of the provider runs.
    pub exclusive: bool,
    /// Why it is slow.
    pub slow: Option<String>,
    /// The rows of its table; none when it has no table.
    pub cases: Vec<Case>,
    /// What it does.
    pub steps: Vec<Step>,
    /// The file that it stands in.
    pub file: String,
}

/// A row of a test's table.
#[derive(Debug)]
pub struct Case {
    /// The row's name.
    pub id: String,
    /// The row is left out unless this holds.
    pub when: Option<Expression>,
    /// Why it is left out then.
    pub because: Option<String>,
    /// Its values.
    pub values: Vec<(String, Template)>,
}

/// What several tests need first.
#[derive(Debug)]
pub struct Fixture {
    /// The name that it binds.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// How widely it is shared.
    pub share: Share,
    /// The fixtures that it uses, in order.
    pub fixtures: Vec<Arc<Self>>,
    /// The keys that a manifest may give.
    pub given: Vec<String>,
    /// What has to be done.
    pub steps: Vec<Step>,
    /// The value.
    pub bind: Template,
}

/// How widely a fixture is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Made once for all tests of a provider.
    Provider,
    /// Made anew for each test.
    Test,
}

impl Test {
    /// Every tool that the test may call in its own steps.
    pub fn tools(&self) -> BTreeSet<&str> {
        let mut tools = BTreeSet::new();
        called(&self.steps, &mut |capability, _| {
            tools.insert(capability.tool());
        });
        tools
    }

    /// Whether nothing that the test calls, fixtures included, writes.
    pub fn is_read_only(&self) -> bool {
        let mut reads = true;
        called(&self.steps, &mut |capability, _| reads &= capability.is_read());
        self.each_fixture(&mut |fixture| {
            called(&fixture.steps, &mut |capability, _| reads &= capability.is_read())
        });
        reads
    }

    /// How many of the test's calls may make something that must be taken back: all but those that must be refused.
    pub fn creations(&self) -> usize {
        let mut once = 0;
        called(&self.steps, &mut |capability, succeeds| {
            once += usize::from(succeeds && capability.reversibility.undo.is_some());
        });
        let mut set_up = 0;
        self.each_fixture(&mut |fixture| {
            called(&fixture.steps, &mut |capability, succeeds| {
                set_up += usize::from(succeeds && capability.reversibility.undo.is_some());
            });
        });
        once * self.cases.len().max(1) + set_up
    }

    /// Every fixture that the test needs, each once, those it depends on first.
    pub fn each_fixture(&self, visit: &mut dyn FnMut(&Arc<Fixture>)) {
        let mut seen = BTreeSet::new();
        each_fixture(&self.fixtures, &mut seen, visit);
        each_fixture(&self.tries, &mut seen, visit);
    }
}

fn each_fixture(
    fixtures: &[Arc<Fixture>],
    seen: &mut BTreeSet<String>,
    visit: &mut dyn FnMut(&Arc<Fixture>),
) {
    for fixture in fixtures {
        if seen.insert(fixture.name.clone()) {
            each_fixture(&fixture.fixtures, seen, visit);
            visit(fixture);
        }
    }
}

/// Visits every call of some steps: the tool, and whether it may succeed.
fn called<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Arc<Capability>, bool)) {
    for step in steps {
        match &step.kind {
            StepKind::Call(call) => visit(&call.tool, call.expect.ok != Some(false)),
            StepKind::Search(search) => visit(&search.tool, search.expect.ok != Some(false)),
            StepKind::ForEach(each) => visit(&each.tool, each.expect.ok != Some(false)),
            StepKind::Wait(_) | StepKind::Need(_) | StepKind::Let(_) | StepKind::That(_) => {}
        }
    }
}
