//! A tool as a server lists it, and what a draft makes of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::file::Request;
use super::{inputs, names};
use crate::capability::Schema;
use crate::diagnostic::Source;

/// A tool as a server lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// The name on the wire.
    pub name: String,
    /// The title for people.
    pub title: Option<String>,
    /// The description for models.
    pub description: Option<String>,
    /// The schema of its inputs.
    pub input: Value,
    /// The schema of its structured results, where it has one.
    pub output: Option<Value>,
    /// What its annotations say.
    pub hints: Hints,
}

/// The annotations of a tool. What is not said is false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// `readOnlyHint`: a call changes nothing.
    pub read_only: bool,
    /// `idempotentHint`: a second call with the same input changes nothing more.
    pub idempotent: bool,
    /// `openWorldHint`: a call reaches what is not the server's own.
    pub open_world: bool,
}

impl Tool {
    /// A tool of a listing that was read: its schemas of inputs and results, and its annotations.
    pub fn listed(
        name: String,
        title: Option<String>,
        description: Option<String>,
        (input, output): (Option<Value>, Option<Value>),
        annotations: Option<&Value>,
    ) -> Self {
        Self {
            name,
            title,
            description,
            input: input.unwrap_or_else(|| json!({ "type": "object" })),
            output,
            hints: Hints::of(annotations),
        }
    }
}

impl Hints {
    /// Reads the annotations of a listing.
    fn of(annotations: Option<&Value>) -> Self {
        let says = |name: &str| annotations.and_then(|all| all.get(name)).and_then(Value::as_bool);
        Self {
            read_only: says("readOnlyHint") == Some(true),
            idempotent: says("idempotentHint") == Some(true),
            open_world: says("openWorldHint") == Some(true),
        }
    }
}

/// A tool with what a draft needs to know of it.
pub(super) struct Drafted<'t> {
    pub(super) tool: &'t Tool,
    pub(super) domain: String,
    /// The last part of the capability's id.
    pub(super) id: String,
    /// Its input schema; None where it cannot be read, with the reason.
    pub(super) input: Result<Schema, String>,
    /// A valid input; None where none can be made.
    pub(super) sample: Option<Value>,
    /// Somebody has given a part of it: what was made up was no good.
    pub(super) is_given: bool,
}

impl<'t> Drafted<'t> {
    /// All tools of a listing whose schemas can be read, each with an id of its own.
    pub(super) fn all(tools: &'t [Tool], request: &Request<'_>) -> Vec<Self> {
        let mut taken = BTreeSet::new();
        tools
            .iter()
            .map(|tool| {
                let input = read(&tool.input);
                let made_up = input.as_ref().ok().and_then(inputs::sample);
                Self {
                    tool,
                    domain: request.domain.to_owned(),
                    id: names::unique(&tool.name, &mut taken),
                    is_given: request.given.contains_key(&tool.name),
                    sample: inputs::with_given(made_up, request.given.get(&tool.name)),
                    input,
                }
            })
            .collect()
    }

    /// The schema of the results. Anything goes where the listing has none, or none that can be read.
    pub(super) fn output(&self) -> Value {
        let listed = self.tool.output.as_ref();
        let usable = listed.filter(|schema| read(schema).is_ok());
        usable.cloned().unwrap_or_else(|| json!({}))
    }

    /// `domain.tool`.
    pub(super) fn full_id(&self) -> String {
        format!("{}.{}", self.domain, self.id)
    }

    /// Returns true if its annotations say that a call changes nothing.
    pub(super) fn is_read(&self) -> bool {
        self.tool.hints.read_only
    }

    /// Returns true if it takes an empty input.
    pub(super) fn takes_nothing(&self) -> bool {
        let empty = Value::Object(serde_json::Map::new());
        self.input.as_ref().is_ok_and(|schema| schema.is_valid(&empty))
    }

    /// Returns true if it can show what others change: it only reads and takes nothing.
    pub(super) fn is_witness(&self) -> bool {
        self.is_read() && self.takes_nothing()
    }

    /// Returns true if another tool can show what this one changes.
    pub(super) fn has_witness(&self, all: &[Self]) -> bool {
        self.witness(all).is_some()
    }

    /// The other tools that can show what this one changes.
    pub(super) fn witnesses<'d>(&self, all: &'d [Self]) -> Vec<&'d Self> {
        let others = all.iter().filter(|other| other.id != self.id);
        others.filter(|other| other.is_witness()).collect()
    }

    /// Another tool that can show what this one changes.
    pub(super) fn witness<'d>(&self, all: &'d [Self]) -> Option<&'d Self> {
        all.iter().find(|other| other.is_witness() && other.id != self.id)
    }

    /// Returns true if the input that is made up has a text of its own, by which what it made can be found.
    pub(super) fn has_own_text(&self) -> bool {
        let sample = self.sample.as_ref().filter(|_| !self.takes_nothing());
        sample.is_some_and(|sample| sample.to_string().contains(inputs::OWN_TEXT))
    }

    /// The name of the fixture with its input.
    pub(super) fn fixture(&self) -> String {
        format!("{}_input", self.id)
    }
}

/// The schema of a listing, as contracts read it.
pub(super) fn read(schema: &Value) -> Result<Schema, String> {
    let source = Source::new("the listing", format!("{schema:#}"));
    Schema::read_foreign(&source).map_err(|problems| {
        let first = problems.iter().next();
        first.map_or_else(String::new, |problem| problem.message().to_owned())
    })
}
