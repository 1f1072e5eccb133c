//! A contract in memory: one capability at one version.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Schema;
use crate::diagnostic::{Node, Source, Span};
use crate::expr::{Bindings, Template};
use crate::model::{CapabilityRef, Reading};

/// The id of the rule that every contract has by its input schema.
pub const INPUT_SCHEMA_RULE: &str = "input-schema";

/// The id of the rule that every contract has by its output schema.
pub const OUTPUT_SCHEMA_RULE: &str = "output-schema";

/// The id of the rule of a contract that promises `readOnlyHint`.
pub const READ_ONLY_RULE: &str = "read-only-hint";

/// The id of the rule of a contract that promises `idempotentHint`.
pub const IDEMPOTENT_RULE: &str = "idempotent-hint";

/// The rules of the annotations that a contract may promise.
const ANNOTATED: [Rule<'static>; 2] = [
    Rule {
        id: READ_ONLY_RULE,
        kind: RuleKind::Promise,
        words: "A call changes nothing, as the annotation `readOnlyHint` says.",
        excluded: None,
    },
    Rule {
        id: IDEMPOTENT_RULE,
        kind: RuleKind::Promise,
        words: "A call that is made again with the same input changes nothing more, as the annotation `idempotentHint` says.",
        excluded: None,
    },
];

/// The rules that no contract writes out.
const IMPLICIT: [Rule<'static>; 2] = [
    Rule {
        id: INPUT_SCHEMA_RULE,
        kind: RuleKind::Implicit,
        words: "An input that breaks the input schema is refused and changes nothing.",
        excluded: None,
    },
    Rule {
        id: OUTPUT_SCHEMA_RULE,
        kind: RuleKind::Implicit,
        words: "Every answer follows the output schema.",
        excluded: None,
    },
];

/// One capability at one version, as published.
#[derive(Debug)]
pub struct Capability {
    /// The capability at its version.
    pub reference: CapabilityRef,
    /// The area and what the tool does there: `scheduling.write`.
    pub category: String,
    /// A line that says what the tool does.
    pub summary: String,
    /// The meaning of a call, in prose.
    pub semantics: String,
    /// The rules that always hold.
    pub invariants: Vec<Invariant>,
    /// Sentences of the summary, the semantics and the advice that a test can verify.
    pub promises: Vec<Promise>,
    /// Advice for agents: the situation in which to call the tool.
    pub when_to_use: String,
    /// The way to take a call back, if there is one.
    pub reversibility: Reversibility,
    /// Tools of the same domain that are called before this one.
    pub prerequisites: Vec<String>,
    /// Answers to what the contract leaves open.
    pub rulings: Vec<Ruling>,
    /// Calls with their answers.
    pub examples: Vec<Example>,
    /// The schema of inputs.
    pub input: Schema,
    /// The schema of answers.
    pub output: Schema,
    /// SHA-256 over the three files, in hexadecimal digits.
    pub digest: String,
    /// True while it is being written: it may change, and nothing is published of it.
    pub is_draft: bool,
    /// The annotations that it promises.
    pub annotations: Annotations,
    /// The name of the tool on the wire.
    pub(super) tool: String,
    pub(super) reading: Reading,
    pub(super) source: Arc<Source>,
    pub(super) places: Places,
}

/// The places in `capability.yaml` of things that other files may contradict.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) version: Span,
    pub(super) category: Span,
    pub(super) prerequisites: Vec<Span>,
    pub(super) undo: Option<UndoPlaces>,
}

#[derive(Debug)]
pub(super) struct UndoPlaces {
    pub(super) tool: Span,
    /// Of each value of the input, in order.
    pub(super) input: Vec<Span>,
    pub(super) already_done: Vec<Span>,
}

/// Something that always holds.
#[derive(Debug, Clone)]
pub struct Invariant {
    /// A short name, unique within the contract.
    pub id: String,
    /// The sentence, as published.
    pub words: String,
    /// The reason why no test verifies it.
    pub excluded: Option<String>,
    pub(super) at: Span,
}

/// A sentence of the contract's prose that a test can verify.
#[derive(Debug, Clone)]
pub struct Promise {
    /// A short name, unique within the contract.
    pub id: String,
    /// The sentence, word for word as it stands in the prose.
    pub words: String,
    /// The reason why no test verifies it.
    pub excluded: Option<String>,
    pub(super) at: Span,
    pub(super) words_at: Span,
}

/// An answer to something that the contract leaves open.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// A short name, unique within the contract.
    pub id: String,
    /// The question that the contract leaves open.
    pub gap: String,
    /// The answer by which tests judge.
    pub ruling: String,
    /// The error codes that it speaks of.
    pub codes: Vec<String>,
    /// The reason why no test verifies it.
    pub excluded: Option<String>,
    pub(super) codes_at: Vec<Span>,
}

/// The way to take a call back, if there is one.
#[derive(Debug, Clone)]
pub struct Reversibility {
    /// In words.
    pub summary: String,
    /// The call that does it, where there is one.
    pub undo: Option<Undo>,
}

