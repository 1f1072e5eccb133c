//! Excuses: faults that no test kills and rules that no test verifies yet, each with a written reason.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

use super::KnownFault;
use crate::capability::Registry;
use crate::diagnostic::{Node, NodeKind, Problem, Problems, Source, Spot, near_miss, read_yaml};
use crate::model::CapabilityRef;

/// The excuses for the bundled faults, contracts and suites.
pub const BUNDLED_EXCUSES: &str = include_str!("excuses.yaml");

/// The name and version of the format.
const FORMAT: &str = "proofhouse.excuses/1";

/// Reasons, by the name of what they excuse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excuses {
    /// For faults that no test kills.
    pub faults: IndexMap<String, String>,
    /// For rules that no test verifies, or whose tests kill nothing; by their names in full.
    pub rules: IndexMap<String, String>,
    /// For a fault at a contract that allows it, though another version does not: `fault at domain.tool@version`.
    pub contracts: IndexMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExcuses {
    format: Spot<String>,
    faults: Node,
    rules: Node,
    #[serde(default)]
    contracts: Option<Node>,
}

impl Excuses {
    /// Returns true if a contract allows a fault.
    pub fn allows(&self, fault: &str, contract: &CapabilityRef) -> bool {
        self.contracts.contains_key(&format!("{fault} at {contract}"))
    }

    /// Reads excuses for these faults and the rules of these contracts.
    ///
    /// # Errors
    ///
    /// Every mistake in the file: an excuse for something that is not there, and one without a reason, among them.
    pub fn read(source: &Arc<Source>, faults: &[KnownFault], registry: &Registry) -> Result<Self, Problems> {
        Self::read_with(source, faults, registry, &|_| false)
    }

    /// The same for a registry that may lack contracts which the file speaks of. Their excuses are passed over.
    ///
    /// # Errors
    ///
    /// Those of [`Excuses::read`], but for those excuses.
    pub fn read_for(
        source: &Arc<Source>,
        faults: &[KnownFault],
        registry: &Registry,
    ) -> Result<Self, Problems> {
        let is_elsewhere = |name: &str| {
            let contract = name.rsplit(" at ").next().unwrap_or(name);
            let contract = contract.split('/').next().unwrap_or(contract);
            contract
                .parse::<CapabilityRef>()
                .is_ok_and(|contract| registry.iter().all(|known| known.reference != contract))
        };
        Self::read_with(source, faults, registry, &is_elsewhere)
    }

    /// `is_elsewhere` tells the excuses that are passed over.
    fn read_with(
        source: &Arc<Source>,
        faults: &[KnownFault],
        registry: &Registry,
        is_elsewhere: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Problems> {
        let raw: RawExcuses = read_yaml(source)?;
        let mut problems = Problems::new();
        if raw.format.value != FORMAT {
            let wrong = Problem::at(
                source,
                raw.format.span(source),
                "this is no file of excuses that this version reads",
            );
            problems.push(wrong.label(format!("expected `{FORMAT}`")));
        }
        let faults: Vec<String> = faults.iter().map(|fault| fault.name.clone()).collect();
        let rules: Vec<String> = registry
            .iter()
            .flat_map(|capability| {
                capability
                    .rules()
                    .map(|rule| format!("{}/{}", capability.reference, rule.id))
            })
            .collect();
        let contracts = match &raw.contracts {
            Some(contracts) => {
                let pairs = faults.iter().flat_map(|fault| {
                    let names = registry.iter().map(|capability| &capability.reference);
                    names.map(move |capability| format!("{fault} at {capability}"))
                });
                let known: Vec<String> = pairs.collect();
                reasons(
                    source,
                    contracts,
                    "fault at a contract",
                    &known,
                    is_elsewhere,
                    &mut problems,
                )
            }
            None => IndexMap::new(),
        };
        let read = Self {
            contracts,
            faults: reasons(source, &raw.faults, "fault", &faults, is_elsewhere, &mut problems),
            rules: reasons(source, &raw.rules, "rule", &rules, is_elsewhere, &mut problems),
        };
        problems.or(read)
    }
}

fn reasons(
    source: &Arc<Source>,
    node: &Node,
    what: &str,
    known: &[String],
    is_elsewhere: &dyn Fn(&str) -> bool,
    problems: &mut Problems,
) -> IndexMap<String, String> {
    let NodeKind::Map(entries) = &node.kind else {
        problems.push(
            Problem::at(source, node.span(source), format!("{what}s are excused by name"))
                .label("expected a mapping"),
        );
        return IndexMap::new();
    };
    let mut reasons = IndexMap::new();
    for (name, reason) in entries.iter().filter(|(name, _)| !is_elsewhere(name)) {
        if !known.contains(name) {
            problems.push(
                Problem::at(
                    source,
                    reason.key_span(source),
                    format!("there is no {what} `{name}`"),
                )
                .did_you_mean(near_miss(name, known.iter().map(String::as_str))),
            );
        }
        match &reason.kind {
            NodeKind::Text(text) if !text.trim().is_empty() => {
                reasons.insert(name.clone(), text.trim().to_owned());
            }
            _ => problems.push(
                Problem::at(
                    source,
                    reason.span(source),
                    format!("the excuse for `{name}` has no reason"),
                )
                .label("expected a sentence"),
            ),
        }
    }
    reasons
}
