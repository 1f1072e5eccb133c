//! The part of a test that runs: its fixtures, its table and its steps, every expression compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::capability::{Capability, GeneratedRow};
use crate::expr::{Expression, Template};

use super::pair_kind::PairKind;
use super::step::Step;

/// The fixtures, the table and the steps of a test.
#[derive(Debug)]
pub struct Body {
    /// The fixtures that it uses, in order.
    pub fixtures: Vec<Arc<Fixture>>,
    /// The fixtures that it can do without, in order.
    pub tries: Vec<Arc<Fixture>>,
    /// The fixtures that are made anew for each row of its table, in order.
    pub each_row: Vec<Arc<Fixture>>,
    /// The fixtures that it makes at another provider of the platform, in order; None where it needs no such provider.
    pub peer: Option<Vec<Arc<Fixture>>>,
    /// The rows of its table; none when it has no table.
    pub cases: Vec<Case>,
    /// The action.
    pub steps: Vec<Step>,
    /// The steps that run once, after the last row.
    pub after: Vec<Step>,
}

impl Body {
    /// Every fixture that the test needs, each once, those it depends on first.
    pub(super) fn each_fixture(&self, visit: &mut dyn FnMut(&Arc<Fixture>)) {
        let mut seen = BTreeSet::new();
        each_fixture(&self.fixtures, &mut seen, visit);
        each_fixture(&self.tries, &mut seen, visit);
        each_fixture(&self.each_row, &mut seen, visit);
        each_fixture(self.peer.as_deref().unwrap_or_default(), &mut seen, visit);
    }
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
    pub(super) fn is_left_out(&self) -> bool {
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

impl Fixture {
    /// Some fixtures and those that they need, each once, those that others depend on first.
    pub fn each(fixtures: &[Arc<Self>], visit: &mut dyn FnMut(&Arc<Self>)) {
        each_fixture(fixtures, &mut BTreeSet::new(), visit);
    }
}

pub(super) fn each_fixture(
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
