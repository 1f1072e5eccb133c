//! What a result says of the layers that answered, where a dialect stands between the contract and the provider.
//!
//! A dialect must not make a provider look good: what it fills in itself is not judged, and a test of which the provider answered
//! nothing does not pass.

use std::sync::atomic::Ordering;

use super::ask::{Asker, Phase};
use crate::model::{Layer, Outcome, TestResult};
use crate::suite::Check;
use crate::transport::Mapped;

/// Which layers answered the own calls of a test, and what of it could be judged.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// Answers that hold something of the provider's.
    provider: u32,
    /// Answers that the dialect made alone.
    dialect: u32,
    /// Predicates that were judged.
    judged: u32,
    /// Why the first predicate that was not judged was not.
    filled: Option<String>,
}

impl Asker<'_> {
    /// Takes note of what a dialect did for a call.
    pub(super) fn note_mapping(&mut self, mapped: Option<&Mapped>, attempts: u32) {
        let Some(mapped) = mapped else { return };
        if self.guest_of.is_none() {
            self.session
                .calls
                .fetch_add(u64::from(mapped.aside), Ordering::Relaxed);
        }
        for left in &mapped.left {
            self.notes.push(format!("left half done by the dialect: {left}"));
        }
        if self.phase == Phase::Own {
            match mapped.layer {
                Layer::Provider if attempts > 0 => self.layers.provider += 1,
                Layer::Provider | Layer::Dialect => self.layers.dialect += 1,
            }
        }
    }

    /// Whether a predicate says something of the provider. One that reads only what the dialect fills says nothing, and is noted.
    pub(super) fn says_something(&mut self, that: &Check, tool: Option<&str>) -> bool {
        let Some(dialect) = self.session.target.dialect() else {
            return true;
        };
        let filled = dialect.fills_all_of(&that.check.reads(), tool);
        if self.phase == Phase::Own {
            match &filled {
                None => self.layers.judged += 1,
                Some(why) => {
                    self.layers.filled.get_or_insert_with(|| why.clone());
                }
            }
        }
        if let Some(why) = filled {
            let note = format!("not judged: {why}");
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
            return false;
        }
        true
    }
}

impl Layers {
    /// Writes into a result which layer answered. A pass that the dialect alone brought about is none.
    pub(super) fn settle(&self, result: &mut TestResult) {
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
        }
    }
}
