//! The reason why a test did not come to its telling step, or why a rule was not tested.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The reason why a test did not come to the step that tells right from wrong. Where several apply to one rule, the first in this order
/// stands for all: it is the one that is removed most easily.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Untested {
    /// The test is slow, and slow tests were not asked for.
    Slow,
    /// The provider has no test clock, and its time cannot be waited for.
    NoClock,
    /// No second tenant of the platform is in the manifest.
    NoPeer,
    /// Nothing that the provider offers can tell right from wrong: no second service, no adjacent slots.
    NoWitness,
    /// The provider does not offer a tool that the test calls.
    NotOffered,
    /// The dialect has no mapping for what the test asks.
    Gap,
    /// The mapping of the dialect gave the answer alone; the provider was not asked.
    Mapped,
    /// A set-up call answered wrongly, or no free slot exists at all.
    Blocked,
    /// The pacing of calls kept apart what should have met.
    PacedApart,
    /// The test ended before its telling step.
    NotReached,
    /// The run left the test out.
    NotSelected,
}

impl Untested {
    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::NoClock => "no_clock",
            Self::NoPeer => "no_peer",
            Self::NoWitness => "no_witness",
            Self::NotOffered => "not_offered",
            Self::Gap => "gap",
            Self::Mapped => "mapped",
            Self::Blocked => "blocked",
            Self::PacedApart => "paced_apart",
            Self::NotReached => "not_reached",
            Self::NotSelected => "not_selected",
        }
    }

    /// The reason as people read it, to stand after "not tested:".
    pub fn description(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::NoClock => "no test clock",
            Self::NoPeer => "no second tenant",
            Self::NoWitness => "nothing offered that can tell",
            Self::NotOffered => "a tool is not offered",
            Self::Gap => "a gap of the dialect",
            Self::Mapped => "answered by the mapping alone",
            Self::Blocked => "blocked",
            Self::PacedApart => "kept apart by the pacing",
            Self::NotReached => "ended before its telling step",
            Self::NotSelected => "left out of the run",
        }
    }

    /// The one thing to do to have it tested, in words that end a sentence. None where nothing can be done from outside.
    pub fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Slow => Some("run with --slow"),
            Self::NoClock => Some("offer a test clock"),
            Self::NoPeer => Some("name a second tenant of the platform in the manifest"),
            Self::NoWitness => Some("offer more services or more free slots"),
            Self::NotOffered => Some("offer the tool"),
            Self::Gap => Some("give the dialect a mapping"),
            Self::Blocked => Some("mend the set-up call that is shown, or free some slots"),
            Self::PacedApart => Some("raise max_per_second in the manifest"),
            Self::NotSelected => Some("run without a selection"),
            Self::Mapped | Self::NotReached => None,
        }
    }
}

impl fmt::Display for Untested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
