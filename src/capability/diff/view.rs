//! A diff as data for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Diff, Effect};

/// The name and version of the format.
const FORMAT: &str = "proofhouse.diff/1";

/// A diff as `proofhouse.diff/1`. Fields may be added, never removed or renamed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Diff")]
pub struct DiffView {
    /// The name and version of this format.
    #[schemars(extend("const" = "proofhouse.diff/1"))]
    format: &'static str,
    /// The capability, `domain.tool`.
    capability: String,
    /// The earlier version.
    before: String,
    /// The later version.
    after: String,
    /// The changes, by part, in the order of the contracts.
    changes: Vec<ChangeView>,
    /// The number of changes with each effect.
    totals: SidesView,
}

/// One change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct ChangeView {
    /// The part of the contract: `input`, `output`, `rules`, `use` or `prose`.
    part: &'static str,
    /// The place: a JSON pointer into the schema, the id of a rule, or the name of a key of the contract.
    place: String,
    /// The change, in words.
    change: String,
    /// The effect on a caller of the earlier version: `breaking`, `widening` or `words only`.
    caller: &'static str,
    /// The effect on a provider of the earlier version, in the same words.
    provider: &'static str,
}

/// The effects on both sides.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sides")]
struct SidesView {
    /// On callers.
    caller: EffectsView,
    /// On providers.
    provider: EffectsView,
}

/// The number of changes with each effect on one side.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Effects")]
struct EffectsView {
    /// A party that kept to the earlier version may break the later one.
    breaking: usize,
    /// A party that kept to the earlier version keeps to the later one too, and has more room.
    widening: usize,
    /// Nothing but words.
    words_only: usize,
}

impl Diff {
    /// The diff as data.
    pub fn view(&self) -> DiffView {
        let effects = |side: fn((usize, usize)) -> usize| EffectsView {
            breaking: side(self.count(Effect::Breaking)),
            widening: side(self.count(Effect::Widening)),
            words_only: side(self.count(Effect::WordsOnly)),
        };
        let changes = self.changes.iter().map(|change| ChangeView {
            part: change.part.as_str(),
            place: change.place.clone(),
            change: change.words.clone(),
            caller: change.caller.as_str(),
            provider: change.provider.as_str(),
        });
        DiffView {
            format: FORMAT,
            capability: self.before.id.to_string(),
            before: self.before.version.to_string(),
            after: self.after.version.to_string(),
            changes: changes.collect(),
            totals: SidesView {
                caller: effects(|both| both.0),
                provider: effects(|both| both.1),
            },
        }
    }
}
