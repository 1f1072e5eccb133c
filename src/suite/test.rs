//! Tests and fixtures, ready to run.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::capability::{Capability, GeneratedRow};
use crate::expr::{Expression, Template};
use crate::model::{Level, TestId, TestName};

use super::pair_kind::PairKind;
use super::sandbox;
use super::step::{Step, StepKind};

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
    /// The fixtures that it uses, in order.
    pub fixtures: Vec<Arc<Fixture>>,
    /// The fixtures that it can do without, in order.
    pub tries: Vec<Arc<Fixture>>,
    /// The fixtures that are made anew for each row of its table, in order.
    pub each_row: Vec<Arc<Fixture>>,
    /// The fixtures that it makes at another provider of the platform, in order; None where it needs no such provider.
    pub peer: Option<Vec<Arc<Fixture>>>,
    /// True if no other test of the provider may run at the same time.
    pub exclusive: bool,
    /// The reason why it is slow. Every test that waits has one, and no other.
    pub slow: Option<String>,
    /// The rows of its table; none when it has no table.
    pub cases: Vec<Case>,
    /// The action.
    pub steps: Vec<Step>,
    /// The steps that run once, after the last row.
    pub after: Vec<Step>,
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
    /// The reason for leaving it out.
    pub because: Option<String>,
    /// Its values.
    pub values: Values,
}

impl Case {
    /// The row for a way in which two slots meet.
    pub(super) fn of_kind(kind: PairKind) -> Self {
        Self {
            id: kind.as_str().to_owned(),
            when: None,
            because: None,
            values: Values::Pair(kind),
        }
    }

    /// Returns true if the row never runs.
    fn is_left_out(&self) -> bool {
        matches!(&self.values, Values::Generated(generated) if generated.row.left_out().is_some())
    }
}

/// The values that a row binds under `case`.
#[derive(Debug)]
pub enum Values {
    /// Values that the file names.
    Written(Vec<(String, Template)>),
    /// An input made from a schema.
    Generated(Box<Generated>),
    /// A way to meet, of which the row looks for two slots.
    Pair(PairKind),
}

/// A row made from the input schema of a tool.
#[derive(Debug)]
pub struct Generated {
    /// The row.
    pub row: GeneratedRow,
    /// The tool's contract.
    pub tool: Arc<Capability>,
    /// The valid input that it is made from.
    pub from: Arc<Template>,
}

/// Something that several tests need first.
#[derive(Debug)]
pub struct Fixture {
    /// The name under which it is read.
    pub name: String,
    /// Its own name, that of its file: several fixtures may be made by one file.
    pub definition: String,
    /// A description in a few words.
    pub title: String,
    /// The scope in which it is shared.
    pub share: Share,
    /// The fixtures that it uses, in order.
    pub fixtures: Vec<Arc<Self>>,
    /// The keys that a manifest may give.
    pub given: Vec<String>,
    /// The steps that make it.
    pub steps: Vec<Step>,
    /// The value.
    pub bind: Template,
}

/// The scope in which a fixture is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Made once for all tests of a provider.
    Provider,
    /// Made anew for each test.
    Test,
}

impl Test {
    /// Returns true if nothing but a test clock lets it run: `--slow` does not.
    pub fn takes_clock(&self) -> bool {
        let needs = |step: &Step| matches!(&step.kind, StepKind::Need(need) if need.takes_clock());
        self.steps.iter().any(|step| step.when.is_none() && needs(step))
    }

    /// The id, and those that it had before.
    pub fn ids(&self) -> impl Iterator<Item = TestId> {
        let former = self.former_names.iter().map(|name| TestId {
            capability: self.id.capability.clone(),
            name: name.clone(),
        });
        std::iter::once(self.id.clone()).chain(former)
    }

    /// Every tool that the test may call in its own steps.
    pub fn tools(&self) -> BTreeSet<&str> {
        let mut tools = BTreeSet::new();
        for steps in [&self.steps, &self.after] {
            called(steps, &mut |capability, _| {
                tools.insert(capability.tool());
            });
        }
        tools
    }

    /// About how many calls the test makes one after the other, those of its own fixtures included.
    pub fn calls(&self) -> usize {
        let of_fixtures = |fixtures| {
            let mut calls = 0;
            Fixture::each(fixtures, &mut |fixture| calls += in_a_row(&fixture.steps));
            calls
        };
        let once = of_fixtures(&self.fixtures) + of_fixtures(&self.tries) + in_a_row(&self.after);
        once + (of_fixtures(&self.each_row) + in_a_row(&self.steps)) * self.cases.len().max(1)
    }

