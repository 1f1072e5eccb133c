//! A difference between two versions, as data.

use crate::model::CapabilityRef;

/// The effect of a change on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// A party that kept to the earlier version may break the later one.
    Breaking,
    /// A party that kept to the earlier version keeps to the later one too, and has more room or is given more.
    Widening,
    /// Nothing but words.
    WordsOnly,
}

impl Effect {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Widening => "widening",
            Self::WordsOnly => "words only",
        }
    }
}

/// The part of a contract that a change is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The input schema.
    Input,
    /// The output schema, the error codes in it.
    Output,
    /// Invariants, promises and rulings.
    Rules,
    /// The way to take a call back, and the calls that come before it.
    Use,
    /// The category and the prose.
    Prose,
}

impl Part {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Input, Self::Output, Self::Rules, Self::Use, Self::Prose];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Rules => "rules",
            Self::Use => "use",
            Self::Prose => "prose",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The part of the contract.
    pub part: Part,
    /// The place: a JSON pointer into the schema, the id of a rule, or the name of a key of the contract.
    pub place: String,
    /// The change, as a fragment.
    pub words: String,
    /// The effect on a caller that was written for the earlier version.
    pub caller: Effect,
    /// The effect on a provider that serves the earlier version.
    pub provider: Effect,
}

/// Everything that a later version changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The earlier contract.
    pub before: CapabilityRef,
    /// The later one.
    pub after: CapabilityRef,
    /// The changes, by part, in the order of the contracts.
    pub changes: Vec<Change>,
}

impl Diff {
    /// The number of changes with this effect on callers, and the number on providers.
    pub fn count(&self, effect: Effect) -> (usize, usize) {
        let of = |side: fn(&Change) -> Effect| self.changes.iter().filter(|one| side(one) == effect).count();
        (of(|one| one.caller), of(|one| one.provider))
    }
}

/// The effect of a change on the set of values that a schema takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Fewer values are valid, and no other ones.
    Narrowed,
    /// More values are valid, and all earlier ones still.
    Widened,
    /// Some values that were valid are not, and others are; or it cannot be told.
    Either,
    /// The same values are valid.
    Words,
}

/// One place at which two schemas differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SchemaChange {
    /// A JSON pointer into the later schema, or into the earlier one where the place is gone.
    pub(super) pointer: String,
    pub(super) direction: Direction,
    pub(super) words: String,
}
