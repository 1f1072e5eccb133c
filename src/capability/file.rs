//! The file `capability.yaml` as it is written. Unknown keys are errors; what more there is to check, the reader does.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::diagnostic::Node;
use crate::model::{CapabilityId, Version};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractFile {
    pub(super) format: Spanned<String>,
    pub(super) id: Spanned<CapabilityId>,
    pub(super) version: Spanned<Version>,
    pub(super) category: Spanned<String>,
    pub(super) summary: Spanned<String>,
    pub(super) semantics: Spanned<String>,
    pub(super) invariants: Vec<InvariantFile>,
    #[serde(default)]
    pub(super) promises: Vec<PromiseFile>,
    pub(super) when_to_use: Spanned<String>,
    pub(super) reversibility: ReversibilityFile,
    #[serde(default)]
    pub(super) prerequisites: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) rulings: Vec<RulingFile>,
    pub(super) examples: Vec<ExampleFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InvariantFile {
    pub(super) id: Spanned<String>,
    pub(super) words: Spanned<String>,
    pub(super) excluded: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PromiseFile {
    pub(super) id: Spanned<String>,
    pub(super) words: Spanned<String>,
    pub(super) excluded: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulingFile {
    pub(super) id: Spanned<String>,
    pub(super) gap: Spanned<String>,
    pub(super) ruling: Spanned<String>,
    #[serde(default)]
    pub(super) codes: Vec<Spanned<String>>,
    pub(super) excluded: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReversibilityFile {
    pub(super) summary: Spanned<String>,
    pub(super) undo: Option<UndoFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoFile {
    pub(super) tool: Spanned<String>,
    pub(super) input: IndexMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) already_done: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExampleFile {
    pub(super) name: Spanned<String>,
    pub(super) input: Node,
    pub(super) output: Node,
}