/// The call that takes another one back.
#[derive(Debug, Clone)]
pub struct Undo {
    /// A tool of the same domain.
    pub tool: String,
    /// Keys of its input, each with what it is made of.
    pub input: IndexMap<String, UndoValue>,
    /// Its error codes that also mean that the call is taken back.
    pub already_done: Vec<String>,
}

impl Undo {
    /// The input of the call that takes a call with this input and output back. None where the answer left nothing to take back:
    /// something that the input is made of is absent, null or has no value.
    pub fn input_for(&self, sent: &Value, output: &Value) -> Option<Value> {
        let mut bindings = Bindings::new();
        if self
            .input
            .values()
            .any(|value| matches!(value, UndoValue::Made(_)))
        {
            bindings.bind_json("input", sent.clone());
            bindings.bind_json("output", output.clone());
        }
        self.made(output, &bindings)
    }

    /// The same of a call whose answer was lost, where the answer is not needed for it.
    pub fn input_without_answer(&self, sent: &Value) -> Option<Value> {
        if self.input.values().any(UndoValue::reads_output) {
            return None;
        }
        self.input_for(sent, &Value::Null)
    }

    fn made(&self, output: &Value, bindings: &Bindings) -> Option<Value> {
        let mut input = Map::new();
        for (key, value) in &self.input {
            let value = match value {
                UndoValue::Pointer(pointer) => output.pointer(pointer).cloned(),
                UndoValue::Made(made) => made.template.render(bindings).ok(),
            };
            input.insert(key.clone(), value.filter(|value| !value.is_null())?);
        }
        Some(Value::Object(input))
    }
}

/// What a key of the input of an undo is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum UndoValue {
    /// What stands at a JSON pointer in the answer that is taken back.
    Pointer(String),
    /// A value with expressions over the call that is taken back.
    Made(MadeValue),
}

impl UndoValue {
    /// Returns true if it reads the answer.
    pub fn reads_output(&self) -> bool {
        match self {
            Self::Pointer(_) => true,
            Self::Made(made) => made.template.roots().contains("output"),
        }
    }
}

/// A value with expressions in it.
#[derive(Debug, Clone)]
pub struct MadeValue {
    /// As it is written.
    written: Value,
    template: Arc<Template>,
}

impl MadeValue {
    /// A value that is written so.
    pub(super) fn new(written: Value, template: Template) -> Self {
        Self {
            written,
            template: Arc::new(template),
        }
    }
}

impl PartialEq for MadeValue {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

/// The annotations of a tool that a contract promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Annotations {
    /// A call changes nothing.
    pub read_only: bool,
    /// A call that is made again with the same input changes nothing more.
    pub idempotent: bool,
}

impl Annotations {
    /// Returns true if a rule of annotations is promised.
    pub(super) fn promise(self, rule: &str) -> bool {
        rule == READ_ONLY_RULE && self.read_only || rule == IDEMPOTENT_RULE && self.idempotent
    }
}

/// A call with its answer.
#[derive(Debug, Clone)]
pub struct Example {
    /// A description in a few words.
    pub name: String,
    /// The input object.
    pub input: Value,
    /// The output object.
    pub output: Value,
    pub(super) input_node: Node,
    pub(super) output_node: Node,
}

/// Something that a test can verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// Its short name.
    pub id: &'a str,
    /// The kind.
    pub kind: RuleKind,
    /// The contract's words, or those of the ruling.
    pub words: &'a str,
    /// The reason why no test verifies it.
    pub excluded: Option<&'a str>,
}

/// The part of a contract that a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// The list of invariants.
    Invariant,
    /// The prose.
    Promise,
    /// An answer to what the contract leaves open.
    Ruling,
    /// A schema.
    Implicit,
}

impl Capability {
    /// The name that a provider is called with: `add_note`. Mostly the last part of the id.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// Returns true if a call only reads.
    pub fn is_read(&self) -> bool {
        self.category.ends_with(".read")
    }

    /// Everything that a test can verify: invariants, promises, rulings, then the two schemas.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let invariants = self.invariants.iter().map(|invariant| Rule {
            id: &invariant.id,
            kind: RuleKind::Invariant,
            words: &invariant.words,
            excluded: invariant.excluded.as_deref(),
        });
        let promises = self.promises.iter().map(|promise| Rule {
            id: &promise.id,
            kind: RuleKind::Promise,
            words: &promise.words,
            excluded: promise.excluded.as_deref(),
        });
        let rulings = self.rulings.iter().map(|ruling| Rule {
            id: &ruling.id,
            kind: RuleKind::Ruling,
            words: &ruling.ruling,
            excluded: ruling.excluded.as_deref(),
        });
        let annotated = ANNOTATED
            .into_iter()
            .filter(|rule| self.annotations.promise(rule.id));
        let promises = promises.chain(annotated);
        invariants.chain(promises).chain(rulings).chain(IMPLICIT)
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<Rule<'_>> {
        self.rules().find(|rule| rule.id == id)
    }

    /// The ids of all rules.
    pub fn rule_ids(&self) -> Vec<&str> {
        self.rules().map(|rule| rule.id).collect()
    }

    /// How its answers are read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The codes that a refusal may have; none where the contract lists none.
    pub fn error_codes(&self) -> &[String] {
        self.reading.codes()
    }

    /// The file `capability.yaml` that it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }
}
