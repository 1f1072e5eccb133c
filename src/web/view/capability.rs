//! Contracts as JSON.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::app::{AppError, CapabilityPage};
use crate::capability::{Capability, Rule, RuleKind};
use crate::model::{Level, TestName};
use crate::web::State;

/// A capability in a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "CapabilityEntry")]
pub(in crate::web) struct CapabilityEntry {
    /// The capability, `domain.tool`.
    pub(in crate::web) capability: String,
    /// Every published version, the oldest first.
    pub(in crate::web) versions: Vec<String>,
    /// The category: an area and an action, such as `scheduling.write`.
    pub(in crate::web) category: String,
    /// The summary of the first version, in one line.
    pub(in crate::web) summary: String,
}

/// A contract: one capability at one version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Capability")]
pub(in crate::web) struct CapabilityView {
    /// The capability, `domain.tool`.
    pub(in crate::web) capability: String,
    /// This version.
    version: String,
    /// Every published version, the oldest first.
    versions: Vec<String>,
    /// The category: an area and an action, such as `scheduling.write`.
    category: String,
    /// The summary, in one line.
    summary: String,
    /// The meaning of a call.
    semantics: String,
    /// The situations in which an agent should call the tool.
    when_to_use: String,
    /// The tools of the same domain that must be called before this one.
    prerequisites: Vec<String>,
    /// The way to undo a call, if there is one.
    reversibility: String,
    /// The rules that a provider must comply with.
    rules: Vec<RuleView>,
    /// The codes that `error` of an answer may have; empty if the contract lists none.
    errors: Vec<String>,
    /// The JSON Schema of the input of a call.
    input_schema: Value,
    /// The JSON Schema of the output of a call.
    output_schema: Value,
    /// SHA-256 over the contract's files, in hex.
    digest: String,
    /// The tests that verify the contract.
    tests: Vec<TestView>,
}

/// A rule that a provider must comply with.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
struct RuleView {
    /// Its short name within the contract.
    id: String,
    /// The origin of the rule.
    kind: RuleKindView,
    /// The text of the rule in the contract.
    words: String,
    /// The tests that verify it. Rules of a schema are verified with every answer.
    tests: Vec<String>,
    /// The reason why no test verifies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    excluded: Option<String>,
}

/// The origin of a rule.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RuleKind")]
enum RuleKindView {
    /// The list of invariants.
    Invariant,
    /// The prose.
    Promise,
    /// A ruling on a question that the contract leaves open.
    Ruling,
    /// A schema.
    Implicit,
}

/// A test of a contract.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Test")]
struct TestView {
    /// Its name within the capability.
    test: String,
    /// The statement that is true if the test passes.
    title: String,
    /// The level of the test.
    level: Level,
    /// The rules that it verifies.
    verifies: Vec<String>,
}

/// Every capability, sorted by name, described by its first version.
pub(in crate::web) fn capabilities(state: &State) -> Vec<CapabilityEntry> {
    let mut entries: BTreeMap<&str, CapabilityEntry> = BTreeMap::new();
    for contract in state.bundle.registry.iter() {
        let id = &contract.reference.id;
        // The registry is sorted by version, so the first one makes the entry.
        let entry = entries.entry(id.as_str()).or_insert_with(|| CapabilityEntry {
            capability: id.to_string(),
            versions: Vec::new(),
            category: contract.category.clone(),
            summary: contract.summary.clone(),
        });
        entry.versions.push(contract.reference.version.to_string());
    }
    entries.into_values().collect()
}

/// The tests that verify a rule of a contract.
pub(in crate::web) fn tests_of(state: &State, contract: &Capability, rule: &Rule<'_>) -> Vec<TestName> {
    let tests = state.bundle.suites.tests(&contract.reference).iter();
    tests
        .filter(|test| test.verifies.iter().any(|verified| verified == rule.id))
        .map(|test| test.id.name.clone())
        .collect()
}

/// The contract of `domain.tool@version`, or the first of `domain.tool`.
pub(in crate::web) fn capability(state: &State, name: &str) -> Result<CapabilityView, AppError> {
    let found = CapabilityPage::find(&state.bundle.registry, name, None)?;
    let contract = &found.capability;
    let tests = state.bundle.suites.tests(&contract.reference);
    let rules = contract.rules().map(|rule| RuleView {
        id: rule.id.to_owned(),
        kind: match rule.kind {
            RuleKind::Invariant => RuleKindView::Invariant,
            RuleKind::Promise => RuleKindView::Promise,
            RuleKind::Ruling => RuleKindView::Ruling,
            RuleKind::Implicit => RuleKindView::Implicit,
        },
        words: rule.words.to_owned(),
        tests: tests_of(state, contract, &rule)
            .iter()
            .map(ToString::to_string)
            .collect(),
        excluded: rule.excluded.map(str::to_owned),
    });
    Ok(CapabilityView {
        capability: contract.reference.id.to_string(),
        version: contract.reference.version.to_string(),
        versions: found.versions.iter().map(ToString::to_string).collect(),
        category: contract.category.clone(),
        summary: contract.summary.clone(),
        semantics: contract.semantics.clone(),
        when_to_use: contract.when_to_use.clone(),
        prerequisites: contract.prerequisites.clone(),
        reversibility: contract.reversibility.summary.clone(),
        rules: rules.collect(),
        errors: contract.error_codes().to_vec(),
        input_schema: contract.input.json.clone(),
        output_schema: contract.output.json.clone(),
        digest: contract.digest.clone(),
        tests: tests
            .iter()
            .map(|test| TestView {
                test: test.id.name.to_string(),
                title: test.title.clone(),
                level: test.level,
                verifies: test.verifies.iter().map(ToString::to_string).collect(),
            })
            .collect(),
    })
}
