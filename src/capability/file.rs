//! The file `capability.yaml` as it is written. Unknown keys are errors; what more there is to check, the reader does. The JSON Schema for
//! editors is generated from these types, so their comments are its texts.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::diagnostic::{Node, Spot, truth};
use crate::model::{CapabilityId, Version};

/// The contract of a tool at one version: what each call means and what always holds. Its two schemas stand beside it, in
/// `input.schema.json` and `output.schema.json`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofhouse capability")]
pub(super) struct ContractFile {
    /// The version of this format.
    #[schemars(extend("const" = "proofhouse.capability/1"))]
    pub(super) format: Spot<String>,
    /// The capability, `domain.tool`: both also name the folders.
    #[schemars(with = "String", extend("pattern" = "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$"))]
    pub(super) id: Spot<CapabilityId>,
    /// The version, which the folder names too.
    #[schemars(with = "String", extend("pattern" = "^[0-9]+\\.[0-9]+\\.[0-9]+"))]
    pub(super) version: Spot<Version>,
    /// The area, and `read` for a tool that changes nothing or `write`: `scheduling.write`.
    #[schemars(extend("pattern" = "^[a-z_]+\\.(read|write)$"))]
    pub(super) category: Spot<String>,
    /// `draft` while the contract is written: it may change, and it is not in the lock file.
    pub(super) status: Option<StatusFile>,
    /// The shape of the answers: `envelope`, an object with `ok`, or `native`, whatever the tool answers.
    pub(super) answers: Option<AnswersFile>,
    /// The name of the tool on the wire, where it is not the last part of the id.
    pub(super) tool: Option<Spot<String>>,
    /// With `answers: native`: the code of a refusal by its words. The first pattern that is found counts.
    #[serde(default)]
    pub(super) errors: Vec<ErrorFile>,
    /// What the tool's annotations promise.
    #[serde(default)]
    pub(super) annotations: AnnotationsFile,
    /// A line that says what the tool does.
    pub(super) summary: Spot<String>,
    /// The meaning of a call, in prose.
    pub(super) semantics: Spot<String>,
    /// The rules that always hold.
    pub(super) invariants: Vec<InvariantFile>,
    /// Sentences of `summary`, `semantics` and `when_to_use` that a test can verify, a rule each.
    #[serde(default)]
    pub(super) promises: Vec<PromiseFile>,
    /// Advice for agents: the situation in which to call the tool.
    pub(super) when_to_use: Spot<String>,
    /// The way to take a call back, if there is one.
    pub(super) reversibility: ReversibilityFile,
    /// Tools of the same domain that are called before this one.
    #[serde(default)]
    pub(super) prerequisites: Vec<Spot<String>>,
    /// Answers to what the contract leaves open, a rule each.
    #[serde(default)]
    pub(super) rulings: Vec<RulingFile>,
    /// Calls with their answers. Both keep the schemas.
    pub(super) examples: Vec<ExampleFile>,
}

/// The status of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatusFile {
    /// It is being written.
    Draft,
}

/// The shape of the answers of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswersFile {
    /// An object with `ok`, and beside `ok: false` a code under `error`.
    Envelope,
    /// Any JSON or text. A result that is marked as an error is a refusal.
    Native,
}

/// A code of a refusal, and the words that it is known by.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorFile {
    /// The code, by which tests name it.
    pub(super) code: Spot<String>,
    /// A regular expression that finds something in the words of the refusal.
    pub(super) pattern: Spot<String>,
}

/// The annotations of a tool that the contract promises.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnnotationsFile {
    /// A call changes nothing.
    #[serde(default, rename = "readOnlyHint", deserialize_with = "truth")]
    pub(super) read_only: bool,
    /// A call that is made again with the same input changes nothing more.
    #[serde(default, rename = "idempotentHint", deserialize_with = "truth")]
    pub(super) idempotent: bool,
}

/// Something that always holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvariantFile {
    /// A short name, unique within the contract: lower-case words joined by dashes.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9-]*$"))]
    pub(super) id: Spot<String>,
    /// The rule, as a sentence.
    pub(super) words: Spot<String>,
    /// The reason why no test verifies it.
    pub(super) excluded: Option<Spot<String>>,
}

/// A sentence of the prose that a test can verify.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PromiseFile {
    /// A short name, unique within the contract: lower-case words joined by dashes.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9-]*$"))]
    pub(super) id: Spot<String>,
    /// The sentence, word for word as it stands in the prose.
    pub(super) words: Spot<String>,
    /// The reason why no test verifies it.
    pub(super) excluded: Option<Spot<String>>,
}

/// An answer to something that the contract leaves open.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RulingFile {
    /// A short name, unique within the contract: lower-case words joined by dashes.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9-]*$"))]
    pub(super) id: Spot<String>,
    /// The question that the contract leaves open.
    pub(super) gap: Spot<String>,
    /// The answer by which tests judge.
    pub(super) ruling: Spot<String>,
    /// The error codes that it speaks of.
    #[serde(default)]
    pub(super) codes: Vec<Spot<String>>,
    /// The reason why no test verifies it.
    pub(super) excluded: Option<Spot<String>>,
}

/// The way to take a call back, if there is one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReversibilityFile {
    /// In words.
    pub(super) summary: Spot<String>,
    /// The call that does it. Left out, no call does.
    pub(super) undo: Option<UndoFile>,
}

/// The call that takes another one back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoFile {
    /// A tool of the same domain.
    pub(super) tool: Spot<String>,
    /// Keys of its input, each with a JSON pointer into the answer of the call that is taken back, or with a value with expressions over
    /// `input` and `output` of that call.
    pub(super) input: IndexMap<String, Node>,
    /// Its error codes that mean that the call was taken back before.
    #[serde(default)]
    pub(super) already_done: Vec<Spot<String>>,
}

/// A call with its answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExampleFile {
    /// A description in a few words.
    pub(super) name: Spot<String>,
    /// The input.
    pub(super) input: Node,
    /// The answer.
    pub(super) output: Node,
}

impl ContractFile {
    /// Returns true if the answers have the protocol's own shape.
    pub(super) fn is_native(&self) -> bool {
        self.answers == Some(AnswersFile::Native)
    }

    /// Returns true if it is being written.
    pub(super) fn is_draft(&self) -> bool {
        self.status == Some(StatusFile::Draft)
    }
}

/// The JSON Schema of `capability.yaml`, `proofhouse.capability/1`.
pub fn capability_schema() -> Value {
    schemars::schema_for!(ContractFile).to_value()
}
