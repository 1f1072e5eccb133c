//! A dialect, ready to be spoken.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::step::{Rule, Step};
use crate::capability::Capability;
use crate::expr::{Expression, Template};

/// The way in which a dialect's provider is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Plain requests.
    Http,
    /// Tools over MCP's streamable HTTP.
    Mcp,
    /// Tools over MCP on standard input and output.
    Stdio,
}

impl Protocol {
    /// The word of the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mcp => "mcp",
            Self::Stdio => "stdio",
        }
    }
}

/// A mapping from contracts to a provider's own interface.
#[derive(Debug)]
pub struct Dialect {
    /// Its name.
    pub name: String,
    /// The provider or product whose interface it speaks.
    pub title: String,
    /// SHA-256 of its file, in hex.
    pub digest: String,
    /// The place it was read from: its name where it is bundled, else the path.
    pub source: String,
    /// The way the provider is reached.
    pub protocol: Protocol,
    /// The values that the user gives.
    pub constants: IndexMap<String, Constant>,
    /// The rate of requests that the provider takes.
    pub pacing: Option<Pacing>,
    /// The calls that are mapped.
    pub calls: Vec<MappedCall>,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) answers: Vec<Rule>,
    pub(super) lookups: BTreeMap<String, Lookup>,
}

/// Something that the user gives under `fixtures` of a manifest's entry.
#[derive(Debug, Clone)]
pub struct Constant {
    /// A description for people.
    pub title: String,
    /// The value where the user gives none.
    pub default: Option<Value>,
}

/// A limit on requests.
#[derive(Debug, Clone, Copy)]
pub struct Pacing {
    /// This many …
    pub requests: u32,
    /// … in so many seconds.
    pub seconds: u32,
}

impl Pacing {
    /// As a rate.
    pub fn per_second(self) -> f64 {
        f64::from(self.requests) / f64::from(self.seconds)
    }
}

/// A value that is looked up once in a run.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) steps: Vec<Step>,
    pub(super) bind: Template,
}

/// One call of a contract.
#[derive(Debug)]
pub struct MappedCall {
    /// The contract at its first version.
    pub contract: Arc<Capability>,
    /// Fields of the answer that the dialect fills, by path, each with the reason.
    pub fills: IndexMap<String, String>,
    /// The inputs and tests that cannot be asked.
    pub gaps: Vec<Gap>,
    pub(super) uses: Vec<String>,
    pub(super) steps: Vec<Step>,
    pub(super) output: Option<Template>,
    /// True if every field of a success is filled by the dialect.
    pub(super) makes_all: bool,
    /// Fields that reach the provider as they are.
    pub(super) carries: Vec<String>,
    pub(super) notes: Vec<Note>,
    /// True if one of its requests is marked as the one that decides.
    pub(super) has_decider: bool,
}

/// A note on the result, for the answers for which `when` holds.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) when: Expression,
    pub(super) text: Template,
}

/// Something that cannot be asked.
#[derive(Debug)]
pub struct Gap {
    /// The reason.
    pub because: String,
    /// Tests that are left out.
    pub tests: Vec<GapTest>,
    /// Fields of the input that the provider has no place for.
    pub fields: Vec<String>,
    pub(super) when: Option<Expression>,
    /// Those of the fields that are left out of an input, which is then asked without them.
    pub(super) left_out: Vec<String>,
}

/// A test that a gap names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapTest {
    /// Its name.
    pub name: String,
    /// The problem that there is no such test, at the place that names it.
    pub problem: crate::diagnostic::Problem,
}

impl Gap {
    /// Returns true if nothing of the call can be asked.
    pub fn is_whole(&self) -> bool {
        self.when.is_none() && self.tests.is_empty() && self.fields.is_empty()
    }
}

impl Dialect {
    /// The call of a tool by its last part.
    pub fn call(&self, tool: &str) -> Option<&MappedCall> {
        self.calls.iter().find(|call| call.contract.tool() == tool)
    }

    /// The reason for which a test would judge nothing but the dialect; None where it judges the provider.
    pub fn gap_of(&self, tool: &str, test: &str) -> Option<&str> {
        let gaps = &self.call(tool)?.gaps;
        let gap = gaps
            .iter()
            .find(|gap| gap.tests.iter().any(|known| known.name == test));
        gap.map(|gap| gap.because.as_str())
    }
}