    /// Every tool that is called at the other provider that the test names, fixtures there included.
    pub fn tools_at_peer(&self) -> Vec<Arc<Capability>> {
        let mut tools = Vec::new();
        let mut visit = |capability: &Arc<Capability>, _| tools.push(Arc::clone(capability));
        let steps = self.steps.iter().chain(&self.after);
        for step in steps.filter(|step| step.at_peer) {
            called(std::slice::from_ref(step), &mut visit);
        }
        Fixture::each(self.peer.as_deref().unwrap_or_default(), &mut |fixture| {
            called(&fixture.steps, &mut visit);
        });
        tools
    }

    /// Returns true if the test moves the provider's clock, where there is one: it waits, or calls the tool itself.
    pub fn moves_clock(&self) -> bool {
        let mut moves = self.waits();
        for steps in [&self.steps, &self.after] {
            called(steps, &mut |capability, _| moves |= sandbox::is_clock(capability));
        }
        self.each_fixture(&mut |fixture| {
            called(&fixture.steps, &mut |capability, _| {
                moves |= sandbox::is_clock(capability)
            });
        });
        moves
    }

    /// Returns true if the test waits.
    pub fn waits(&self) -> bool {
        let mut steps = self.steps.iter().chain(&self.after);
        steps.any(|step| matches!(step.kind, StepKind::Wait(_)))
    }

    /// Returns true if neither the test nor its fixtures write anything. A wait counts as a write: it may move the provider's clock.
    pub fn is_read_only(&self) -> bool {
        let mut reads = !self.waits();
        for steps in [&self.steps, &self.after] {
            called(steps, &mut |capability, _| reads &= capability.is_read());
        }
        self.each_fixture(&mut |fixture| {
            called(&fixture.steps, &mut |capability, _| reads &= capability.is_read())
        });
        reads
    }

    /// The number of the test's calls that may make something to be taken back: all but those that must be refused.
    pub fn creations(&self) -> usize {
        let once: Vec<_> = self.fixtures.iter().chain(&self.tries).cloned().collect();
        let mut of_the_test = BTreeSet::new();
        let mut set_up = 0;
        each_fixture(&once, &mut of_the_test, &mut |fixture| {
            set_up += creations(&fixture.steps);
        });
        let mut row = creations(&self.steps);
        each_fixture(&self.each_row, &mut of_the_test, &mut |fixture| {
            row += creations(&fixture.steps);
        });
        Fixture::each(self.peer.as_deref().unwrap_or_default(), &mut |fixture| {
            set_up += creations(&fixture.steps);
        });
        let rows = match self.cases.len() {
            0 => 1,
            _ => self.cases.iter().filter(|case| !case.is_left_out()).count(),
        };
        row * rows + creations(&self.after) + set_up
    }

    /// Every fixture that the test needs, each once, those it depends on first.
    pub fn each_fixture(&self, visit: &mut dyn FnMut(&Arc<Fixture>)) {
        let mut seen = BTreeSet::new();
        each_fixture(&self.fixtures, &mut seen, visit);
        each_fixture(&self.tries, &mut seen, visit);
        each_fixture(&self.each_row, &mut seen, visit);
        each_fixture(self.peer.as_deref().unwrap_or_default(), &mut seen, visit);
    }
}

impl Fixture {
    /// Some fixtures and those that they need, each once, those that others depend on first.
    pub fn each(fixtures: &[Arc<Self>], visit: &mut dyn FnMut(&Arc<Self>)) {
        each_fixture(fixtures, &mut BTreeSet::new(), visit);
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

/// About how many calls some steps make one after the other.
fn in_a_row(steps: &[Step]) -> usize {
    let calls = steps.iter().map(|step| match &step.kind {
        StepKind::Call(_) | StepKind::Search(_) | StepKind::Race(_) => 1,
        StepKind::ForEach(_) => 4,
        StepKind::Wait(_) | StepKind::Need(_) | StepKind::Let(_) | StepKind::That(_) => 0,
    });
    calls.sum()
}

/// The number of calls in some steps that may make something to be taken back.
fn creations(steps: &[Step]) -> usize {
    let mut count = 0;
    called(steps, &mut |capability, succeeds| {
        count += usize::from(succeeds && capability.reversibility.undo.is_some());
    });
    count
}

/// Visits every call of some steps: the tool, and whether it may succeed.
fn called<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Arc<Capability>, bool)) {
    for step in steps {
        match &step.kind {
            StepKind::Call(call) => visit(&call.tool, call.expect.ok != Some(false)),
            StepKind::Search(search) => visit(&search.tool, search.expect.ok != Some(false)),
            StepKind::ForEach(each) => visit(&each.tool, each.expect.ok != Some(false)),
            StepKind::Race(race) => {
                for (_, call) in race.callers() {
                    visit(&call.tool, call.expect.ok != Some(false));
                }
            }
            StepKind::Wait(_) | StepKind::Need(_) | StepKind::Let(_) | StepKind::That(_) => {}
        }
    }
}
