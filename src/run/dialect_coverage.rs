//! The share of a test that the provider answered itself, where a dialect stands between the contract and the provider.
//!
//! A dialect must not make a provider look good: what it fills in itself is not judged, and a test of which the provider answered
//! nothing does not pass.

use crate::model::{Layer, Outcome, TestResult, Untested};

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
            _ => None,
        };
        if let Some(reason) = reason {
            result.outcome = Outcome::Skip;
            result.message = Some(reason);
            result.untested = Some(Untested::Mapped);
        }
    }
}
