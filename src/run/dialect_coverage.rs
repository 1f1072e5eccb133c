//! The share of a test that the provider answered itself, where a dialect stands between the contract and the provider.
//!
//! A dialect must not make a provider look good: what it fills in itself is not judged, and a test of which the provider answered
//! nothing does not pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::model::{Layer, Outcome, TestResult, Untested};
use crate::transport::{Decided, Mapped};

/// Counts of the layers that answered the own calls of a test, and of the predicates that were judged.
#[derive(Debug, Default)]
pub(super) struct DialectCoverage {
    /// Answers that hold something of the provider's.
    provider: u32,
    /// Answers that the dialect made alone.
    dialect: u32,
    /// Predicates that were judged.
    judged: u32,
    /// The reason for which the first predicate that was not judged was not.
    filled: Option<String>,
    /// The names that hold nothing but what the dialect fills, each with the reason.
    filled_names: BTreeMap<String, String>,
    /// The calls that make something: the tool, the input, and the request that decided.
    decisions: Vec<(String, Arc<Value>, Decided)>,
    /// The reason for which the dialect answered alone what the test asks of the provider.
    alone: Option<String>,
}

impl DialectCoverage {
    /// Counts an answer. One that took no attempt to get came from the dialect alone.
    pub(super) fn count_answer(&mut self, layer: Layer, attempts: u32) {
        match layer {
            Layer::Provider if attempts > 0 => self.provider += 1,
            Layer::Provider | Layer::Dialect => self.dialect += 1,
        }
    }

    /// Counts a predicate; `filled` says why it is not judged, None where it is.
    pub(super) fn count_predicate(&mut self, filled: Option<&str>) {
        match filled {
            None => self.judged += 1,
            Some(why) => {
                self.filled.get_or_insert_with(|| why.to_owned());
            }
        }
    }

    /// Notes a name that holds nothing but what the dialect fills.
    pub(super) fn note_filled(&mut self, name: &str, why: String) {
        self.filled_names.insert(name.to_owned(), why);
    }

    /// The names that hold nothing but what the dialect fills, each with the reason.
    pub(super) fn filled_names(&self) -> &BTreeMap<String, String> {
        &self.filled_names
    }

    /// Counts a call that makes something. Where different inputs became one request, or carried one key of idempotency, the mapping says
    /// that they are the same, and not the provider; so it does where it succeeds without the request that decides.
    pub(super) fn count_decision(&mut self, tool: &str, input: &Arc<Value>, mapped: &Mapped, own: bool) {
        if mapped.undecided && own {
            self.alone.get_or_insert_with(|| {
                format!("the dialect answered {tool} without asking the provider to do anything")
            });
        }
        let Some(decided) = &mapped.decided else { return };
        let same = self.decisions.iter().any(|(known, before, earlier)| {
            let one_key = decided.key.is_some() && decided.key == earlier.key;
            known == tool && before != input && (one_key || decided.request == earlier.request)
        });
        if same && own {
            self.alone.get_or_insert_with(|| {
                format!("the dialect made one request, or one key, of two different inputs of {tool}")
            });
        }
        self.decisions
            .push((tool.to_owned(), Arc::clone(input), decided.clone()));
    }

    /// Writes into a result which layer answered. A pass that the dialect alone brought about becomes a skip.
    pub(super) fn apply(&self, result: &mut TestResult) {
        if self.provider + self.dialect == 0 {
            return;
        }
        result.layer = Some(match self.provider {
            0 => Layer::Dialect,
            _ => Layer::Provider,
        });
        if result.outcome != Outcome::Pass {
            return;
        }
        let reason = match &self.filled {
            _ if self.provider == 0 => {
                Some("the dialect answered, and nothing came from the provider".to_owned())
            }
            Some(why) if self.judged == 0 => Some(why.clone()),
            _ => self.alone.clone(),
        };
        if let Some(reason) = reason {
            result.outcome = Outcome::Skip;
            result.message = Some(reason);
            result.untested = Some(Untested::Mapped);
        }
    }
}
