//! The steps of a mapped call, ready to be made.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::expr::{Expression, Template};

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    /// The name that later steps read.
    pub(super) id: Option<String>,
    /// The step is left out unless this holds.
    pub(super) when: Option<Expression>,
    /// The action.
    pub(super) kind: Kind,
}

/// The action of a step.
#[derive(Debug)]
pub(super) enum Kind {
    /// Makes one or more requests.
    Ask(Box<Ask>),
    /// Reads a list row by row.
    Rows(Box<Rows>),
    /// Binds values.
    Let(Vec<(String, Template)>),
    /// Takes the first way that is open.
    FirstOf(Vec<Branch>),
}

/// A list that is read row by row.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) list: Expression,
    /// The name of the row.
    pub(super) name: String,
    /// The rows that are wanted.
    pub(super) when: Option<Expression>,
    /// What a row is read as.
    pub(super) is: Template,
    /// Fields of it without which it cannot be read.
    pub(super) needs: Vec<String>,
    /// What a note calls the rows.
    pub(super) called: String,
}

/// One of several ways.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) when: Option<Expression>,
    pub(super) steps: Vec<Step>,
}

/// A request and what its answers mean.
#[derive(Debug)]
pub(super) struct Ask {
    /// The name of the step in a trace.
    pub(super) name: String,
    pub(super) request: StepRequest,
    /// True if it changes nothing.
    pub(super) reads: bool,
    /// True if calls that race wait for each other before it.
    pub(super) decides: bool,
    pub(super) turns: Turns,
    pub(super) answers: Vec<Rule>,
    pub(super) undo: Option<Box<Self>>,
    pub(super) cleanup: Option<Box<Self>>,
}

/// The number of times that a request is made.
#[derive(Debug)]
pub(super) enum Turns {
    /// Once.
    Once,
    /// Once for each element.
    Each {
        list: Expression,
        name: String,
        most: usize,
    },
    /// Page by page.
    Pages {
        first: Template,
        next: Expression,
        most: usize,
    },
}

/// The request of a step.
#[derive(Debug)]
pub(super) enum StepRequest {
    /// A plain request.
    Http {
        method: String,
        path: Template,
        query: Vec<(String, Template)>,
        headers: Vec<(String, Template)>,
        body: Content,
    },
    /// A call of a tool.
    Tool { name: Template, arguments: Template },
}

/// The body of a request.
#[derive(Debug)]
pub(super) enum Content {
    /// None.
    Nothing,
    /// JSON.
    Json(Template),
    /// A form.
    Form(Vec<(String, Template)>),
}

/// The meaning of the answers that match.
#[derive(Debug)]
pub(super) struct Rule {
    /// The rule as a trace shows it: `409 when … -> slot_taken`.
    pub(super) shown: String,
    /// The statuses that it takes; none takes all.
    pub(super) statuses: Vec<Statuses>,
    pub(super) when: Option<Expression>,
    pub(super) meaning: Meaning,
}

/// One status or a class of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statuses {
    /// This one.
    One(u16),
    /// All from so many hundreds.
    Class(u16),
}

/// The meaning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The step succeeded.
    Ok,
    /// The provider refused, in the contract's words.
    Error(String),
    /// The request is made again, so often at most.
    Retry(u32),
    /// The provider asks for patience: the request is made again later.
    Wait,
    /// The provider could not be asked.
    NotAsked(String),
    /// The provider is wrong.
    Fault(String),
    /// It cannot be asked through this dialect.
    Gap(String),
    /// No rule takes the answer.
    Unknown(String),
}

impl Ask {
    /// The request that removes what this one made, once the test has ended: it needs no more than the call and the answer.
    pub(super) fn removal(&self) -> Option<&Self> {
        let known = ["body", "input", "given", "now"];
        let reads_known = |undo: &&Self| {
            let roots = undo.request.roots();
            roots.iter().all(|root| known.contains(&root.as_str()))
        };
        let undo = || self.undo.as_deref().filter(reads_known);
        self.cleanup.as_deref().or_else(undo)
    }
}

impl StepRequest {
    /// The names that it reads.
    fn roots(&self) -> BTreeSet<String> {
        let named = |fields: &[(String, Template)]| -> Vec<BTreeSet<String>> {
            fields.iter().map(|(_, value)| value.roots()).collect()
        };
        let parts = match self {
            Self::Tool { name, arguments } => vec![name.roots(), arguments.roots()],
            Self::Http {
                path,
                query,
                headers,
                body,
                ..
            } => {
                let mut parts = vec![path.roots()];
                parts.extend(named(query));
                parts.extend(named(headers));
                match body {
                    Content::Nothing => {}
                    Content::Json(json) => parts.push(json.roots()),
                    Content::Form(fields) => parts.extend(named(fields)),
                }
                parts
            }
        };
        parts.into_iter().flatten().collect()
    }
}

impl Step {
    /// The steps inside it, itself the first.
    pub(super) fn asks(&self) -> Vec<&Ask> {
        match &self.kind {
            Kind::Ask(ask) => vec![ask],
            Kind::Let(_) | Kind::Rows(_) => Vec::new(),
            Kind::FirstOf(branches) => branches
                .iter()
                .flat_map(|branch| &branch.steps)
                .flat_map(Self::asks)
                .collect(),
        }
    }
}

/// Leaves out what is null, through all objects; elements of lists stay.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
